/** The clusters of this server, kept up to date by events, with a slow poll as a safety net. */

import type { Event, ServerConnection } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import { Poll } from '@lumino/polling';

import * as rest from '../api/restapi';
import { Observable } from '../base/observable';
import { Paced } from '../base/paced';
import { ClusterList } from './clusterlist';
import { Dismissals } from './dismissals';
import { ServerWatch } from './serverwatch';
import { SiteWatch } from './sitewatch';
import type { Connection, IClusterManager } from './tokens';

/** The longest pause after failed requests, unless the user chose a longer interval. */
const MAXIMUM_INTERVAL = 30_000;

/** Milliseconds between lists that events ask for: in a storm there are many in a second. */
const EVENT_PAUSE = 1000;

/** The same in a tab of the browser that nobody sees. */
const HIDDEN_EVENT_PAUSE = 5000;

export class ClusterManager extends Observable implements IClusterManager {
  constructor(options: ClusterManager.IOptions) {
    super();
    this._serverSettings = options.serverSettings;
    this._events = options.events ?? null;
    this._siteWatch = new SiteWatch(background => rest.getSite(this._settings(background)));
    this._siteWatch.changed.connect(() => this.emit());
    this._serverWatch = new ServerWatch(options.serverSettings, () => void this._tryToLook());
    this._serverWatch.changed.connect(() => this.emit());
    this._list = new ClusterList(options.serverSettings, this._serverWatch);
    this._list.changed.connect(() => this.emit());
    this._dismissals = new Dismissals(options.state ?? null, options.serverSettings.baseUrl);
    this._dismissals.changed.connect(() => this.emit());
    this._afterEvent = new Paced(
      () => void this._list.ask(true).catch(() => undefined),
      () => (document.hidden ? HIDDEN_EVENT_PAUSE : EVENT_PAUSE)
    );
    this._events?.stream.connect(this._onEvent, this);
    this._poll = new Poll({
      auto: false,
      factory: () => this._look(true),
      frequency: frequencyOf(options.refreshInterval ?? 20_000),
      name: 'jupyter-dask-slurm:clusters',
      // A hidden tab needs no poll; events still arrive.
      standby: 'when-hidden'
    });
    this.ready = this._start();
  }

  readonly ready: Promise<void>;

  get clusters(): readonly rest.ICluster[] {
    return this._list.clusters;
  }

  get site(): rest.ISite | null {
    return this._siteWatch.site;
  }

  get connection(): Connection {
    return this._list.connection;
  }

  get message(): string | null {
    return this._list.message;
  }

  get isServerGone(): boolean {
    return this._serverWatch.isGone;
  }

  get isMisconfigured(): boolean {
    return this._list.isMisconfigured;
  }

  set refreshInterval(milliseconds: number) {
    this._poll.frequency = frequencyOf(milliseconds);
  }

  find(id: string): rest.ICluster | undefined {
    return this.clusters.find(cluster => cluster.id === id);
  }

  async refresh(): Promise<void> {
    await this._look(false).catch(() => undefined);
  }

  create(body: rest.INewCluster): Promise<rest.ICluster> {
    return this._list.take(rest.createCluster(body, this._settings()));
  }

  change(id: string, change: rest.IClusterChange): Promise<rest.ICluster> {
    return this._list.take(rest.changeCluster(id, change, this._settings()));
  }

  scale(id: string, scaling: rest.IScaling): Promise<rest.ICluster> {
    return this.change(id, { scaling });
  }

  rename(id: string, name: string): Promise<rest.ICluster> {
    return this.change(id, { name });
  }

  setIdleTimeout(id: string, seconds: number): Promise<rest.ICluster> {
    return this.change(id, { idle_timeout: seconds });
  }

  extendIdle(id: string, seconds: number | null = null): Promise<rest.ICluster> {
    return this._list.take(rest.extendIdle(id, seconds, this._settings()));
  }

  async retry(id: string): Promise<rest.ICluster> {
    try {
      return await this._list.take(rest.retryCluster(id, this._settings()));
    } catch (error) {
      if (!(error instanceof rest.RestError && [404, 405].includes(error.status))) {
        throw error;
      }
      // On an older server, setting the same size again retries.
      return this.change(id, { scaling: this.find(id)?.scaling ?? {} });
    }
  }

  startAgain(id: string): Promise<rest.ICluster> {
    return this._list.take(rest.startAgain(id, this._settings()), id);
  }

  async stop(id: string, options: { force?: boolean } = {}): Promise<void> {
    try {
      await rest.orGone(rest.deleteCluster(id, options.force ?? false, this._settings()));
    } finally {
      await this._list.askAnew();
    }
  }

  jobs(id: string, options: { background?: boolean } = {}): Promise<rest.IJob[]> {
    return rest.listJobs(id, this._settings(options.background));
  }

  async cancelJob(id: string, jobId: string): Promise<void> {
    try {
      await rest.cancelJob(id, jobId, this._settings());
    } finally {
      await this._list.askAnew();
    }
  }

