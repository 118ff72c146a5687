/** What all components need, without passing it through each of them. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { IClusterManager } from '../clusters/tokens';

export interface IAppContext {
  manager: IClusterManager;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

export const AppContext = React.createContext<IAppContext | null>(null);

export function useApp(): IAppContext {
  const context = React.useContext(AppContext);
  if (context === null) {
    throw new Error('A component is used outside of its context.');
  }
  return context;
}
