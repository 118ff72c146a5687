/** Whether a part of the page is visible: what is not is not drawn again until it is. */

import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { Observable } from '../base/observable';

export interface IShown {
  readonly isShown: boolean;
  readonly changed: ISignal<IShown, void>;
}

/** Kept by a widget for its components. */
export class Shown extends Observable implements IShown {
  get isShown(): boolean {
    return this._isShown;
  }

  set isShown(isShown: boolean) {
    if (isShown !== this._isShown) {
      this._isShown = isShown;
      this.emit();
    }
  }

  private _isShown = false;
}

/** Null where nobody says: it is visible then. */
export const ShownContext = React.createContext<IShown | null>(null);
