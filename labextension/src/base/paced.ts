/** Does something at once, and after a pause once more for all that asked for it meanwhile. */

import { Disposable } from './observable';

export class Paced extends Disposable {
  /** `pause` returns the milliseconds between two times. */
  constructor(
    private readonly _act: () => void,
    private readonly _pause: () => number
  ) {
    super();
  }

  invoke(): void {
    if (this.isDisposed) {
      return;
    }
    if (this._timer !== undefined) {
      this._isAsked = true;
      return;
    }
    this._isAsked = false;
    this._timer = setTimeout(() => {
      this._timer = undefined;
      if (this._isAsked) {
        this.invoke();
      }
    }, this._pause());
    this._act();
  }

  protected override onDispose(): void {
    clearTimeout(this._timer);
  }

  private _isAsked = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
