/** When a job of what is typed would start: asked for in the background, seldom, one at a time. */

import { errorWords } from '../../api/errorwords';
import type { IEstimate, IEstimateRequest } from '../../api/restapi';
import { Observable } from '../../base/observable';

/** How long after the last change the batch system is asked; milliseconds. */
export const ESTIMATE_DELAY = 800;

/** The same question is asked again when the site has changed, and not before; milliseconds. */
export const ESTIMATE_AGE = 30_000;

/** How many answers are kept: somebody who types to and fro asks once. */
const KEPT = 50;

interface IAnswer {
  estimate: IEstimate;
  /** When it was given, and what was idle then. */
  time: number;
  idle: string;
}

export class StartEstimate extends Observable {
  constructor(private readonly _ask: StartEstimate.Ask) {
    super();
  }

  /** Of what is typed now; null while it is not known. */
  get estimate(): IEstimate | null {
    return this._answers.get(this._wanted)?.estimate ?? null;
  }

  /**
   * Say what is typed now, as often as one likes; null while it cannot be submitted.
   *
   * `idle` stands for what is idle at the site: when it changes, an old answer may not be true.
   */
  follow(request: IEstimateRequest | null, idle: string): void {
    const wanted = request === null ? '' : JSON.stringify(request);
    if (wanted === this._wanted && idle === this._idle) {
      return;
    }
    const isNew = wanted !== this._wanted;
    this._request = request;
    this._wanted = wanted;
    this._idle = idle;
    if (isNew) {
      this.emit();
    }
    this._schedule();
  }

  protected override onDispose(): void {
    this._stopTimer();
  }

  private _schedule(): void {
    this._stopTimer();
    const known = this._answers.get(this._wanted);
    if (this._request === null || this._isUnknown || known?.idle === this._idle) {
      return;
    }
    const wait = known === undefined ? 0 : known.time + ESTIMATE_AGE - Date.now();
    this._timer = setTimeout(
      () => {
        this._timer = null;
        void this._look();
      },
      Math.max(ESTIMATE_DELAY, wait)
    );
  }

  /** Ask, unless an answer is awaited: what is wanted by then is asked for after it. */
  private async _look(): Promise<void> {
    if (this._asking || this._request === null) {
      return;
    }
    const { _wanted: wanted, _idle: idle } = this;
    this._asking = true;
    try {
      const estimate = await this._ask(this._request);
      this._isUnknown = estimate === null;
      if (estimate !== null) {
        this._keep(wanted, { estimate, time: Date.now(), idle });
      }
    } catch (error) {
      // It is one line of the footer: nobody is to be troubled, and the same is not asked for again.
      const message = errorWords(error);
      const estimate = { estimated_start: null, node: null, partition: null, message };
      this._keep(wanted, { estimate, time: Date.now(), idle });
    }
    this._asking = false;
    if (!this.isDisposed) {
      this.emit();
      if (this._timer === null) {
        this._schedule();
      }
    }
  }

  private _keep(wanted: string, answer: IAnswer): void {
    this._answers.delete(wanted);
    this._answers.set(wanted, answer);
    for (const oldest of this._answers.keys()) {
      if (this._answers.size <= KEPT) {
        break;
      }
      this._answers.delete(oldest);
    }
  }

  private _stopTimer(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
  }

  private readonly _answers = new Map<string, IAnswer>();
  private _request: IEstimateRequest | null = null;
  private _wanted = '';
  private _idle = '';
  private _asking = false;
  /** The server is too old to know. */
  private _isUnknown = false;
  private _timer: ReturnType<typeof setTimeout> | null = null;
}

export namespace StartEstimate {
  /** Null when nobody can tell. */
  export type Ask = (request: IEstimateRequest) => Promise<IEstimate | null>;
}
