/** How big one cluster should be: a fixed size, or a range in which it follows its tasks. */

import type { IAdapt, ICluster, IScaling } from '../../api/restapi';
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

  /** The range in which the cluster adapts; null while its size is fixed. */
  get range(): IAdapt | null {
    return isRange(this.wanted) ? this.wanted.adapt : null;
  }

  /** The size that is wanted; of a cluster that adapts, what it has at the moment. */
  get amount(): IAmount {
    return isRange(this.wanted) ? { unit: 'jobs', amount: this._desired } : this.wanted;
  }

  /** The unit that slider and number field speak in. */
  get unit(): Unit {
    return this._unit;
  }

  /** What is wanted, in the unit of the field. */
  get shown(): IAmount {
    return this.amount.unit === this._unit
      ? this.amount
      : fromJobs(this.jobs, this._unit, this._job);
  }

  get job(): IJobSize {
    return this._job;
  }

  /** The wanted jobs. */
  get jobs(): number {
    return toJobs(this.amount, this._job);
  }

  /** The end of the slider in jobs. Stays where it is under a hand that drags. */
  get end(): number {
    return this._heldEnd ?? sliderEnd(this.range?.maximum_jobs ?? this.jobs, this._maximum);
  }

  /** The most jobs that are allowed. */
  get maximum(): number {
    return this._maximum;
  }

  /** The server's word, at every event. `maximum` is the most jobs that are allowed. */
  update(cluster: ICluster, maximum: number): void {
    const server = fromScaling(cluster.scaling);
    const moved = !this._known || !hasArrived(server, this.server);
    const job = jobSize(cluster.options);
    const resized =
      JSON.stringify(job) !== JSON.stringify(this._job) ||
      maximum !== this._maximum ||
      cluster.jobs.desired !== this._desired;
    this._known = true;
    this._job = job;
    this._maximum = maximum;
    this._desired = cluster.jobs.desired;
    this.take(server);
    if (moved && !this.isBusy) {
      this._unit = isRange(server) ? 'jobs' : server.unit;
    }
    if (moved || resized) {
      this.emit();
    }
  }

  /** Speak in another unit. Says nothing about the size, so nothing is sent. */
  setUnit(unit: Unit): void {
    this._unit = unit;
    this.isTyping = false;
    this.emit();
  }

  /** The slider is taken in hand: until `release`, nothing is sent and nothing overwrites it. */
  grab(): void {
    this._heldEnd = this.end;
    this.hold();
  }

  /** The slider moves, to so many jobs. Without `grab` it moves by keys, and is sent after a pause. */
  move(jobs: number): void {
    this.change(fromJobs(this._bounded(jobs), this._unit, this._job));
  }

  /** The hand lets go: what it chose is sent. */
  release(): void {
    this._heldEnd = null;
    this.letGo();
  }

  /** A number was given, in the field: sent at once, as given. */
  set(amount: IAmount): void {
    this.give(amount);
  }

  /** Follow the tasks, in the range of the last time; or be fixed at what there is now. */
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

  /** Other ends of the range, or other patience. By keys: sent after a pause. */
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
  /** The jobs that the cluster goes for now: while it adapts, its own decision. */
  private _desired = 0;
  /** The slider's end at the moment it was grabbed; null while nobody holds it. */
  private _heldEnd: number | null = null;
  private _lastRange: IAdapt | null = null;
}

export namespace ScaleModel {
  export interface IOptions {
    /** Carries a size to the server; answers the cluster as it is then. */
    send: (scaling: IScaling) => Promise<ICluster>;
  }
}
