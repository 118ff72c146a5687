/** What every model here is: something that says when it changed, until it is disposed. */

import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

export abstract class Observable implements IDisposable {
  /** Anything that one can ask of it is different now. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

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

  /** Stop timers and let go of others' signals; called once. */
  protected onDispose(): void {
    // Most have nothing to stop.
  }

  /** An answer may come after the end: then nobody listens any longer. */
  protected emit(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
}
