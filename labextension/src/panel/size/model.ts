/** The size of one cluster: fixed, or a range in which it adapts to its tasks. */

import type { IAdapt, ICluster, IJobLimit, IScaling } from '../../api/restapi';
import type { IAmount, IJobSize, Unit, Wanted } from '../../clusters/scale';
import {
  firstRange,
  fromJobs,
  fromScaling,
  hasArrived,
  isRange,
  jobSize,
  shaped,
  sliderEnd,
  toJobs,
  toScaling
} from '../../clusters/scale';
import { DraftModel } from './draft';

export { KEY_DELAY } from './draft';

export class ScaleModel extends DraftModel<Wanted> {
  constructor(options: ScaleModel.IOptions) {
    super({ unit: 'jobs', amount: 0 });
    this._send = options.send;
  }

  /** The range of an adapting cluster; null if its size is fixed. */
  get range(): IAdapt | null {
    return isRange(this.wanted) ? this.wanted.adapt : null;
  }

  /** The wanted size; of an adapting cluster its current size. */
  get amount(): IAmount {
    return isRange(this.wanted) ? { unit: 'jobs', amount: this._desired } : this.wanted;
  }

  /** The unit of the slider and the number field. */
  get unit(): Unit {
    return this._unit;
  }

  /** The wanted size in that unit. */
  get shown(): IAmount {
    return this.amount.unit === this._unit
      ? this.amount
      : fromJobs(this.jobs, this._unit, this._job);
  }

  get job(): IJobSize {
    return this._job;
  }

  /** The wanted number of jobs. */
  get jobs(): number {
    return toJobs(this.amount, this._job);
  }

  /** The maximum of the slider, in jobs. It does not change while the user drags. */
  get end(): number {
    const maximum = Math.min(this._maximum, this._limit?.jobs ?? Infinity);
    return this._heldEnd ?? sliderEnd(this.range?.maximum_jobs ?? this.jobs, maximum);
  }

  /** The limit of the batch system that the slider ends at, in words; null if it ends before. */
  get limit(): string | null {
    return this._limit !== null && this.end >= this._limit.jobs ? this._limit.message : null;
  }

  /** The maximum number of jobs that is allowed. */
  get maximum(): number {
    return this._maximum;
  }

  /** Take over the server's value. `maximum` is the number of jobs that is allowed. */
  update(cluster: ICluster, maximum: number): void {
    const server = fromScaling(cluster.scaling);
    const moved = !this._known || !hasArrived(server, this.server);
    const job = jobSize(cluster.options);
    const resized =
      JSON.stringify(job) !== JSON.stringify(this._job) ||
      maximum !== this._maximum ||
      cluster.job_limit?.jobs !== this._limit?.jobs ||
      cluster.job_limit?.message !== this._limit?.message ||
      cluster.jobs.desired !== this._desired;
    this._known = true;
    this._job = job;
    this._maximum = maximum;
    this._limit = cluster.job_limit ?? null;
    this._desired = cluster.jobs.desired;
    this.take(server);
    if (moved && !this.isBusy) {
      this._unit = isRange(server) ? 'jobs' : server.unit;
    }
    if (moved || resized) {
      this.emit();
    }
  }

  /** Change the unit. The size stays, so nothing is sent. */
  setUnit(unit: Unit): void {
    this._unit = unit;
    this.isTyping = false;
    this.emit();
  }

  /** Start dragging the slider: until `release`, nothing is sent and nothing overwrites it. */
  grab(): void {
    this._heldEnd = this.end;
    this.hold();
  }

  /** Move the slider to this many jobs: while dragging, or by keys, and then it is sent after a pause. */
  move(jobs: number): void {
    this.change(fromJobs(this._bounded(jobs), this._unit, this._job));
  }

  /** End dragging, and send the size. */
  release(): void {
    this._heldEnd = null;
    this.letGo();
  }

  /** Set the size from the number field, and send it at once. */
  set(amount: IAmount): void {
    this.give(amount);
  }

  /** Adapt within the last range, or fix the current size. */
  setAdaptive(adaptive: boolean): void {
    const { range } = this;
    if (adaptive === (range !== null)) {
      return;
    }
    this.isTyping = false;
    if (range === null) {
      this.give({ adapt: this._lastRange ?? firstRange(this.jobs, this._maximum) });
    } else {
      this._lastRange = range;
      this._unit = 'jobs';
      this.give(this.amount);
    }
  }

  /** Change the range or the delays. By keys, it is sent after a pause. */
  setRange(change: Partial<IAdapt>, byKeys = false): void {
    const { range } = this;
    if (range === null) {
      return;
    }
    const draft = { adapt: shaped(range, change, this._maximum) };
    if (byKeys) {
      this.change(draft);
    } else {
      this.give(draft);
    }
  }

  override reset(): void {
    this._heldEnd = null;
    this._unit = isRange(this.server) ? 'jobs' : this.server.unit;
    super.reset();
  }

  protected override async send(draft: Wanted): Promise<Wanted> {
    return fromScaling((await this._send(toScaling(draft))).scaling);
  }

  protected override arrived(draft: Wanted, server: Wanted): boolean {
    return hasArrived(draft, server);
  }

  private _bounded(jobs: number): number {
    return Math.max(0, Math.min(this._maximum, Math.round(jobs)));
  }

  private readonly _send: (scaling: IScaling) => Promise<ICluster>;
  private _known = false;
  private _unit: Unit = 'jobs';
  private _job: IJobSize = { cores: 1, memory: 1, workers: 1 };
  private _maximum = Number.MAX_SAFE_INTEGER;
  /** What the batch system allows at once. More may be typed. */
  private _limit: IJobLimit | null = null;
  /** The wanted jobs as the server says; of an adapting cluster its own decision. */
  private _desired = 0;
  /** The maximum of the slider when dragging started; null while nobody drags. */
  private _heldEnd: number | null = null;
  private _lastRange: IAdapt | null = null;
}

export namespace ScaleModel {
  export interface IOptions {
    /** Sends a size to the server. Resolves to the cluster. */
    send: (scaling: IScaling) => Promise<ICluster>;
  }
}
