/** Requests the estimated start of a job: in the background, seldom, one request at a time. */

import { errorWords } from '../../api/errorwords';
import type { IEstimate, IEstimateRequest } from '../../api/restapi';
import { Observable } from '../../base/observable';

/** Milliseconds from the last change to the request. */
export const ESTIMATE_DELAY = 800;

/** Milliseconds before the same request is sent again, if the site has changed. */
export const ESTIMATE_AGE = 30_000;

/** How many responses to keep: changing a value back sends no request. */
const KEPT = 50;

interface IAnswer {
  estimate: IEstimate;
  /** When it arrived, and what was idle then. */
  time: number;
  idle: string;
}

export class StartEstimate extends Observable {
  constructor(private readonly _ask: StartEstimate.Ask) {
    super();
  }

  /** The estimate for the current values; null while not known. */
  get estimate(): IEstimate | null {
    return this._answers.get(this._wanted)?.estimate ?? null;
  }

  /**
   * Set the current values, as often as needed; null while they are not valid.
   *
   * `idle` describes what is idle at the site: when it changes, an old estimate may be wrong.
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

  /** Send a request, unless one is running: what is wanted then is requested after it. */
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
      // It is one line of the footer: show the error there, and do not request the same again.
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
  /** Resolves to null if the server is too old. */
  export type Ask = (request: IEstimateRequest) => Promise<IEstimate | null>;
}
