/** The clusters of this server, kept up to date by events, with a slow poll as a safety net. */

import type { Event, ServerConnection } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import * as rest from './restapi';
import type { Connection, IClusterManager } from './tokens';

const DISMISSED_KEY = 'jupyter-dask-slurm:dismissed';

/** How often what the site offers is asked for when nobody asked; milliseconds. */
const SITE_INTERVAL = 20_000;

/** An event looks at the site again when it is older than this: idle cores change with every job. */
const SITE_AGE_AT_EVENT = 10_000;

/** The longest pause between looks at a server that fails, unless the user chose longer ones. */
const MAXIMUM_INTERVAL = 30_000;

/** A problem that comes back later is another problem: `since` is part of the key. */
const problemKey = (id: string, problem: rest.IProblem): string =>
  `${id}:${problem.code}:${problem.since}`;

export class ClusterManager implements IClusterManager {
  constructor(options: ClusterManager.IOptions) {
    this._serverSettings = options.serverSettings;
    this._events = options.events ?? null;
    this._state = options.state ?? null;
    this._events?.stream.connect(this._onEvent, this);
    this._poll = new Poll({
      auto: false,
      factory: () => this._look(true),
      frequency: frequencyOf(options.refreshInterval ?? 20_000),
      name: 'jupyter-dask-slurm:clusters',
      // A hidden tab needs no safety net; events still arrive.
      standby: 'when-hidden'
    });
    this.ready = this._start();
  }

  readonly ready: Promise<void>;

  get clusters(): readonly rest.ICluster[] {
    return this._clusters;
  }

  get site(): rest.ISite | null {
    return this._site;
  }

  get connection(): Connection {
    return this._connection;
  }

