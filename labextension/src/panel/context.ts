/** The model of the panel, for its components. */

import * as React from 'react';

import type { PanelModel } from './model';

export const PanelModelContext = React.createContext<PanelModel | null>(null);

export function usePanelModel(): PanelModel {
  const model = React.useContext(PanelModelContext);
  if (model === null) {
    throw new Error('A component of the panel is used outside of the panel.');
  }
  return model;
}
