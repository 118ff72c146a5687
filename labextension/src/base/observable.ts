/** The base of all models: emits a signal when it has changed, until it is disposed of. */

import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

export abstract class Disposable implements IDisposable {
  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.onDispose();
    Signal.clearData(this);
  }

  /** Stop timers and disconnect from the signals of others. Called once. */
  protected onDispose(): void {
    // Most have nothing to stop.
  }

  private _isDisposed = false;
}

export abstract class Observable extends Disposable {
  /** Any public property may be different now. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Does nothing once it is disposed of: a response may arrive later. */
  protected emit(): void {
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
}
