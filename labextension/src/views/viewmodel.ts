/** The base of the models of tabs: follows one cluster, and requests data while the tab is visible. */

import { Poll } from '@lumino/polling';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import { Observable } from '../base/observable';
import { Paced } from '../base/paced';
import type { IClusterManager } from '../clusters/tokens';

/** How much oftener than without events is asked while there are many: a large answer is seldom asked for. */
const EVENTS_FACTOR = 4;

/** The longest pause between failing requests, in milliseconds. */
const MAXIMUM_PAUSE = 60_000;

export abstract class ClusterViewModel extends Observable {
  constructor(
    protected readonly manager: IClusterManager,
    readonly id: string,
    /** Its name when the tab was opened. */
    name: string,
    interval: number
  ) {
    super();
    this._name = name;
    this._poll = new Poll({
      auto: false,
      factory: () => this._lookAgain(),
      frequency: { interval, backoff: true, max: MAXIMUM_PAUSE },
      name: `jupyter-dask-slurm:view-${id}`,
      standby: () => !this._shown || document.hidden || !this.mayChange
    });
    this._afterEvent = new Paced(
      () => void this._poll.refresh(),
      () => this._poll.frequency.interval / EVENTS_FACTOR
    );
    this.manager.changed.connect(this._follow, this);
    this._follow();
  }

  get name(): string {
    return this._name;
  }

  /** Its current state; null if it is not listed. */
  get cluster(): ICluster | null {
    return this._cluster;
  }

  /** It is not listed any more. */
  get isGone(): boolean {
    return this._cluster === null && this.manager.connection === 'ok';
  }

  /** It was listed at least once while the tab was open. */
  get wasSeen(): boolean {
    return this._seen;
  }

  /** Whether the tab is visible. Only then data is requested. */
  get isShown(): boolean {
    return this._shown;
  }

  set isShown(shown: boolean) {
    if (shown === this._shown || this.isDisposed) {
      return;
    }
    this._shown = shown;
    if (shown) {
      void (this._started ? this._poll.refresh() : this._poll.start());
      this._started = true;
    }
  }

  /** The part of the cluster that is shown, if there is a choice: which of its logs. */
  get detail(): string {
    return '';
  }

  set detail(_: string) {
    // There is nothing to choose by default.
  }

  /** Why the last request failed, as the server said it; null if it did not. */
  get problem(): string | null {
    return this._problem;
  }

  /** Request the data now, on the user's request. */
  async refresh(): Promise<void> {
    await this._look(false).catch(() => undefined);
  }

  protected override onDispose(): void {
    this._poll.dispose();
    this._afterEvent.dispose();
    this.manager.changed.disconnect(this._follow, this);
  }

  /** Request what the tab shows. Rejects with what the tab should say. */
  protected abstract look(background: boolean): Promise<void>;

  /** Whether the data may still change. */
  protected get mayChange(): boolean {
    return this._cluster !== null;
  }

  /** Milliseconds between background requests. */
  protected set interval(milliseconds: number) {
    if (milliseconds !== this._poll.frequency.interval) {
      const max = Math.max(MAXIMUM_PAUSE, milliseconds);
      this._poll.frequency = { interval: milliseconds, backoff: true, max };
    }
  }

  private _lookAgain(): Promise<void> {
    // Only the first request is the user's.
    const background = this._looked;
    this._looked = true;
    return this._look(background);
  }

  private async _look(background: boolean): Promise<void> {
    try {
      await this.look(background);
      this._problem = null;
    } catch (error) {
      this._problem = errorWords(error);
      throw error;
    } finally {
      this.emit();
    }
  }

  private _follow(): void {
    const cluster = this.manager.find(this.id) ?? null;
    if (cluster === this._cluster && !this.isGone) {
      return;
    }
    this._cluster = cluster;
    if (cluster !== null) {
      this._seen = true;
      this._name = cluster.name;
      if (this._shown) {
        this._afterEvent.invoke();
      }
    }
    this.emit();
  }

  private readonly _poll: Poll;
  private readonly _afterEvent: Paced;
  private _cluster: ICluster | null = null;
  private _name: string;
  private _seen = false;
  private _shown = false;
  private _started = false;
  private _looked = false;
  private _problem: string | null = null;
}
