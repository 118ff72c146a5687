/** A look at the site, followed until it ends. */

import { Poll } from '@lumino/polling';

import { errorWords } from '../../api/errorwords';
import type { ICheck, ISiteCheck } from '../../api/restapi';
import { Observable } from '../../base/observable';
import type { IClusterManager } from '../../clusters/tokens';

/** Milliseconds between two questions. A test job takes seconds at least. */
const INTERVAL = 1000;

export class SiteCheckModel extends Observable {
  constructor(private readonly _manager: IClusterManager) {
    super();
    this._poll = new Poll({
      auto: false,
      factory: () => this._ask('GET'),
      frequency: { interval: INTERVAL, backoff: true, max: 10 * INTERVAL },
      name: 'jupyter-dask-slurm:site-check'
    });
  }

  /** In the order in which they ended. */
  get checks(): readonly ICheck[] {
    return this._check?.checks ?? [];
  }

  get isRunning(): boolean {
    return this._check?.running ?? this._error === null;
  }

  /** What is being looked at; null if that is not known. */
  get lookingAt(): string | null {
    return this._check?.looking_at ?? null;
  }

  /** Why there is nothing more to come, or nothing new. */
  get error(): string | null {
    return this._error ?? this._check?.error ?? null;
  }

  /** All of it for a support ticket. */
  get text(): string {
    return this._check?.text ?? '';
  }

  /** Begin, or begin anew. */
  async start(): Promise<void> {
    this._check = null;
    this._error = null;
    this.emit();
    await this._ask('POST').catch(() => undefined);
  }

  /** Nobody reads it any longer: a job that waits for nothing is cancelled. */
  protected override onDispose(): void {
    this._poll.dispose();
    if (this.isRunning) {
      this._manager.stopSiteCheck().catch(() => undefined);
    }
  }

  private async _ask(method: 'GET' | 'POST'): Promise<void> {
    try {
      this._check = await this._manager.checkSite(method);
      this._error = null;
    } catch (error) {
      this._error = errorWords(error);
      throw error; // the next question waits longer
    } finally {
      if (!this.isDisposed) {
        void (this._check?.running === true ? this._poll.start() : this._poll.stop());
        this.emit();
      }
    }
  }

  private readonly _poll: Poll;
  private _check: ISiteCheck | null = null;
  private _error: string | null = null;
}
