/**
 * The slider of one cluster, without a pixel: what a hand is doing to it, and when that is sent.
 *
 * The server's word is taken over by `update`, except while a hand holds the slider, a change
 * waits to be sent or is being sent: an event never overwrites what a hand is moving.
 */

import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';

import type { ICluster, IScaling } from './restapi';
import type { IAmount, IJobSize, Unit } from './scale';
import { fromJobs, fromScaling, jobSize, sliderEnd, toJobs, toScaling } from './scale';

/** How long after the last key a change made by keys is sent. */
export const KEY_DELAY = 400;

export class ScaleModel implements IDisposable {
  constructor(options: ScaleModel.IOptions) {
    this._send = options.send;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is wanted: by the hand, or else by the server. */
  get wanted(): IAmount {
    return this._draft ?? this._server;
  }

  /** The unit that slider and number field speak in. */
  get unit(): Unit {
    return this._unit;
  }

  /** What is wanted, in the unit of the field. */
  get shown(): IAmount {
    return this.wanted.unit === this._unit
      ? this.wanted
      : fromJobs(this.jobs, this._unit, this._job);
  }

  get job(): IJobSize {
    return this._job;
  }

  /** The wanted jobs. */
  get jobs(): number {
    return toJobs(this.wanted, this._job);
  }

  /** The end of the slider in jobs. Stays where it is under a hand that drags. */
  get end(): number {
    return this._heldEnd ?? sliderEnd(this.jobs, this._maximum);
  }

  /** The most jobs that are allowed. */
  get maximum(): number {
    return this._maximum;
  }

  /** A hand holds it or types a number, or its change is not with the server yet. */
  get isBusy(): boolean {
    return this._draft !== null || this._typing;
  }

  /** A number is being typed, and not given yet. Another unit would make another number of it. */
  get isTyping(): boolean {
    return this._typing;
  }

  set isTyping(typing: boolean) {
    this._typing = typing;
  }

  get isSending(): boolean {
    return this._sending;
  }

  /** Why the last change did not reach the server; null when it did. */
  get error(): string | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._stopTimer();
    Signal.clearData(this);
  }

  /** The server's word, at every event. `maximum` is the most jobs that are allowed. */
  update(cluster: ICluster, maximum: number): void {
    const server = fromScaling(cluster.scaling);
    const moved =
      !this._known || server.unit !== this._server.unit || server.amount !== this._server.amount;
    const job = jobSize(cluster.options);
    const resized = JSON.stringify(job) !== JSON.stringify(this._job) || maximum !== this._maximum;
    this._known = true;
    this._server = server;
    this._job = job;
    this._maximum = maximum;
    if (this._error !== null && this._isIdle && this._hasServer(this._draft)) {
      // Only the answer was lost: what was asked for is there.
      this._draft = null;
      this._error = null;
    }
    if (moved && !this.isBusy) {
      this._unit = server.unit;
    }
    if (moved || resized) {
      this._changed.emit();
    }
  }

  /** Speak in another unit. Says nothing about the size, so nothing is sent. */
  setUnit(unit: Unit): void {
    this._unit = unit;
    this._typing = false;
    this._changed.emit();
  }

  /** The slider is taken in hand: until `release`, nothing is sent and nothing overwrites it. */
  grab(): void {
    this._stopTimer();
    this._heldEnd = this.end;
    this._draft = this.wanted;
    this._changed.emit();
  }

  /** The slider moves, to so many jobs. Without `grab` it moves by keys, and is sent after a pause. */
  move(jobs: number): void {
    this._draft = fromJobs(this._bounded(jobs), this._unit, this._job);
    this._error = null;
    if (this._heldEnd === null) {
      this._stopTimer();
      this._timer = setTimeout(() => {
        this._timer = null;
        void this._flush();
      }, KEY_DELAY);
    }
    this._changed.emit();
  }

  /** The hand lets go: what it chose is sent. */
  release(): void {
    if (this._heldEnd === null) {
      return;
    }
    this._heldEnd = null;
    void this._flush();
  }

  /** A number was given, in the field: sent at once, as given. */
  set(amount: IAmount): void {
    this._stopTimer();
    this._draft = amount;
    this._error = null;
    void this._flush();
  }

  /** Send once more what could not be sent. */
  retry(): void {
    void this._flush();
  }

  /** Forget what the hand chose, and show the server's word again. */
  reset(): void {
    this._stopTimer();
    this._heldEnd = null;
    this._draft = null;
    this._error = null;
    this._typing = false;
    this._unit = this._server.unit;
    this._changed.emit();
  }

  /** Send the draft, one request at a time; what was chosen meanwhile follows, the rest is skipped. */
  private async _flush(): Promise<void> {
    if (this._sending) {
      this._changed.emit();
      return; // The loop below looks again.
    }
    this._sending = true;
    this._error = null;
    this._changed.emit();
    try {
      for (;;) {
        const draft = this._draft;
        if (draft === null) {
          break;
        }
        if (this._hasServer(draft)) {
          this._settle(draft); // Back where it was: nothing to say.
        } else {
          const cluster = await this._send(toScaling(draft));
          this._server = fromScaling(cluster.scaling);
          this._settle(draft);
        }
        if (!this._isIdle) {
          break; // In hand again: its own release or pause sends it.
        }
      }
    } catch (error) {
      if (this._isIdle && this._hasServer(this._draft)) {
        this._draft = null; // An event has said meanwhile that it arrived.
      } else {
        this._error = error instanceof Error ? error.message : String(error);
      }
    } finally {
      this._sending = false;
      if (!this._isDisposed) {
        this._changed.emit();
      }
    }
  }

  /** `sent` has arrived; a newer draft stays. */
  private _settle(sent: IAmount): void {
    if (this._draft === sent && this._isIdle) {
      this._draft = null;
    }
  }

  /** No hand holds the slider, and no pause after a key runs. */
  private get _isIdle(): boolean {
    return this._timer === null && this._heldEnd === null;
  }

  /** The server wants just this. */
  private _hasServer(draft: IAmount | null): boolean {
    return draft?.unit === this._server.unit && draft.amount === this._server.amount;
  }

  private _bounded(jobs: number): number {
    return Math.max(0, Math.min(this._maximum, Math.round(jobs)));
  }

  private _stopTimer(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
  }

  private readonly _send: (scaling: IScaling) => Promise<ICluster>;
  private readonly _changed = new Signal<this, void>(this);
  private _known = false;
  private _server: IAmount = { unit: 'jobs', amount: 0 };
  private _draft: IAmount | null = null;
  private _unit: Unit = 'jobs';
  private _job: IJobSize = { cores: 1, memory: 1, workers: 1 };
  private _maximum = Number.MAX_SAFE_INTEGER;
  /** The slider's end at the moment it was grabbed; null while nobody holds it. */
  private _heldEnd: number | null = null;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _typing = false;
  private _sending = false;
  private _error: string | null = null;
  private _isDisposed = false;
}

export namespace ScaleModel {
  export interface IOptions {
    /** Carries a size to the server; answers the cluster as it is then. */
    send: (scaling: IScaling) => Promise<ICluster>;
  }
}