  get message(): string | null {
    return this._message;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  set refreshInterval(milliseconds: number) {
    this._poll.frequency = frequencyOf(milliseconds);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._poll.dispose();
    this._events?.stream.disconnect(this._onEvent, this);
    Signal.clearData(this);
  }

  find(id: string): rest.ICluster | undefined {
    return this._clusters.find(cluster => cluster.id === id);
  }

  async refresh(): Promise<void> {
    await this._look(false).catch(() => undefined);
  }

  create(body: rest.INewCluster): Promise<rest.ICluster> {
    return this._mutate(rest.createCluster(body, this._settings()));
  }

  change(id: string, change: rest.IClusterChange): Promise<rest.ICluster> {
    return this._mutate(rest.changeCluster(id, change, this._settings()));
  }

  scale(id: string, scaling: rest.IScaling): Promise<rest.ICluster> {
    return this.change(id, { scaling });
  }

  rename(id: string, name: string): Promise<rest.ICluster> {
    return this.change(id, { name });
  }

  retry(id: string): Promise<rest.ICluster> {
    return this.change(id, { scaling: this.find(id)?.scaling ?? {} });
  }

  async stop(id: string, options: { force?: boolean } = {}): Promise<void> {
    try {
      await rest.deleteCluster(id, options.force ?? false, this._settings());
    } catch (error) {
      if (!(error instanceof rest.RestError && error.status === 404)) {
        throw error;
      }
      // Gone already, which is what was wanted.
    } finally {
      this._epoch++;
      await this._list(true).catch(() => undefined);
    }
  }

  jobs(id: string): Promise<rest.IJob[]> {
    return rest.listJobs(id, this._settings());
  }

  log(id: string, source: string, tail = 500): Promise<string> {
    return rest.getLog(id, source, tail, this._settings());
  }

  jobScript(body: rest.IJobScriptRequest): Promise<rest.IJobScript> {
    return rest.getJobScript(body, this._settings());
  }

  async refreshSite(): Promise<rest.ISite> {
    const site = await rest.getSite(this._settings());
    this._takeSite(site);
    return site;
  }

  async environments(): Promise<rest.IEnvironment[] | null> {
    try {
      return await rest.listEnvironments(this._settings());
    } catch (error) {
      if (error instanceof rest.RestError && error.status === 404) {
        return null;
      }
      throw error;
    }
  }

  problemsOf(cluster: rest.ICluster): rest.IProblem[] {
    return cluster.problems.filter(
      problem => !this._dismissed.has(problemKey(cluster.id, problem))
    );
  }

  dismiss(id: string, problem: rest.IProblem): void {
    // Keep what still exists only, or the list would grow for ever.
    const alive = new Set(this._clusters.flatMap(c => c.problems.map(p => problemKey(c.id, p))));
    this._dismissed = new Set([...this._dismissed].filter(key => alive.has(key)));
    this._dismissed.add(problemKey(id, problem));
    void this._state?.save(DISMISSED_KEY, [...this._dismissed]);
    this._changed.emit();
  }

  private async _start(): Promise<void> {
    const saved = await this._state?.fetch(DISMISSED_KEY).catch(() => undefined);
    if (Array.isArray(saved)) {
      this._dismissed = new Set(saved.filter((key): key is string => typeof key === 'string'));
    }
    await this._look(true).catch(() => undefined);
    if (!this._isDisposed) {
      // Not `start`, which would look once more at once.
      const { interval } = this._poll.frequency;
      void this._poll.schedule({ phase: 'started', interval });
    }
  }

  private _settings(background = false): rest.IRequestSettings {
    return { serverSettings: this._serverSettings, background };
  }

  private _onEvent(_: unknown, emission: Event.Emission): void {
    if (emission.schema_id === rest.EVENT_SCHEMA_ID) {
      void this._list(true).catch(() => undefined);
      if (Date.now() - this._siteTime >= SITE_AGE_AT_EVENT) {
        void this._lookAtSite(true);
      }
    }
  }

  /** Ask for everything. Rejects when the list could not be had, so that the poll backs off. */
  private async _look(background: boolean): Promise<void> {
    await this._list(background);
    if (background && this._site !== null && Date.now() - this._siteTime < SITE_INTERVAL) {
      return;
    }
    await this._lookAtSite(background);
  }

  private async _lookAtSite(background: boolean): Promise<void> {
    this._siteTime = Date.now(); // From asking on, or a storm of events would ask again and again.
    try {
      this._takeSite(await rest.getSite(this._settings(background)));
    } catch (error) {
      // The list is what counts; an old site is better than none.
      console.warn('dask-slurm: what the site offers could not be read', error);
    }
  }

  private _takeSite(site: rest.ISite): void {
    this._site = site;
    this._siteTime = Date.now();
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  /** Ask for the list, or, while that is under way, once more after it: an event may be newer. */
  private _list(background: boolean): Promise<void> {
    if (this._listing !== null) {
      this._again ??= this._listing
        .catch(() => undefined)
        .then(() => {
          this._again = null;
          return this._list(background);
        });
      return this._again;
    }
    this._listing = this._fetchList(background).finally(() => {
      this._listing = null;
    });
    return this._listing;
  }

  private async _fetchList(background: boolean): Promise<void> {
    for (;;) {
      const epoch = this._epoch;
      try {
        const clusters = await rest.listClusters(this._settings(background));
        if (epoch !== this._epoch) {
          continue; // Asked before a change of ours was answered: it may tell of the time before.
        }
        this._clusters = keepUnchanged(this._clusters, clusters);
        this._connection = 'ok';
        this._message = null;
      } catch (error) {
        const missing = error instanceof rest.RestError && error.status === 404;
        this._connection = missing ? 'missing' : 'failed';
        this._message = error instanceof Error ? error.message : String(error);
        throw error;
      } finally {
        if (!this._isDisposed) {
          this._changed.emit();
        }
      }
      return;
    }
  }

  /** Take over the cluster that a request of the user's answered. */
  private async _mutate(answer: Promise<rest.ICluster>): Promise<rest.ICluster> {
    const cluster = await answer;
    this._epoch++;
    const known = this._clusters.some(other => other.id === cluster.id);
    this._clusters = known
      ? this._clusters.map(other => (other.id === cluster.id ? cluster : other))
      : [...this._clusters, cluster];
    this._changed.emit();
    return cluster;
  }

  private readonly _serverSettings: ServerConnection.ISettings;
  private readonly _events: Event.IManager | null;
  private readonly _state: IStateDB | null;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _clusters: readonly rest.ICluster[] = [];
  private _site: rest.ISite | null = null;
  private _siteTime = 0;
  private _connection: Connection = 'loading';
  private _message: string | null = null;
  private _dismissed = new Set<string>();
  /** Counts our own changes, see `_fetchList`. */
  private _epoch = 0;
  private _listing: Promise<void> | null = null;
  private _again: Promise<void> | null = null;
  private _isDisposed = false;
}

/** How often to look. A poll accepts no interval above its `max`. */
function frequencyOf(interval: number): { interval: number; backoff: boolean; max: number } {
  return { interval, backoff: true, max: Math.max(MAXIMUM_INTERVAL, interval) };
}

/** `after`, with the objects of `before` where they say the same: those are not drawn again. */
export function keepUnchanged(
  before: readonly rest.ICluster[],
  after: readonly rest.ICluster[]
): rest.ICluster[] {
  const known = new Map(before.map(cluster => [cluster.id, cluster]));
  return after.map(cluster => {
    const old = known.get(cluster.id);
    return old !== undefined && JSON.stringify(old) === JSON.stringify(cluster) ? old : cluster;
  });
}

export namespace ClusterManager {
  export interface IOptions {
    serverSettings: ServerConnection.ISettings;
    /** Where the hints to refresh come from. */
    events?: Event.IManager;
    /** Where dismissed problems are remembered. */
    state?: IStateDB | null;
    /** Milliseconds between looks that no event asked for. */
    refreshInterval?: number;
  }
}