  replaceJob(id: string, jobId: string): Promise<rest.ICluster> {
    return this._list.take(rest.replaceJob(id, jobId, this._settings()));
  }

  async orphans(options: { background?: boolean } = {}): Promise<rest.IOrphans> {
    const orphans = await rest.orUnknown(rest.listOrphans(this._settings(options.background)));
    return orphans ?? [];
  }

  cancelOrphans(clusterId: string | null = null): Promise<void> {
    return rest.orGone(rest.cancelOrphans(clusterId, this._settings()));
  }

  log(id: string, source: string, options: rest.ILogOptions = {}): Promise<rest.ILogPiece> {
    return rest.getLog(id, source, options, this._settings(options.background));
  }

  plots(id: string, options: { background?: boolean } = {}): Promise<Record<string, string>> {
    return rest.listPlots(id, this._settings(options.background));
  }

  jobScript(body: rest.IJobScriptRequest): Promise<rest.IJobScript> {
    return rest.getJobScript(body, this._settings());
  }

  refreshSite(): Promise<rest.ISite> {
    return this._siteWatch.refresh();
  }

  siteOf(slurmCluster: string): Promise<rest.ISite> {
    return rest.getSite(this._settings(), slurmCluster);
  }

  environments(): Promise<rest.IEnvironment[] | null> {
    return rest.orUnknown(rest.listEnvironments(this._settings()));
  }

  estimate(body: rest.IEstimateRequest): Promise<rest.IEstimate | null> {
    return rest.orUnknown(rest.getEstimate(body, this._settings(true)));
  }

  profiles(): Promise<rest.IProfile[] | null> {
    return rest.orUnknown(rest.listProfiles(this._settings()));
  }

  checkSite(method: 'GET' | 'POST'): Promise<rest.ISiteCheck> {
    return rest.checkSite(method, this._settings());
  }

  stopSiteCheck(): Promise<void> {
    return rest.stopSiteCheck(this._settings());
  }

  saveProfile(name: string, profile: rest.IProfileChange): Promise<rest.IProfile> {
    return rest.putProfile(name, profile, this._settings());
  }

  deleteProfile(name: string): Promise<void> {
    return rest.orGone(rest.deleteProfile(name, this._settings()));
  }

  lastValues(): Promise<Record<string, string> | null> {
    return rest.orUnknown(rest.getLastValues(this._settings()));
  }

  keepLastValues(values: Record<string, string>): Promise<void> {
    return rest.putLastValues(values, this._settings());
  }

  problemsOf(cluster: rest.ICluster): rest.IProblem[] {
    return cluster.problems.filter(problem => !this._dismissals.has(cluster.id, problem));
  }

  dismiss(id: string, problem: rest.IProblem): void {
    this._dismissals.add(id, problem, this.clusters);
  }

  protected override onDispose(): void {
    this._list.dispose();
    this._serverWatch.dispose();
    this._siteWatch.dispose();
    this._dismissals.dispose();
    this._poll.dispose();
    this._afterEvent.dispose();
    this._events?.stream.disconnect(this._onEvent, this);
  }

  private async _start(): Promise<void> {
    await this._dismissals.load();
    await this._tryToLook();
    if (!this.isDisposed) {
      // `start` would poll at once, again.
      const { interval } = this._poll.frequency;
      void this._poll.schedule({ phase: 'started', interval });
    }
  }

  private _settings(background = false): rest.IRequestSettings {
    return { serverSettings: this._serverSettings, background };
  }

  private _onEvent(_: unknown, emission: Event.Emission): void {
    if (emission.schema_id === rest.EVENT_SCHEMA_ID) {
      this._afterEvent.invoke();
      this._siteWatch.lookAtEvent();
    }
  }

  /** Ask for the list and the site. Rejects if there is no list, so that the poll backs off. */
  private async _look(background: boolean): Promise<void> {
    await this._list.ask(background);
    await this._siteWatch.look(background);
  }

  private async _tryToLook(): Promise<void> {
    await this._look(true).catch(() => undefined);
  }

  private readonly _serverSettings: ServerConnection.ISettings;
  private readonly _events: Event.IManager | null;
  private readonly _list: ClusterList;
  private readonly _dismissals: Dismissals;
  private readonly _serverWatch: ServerWatch;
  private readonly _siteWatch: SiteWatch;
  private readonly _afterEvent: Paced;
  private readonly _poll: Poll;
}

/** Return the poll's frequency. A poll accepts no interval above its `max`. */
function frequencyOf(interval: number): { interval: number; backoff: boolean; max: number } {
  return { interval, backoff: true, max: Math.max(MAXIMUM_INTERVAL, interval) };
}

export namespace ClusterManager {
  export interface IOptions {
    serverSettings: ServerConnection.ISettings;
    /** The source of the events that tell of changes. */
    events?: Event.IManager;
    /** Where dismissed problems are remembered. */
    state?: IStateDB | null;
    /** Milliseconds between background requests for the list. */
    refreshInterval?: number;
  }
}
