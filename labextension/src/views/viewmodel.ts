/** What a tab about one cluster keeps: who it is, whether it is still there, and looks while it is seen. */

import { Poll, Throttler } from '@lumino/polling';

import { errorWords } from '../api/errorwords';
import type { ICluster } from '../api/restapi';
import { Observable } from '../base/observable';
import type { IClusterManager } from '../clusters/tokens';

/** An event is looked into after so long, together with those that follow it; milliseconds. */
const EVENT_PAUSE = 500;

/** The longest pause between looks that fail; milliseconds. */
const MAXIMUM_PAUSE = 60_000;

export abstract class ClusterViewModel extends Observable {
  constructor(
    protected readonly manager: IClusterManager,
    readonly id: string,
    /** How it was called when the tab was opened. */
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
    this._afterEvent = new Throttler(() => this._poll.refresh(), {
      limit: EVENT_PAUSE,
      edge: 'trailing'
    });
    this.manager.changed.connect(this._follow, this);
    this._follow();
  }

  get name(): string {
    return this._name;
  }

  /** As it is now; null when it is not listed. */
  get cluster(): ICluster | null {
    return this._cluster;
  }

  /** It was there, or should have been, and is no more. */
  get isGone(): boolean {
    return this._cluster === null && this.manager.connection === 'ok';
  }

  /** It was listed at least once while the tab was open. */
  get wasSeen(): boolean {
    return this._seen;
  }

  /** Somebody can see the tab: only then anything is asked for. */
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

  /** What of the cluster is shown, where that is a choice: of its logs, which. */
  get detail(): string {
    return '';
  }

  set detail(_: string) {
    // There is nothing to choose.
  }

  /** Why the last look failed, in the server's words; null when it did not. */
  get problem(): string | null {
    return this._problem;
  }

  /** Look now, because the user asked for it. */
  async refresh(): Promise<void> {
    await this._look(false).catch(() => undefined);
  }

  protected override onDispose(): void {
    this._poll.dispose();
    this._afterEvent.dispose();
    this.manager.changed.disconnect(this._follow, this);
  }

  /** Ask for what the tab shows. Rejects with what the tab should say. */
  protected abstract look(background: boolean): Promise<void>;

  /** Another answer than the last is possible. */
  protected get mayChange(): boolean {
    return this._cluster !== null;
  }

  /** Milliseconds between looks that nobody asked for. */
  protected set interval(milliseconds: number) {
    if (milliseconds !== this._poll.frequency.interval) {
      const max = Math.max(MAXIMUM_PAUSE, milliseconds);
      this._poll.frequency = { interval: milliseconds, backoff: true, max };
    }
  }

  private _lookAgain(): Promise<void> {
    // Only the first look is the user's own.
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
        void this._afterEvent.invoke();
      }
    }
    this.emit();
  }

  private readonly _poll: Poll;
  private readonly _afterEvent: Throttler;
  private _cluster: ICluster | null = null;
  private _name: string;
  private _seen = false;
  private _shown = false;
  private _started = false;
  private _looked = false;
  private _problem: string | null = null;
}
