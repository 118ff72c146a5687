/** Creates the cluster of the form, once, when the last response says that it can be. */

import type { ICluster } from '../../api/restapi';
import { Observable } from '../../base/observable';
import type { ScriptCheck } from './check';

export class Creation extends Observable {
  constructor(
    private readonly _check: ScriptCheck,
    private readonly _options: Creation.IOptions
  ) {
    super();
  }

  get isRunning(): boolean {
    return this._running;
  }

  /** Why the last attempt failed as a whole; null if nothing did since. */
  get refusal(): string | null {
    return this._refusal;
  }

  /** A value has changed: what was refused is not asked for any more. */
  forget(): void {
    this._refusal = null;
  }

  /** Resolves to null if the cluster was not created; a problem of a field is the check's then. */
  async create(insist: boolean): Promise<ICluster | null> {
    if (this._running) {
      return null;
    }
    this._running = true;
    this._refusal = null;
    this.emit();
    try {
      await this._options.begun();
      await this._check.settled();
      if (this.isDisposed || !this._options.isReady(insist)) {
        return null;
      }
      this._check.forgetFailure();
      return await this._options.send();
    } catch (error) {
      this._check.refuse(error);
      // It is not the check that failed: say it where the button is.
      this._refusal = this._check.failure;
      this._check.forgetFailure();
      return null;
    } finally {
      this._running = false;
      this.emit();
    }
  }

  private _running = false;
  private _refusal: string | null = null;
}

export namespace Creation {
  export interface IOptions {
    /** Whether nothing is in the way, with `insist` also if it is doubtful whether the jobs will start. */
    isReady: (insist: boolean) => boolean;
    send: () => Promise<ICluster>;
    /** Resolves once the form is filled in. */
    begun: () => Promise<void>;
  }
}
