/** The tokens for other extensions: the clusters of this server, and the panel. */

import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type {
  ICluster,
  IClusterChange,
  IEnvironment,
  IEstimate,
  IEstimateRequest,
  IJob,
  IJobScript,
  IJobScriptRequest,
  ILogOptions,
  ILogPiece,
  INewCluster,
  IOrphans,
  IProblem,
  IProfile,
  IProfileChange,
  IScaling,
  ISite,
  ISiteCheck
} from '../api/restapi';

/** The state of the connection; `missing`: the server does not have our server extension. */
export type Connection = 'loading' | 'ok' | 'missing' | 'failed';

/** The clusters of this server, kept up to date. Components reach the server only through it. */
export interface IClusterManager extends IDisposable {
  /** In the server's order. Empty until `connection` is "ok". */
  readonly clusters: readonly ICluster[];
  /** What the batch system offers; null until it is known. */
  readonly site: ISite | null;
  readonly connection: Connection;
  /** Why `connection` is "failed", as the server said it; null otherwise. */
  readonly message: string | null;
  /** Whether `connection` is "failed" because there is no server: it was stopped, or cannot be reached. */
  readonly isServerGone: boolean;
  /** Whether `connection` is "failed" because the administrator's settings cannot be used. */
  readonly isMisconfigured: boolean;
  /** Emitted when any of the above, or the result of `problemsOf`, has changed. */
  readonly changed: ISignal<IClusterManager, void>;
  /** Resolves after the first response, or its failure. */
  readonly ready: Promise<void>;

  find(id: string): ICluster | undefined;
  /** Request the list and the site now. Never rejects: a failure is in `connection`. */
  refresh(): Promise<void>;

  // Each of the following rejects with a RestError.
  create(body: INewCluster): Promise<ICluster>;
  scale(id: string, scaling: IScaling): Promise<ICluster>;
  rename(id: string, name: string): Promise<ICluster>;
  change(id: string, change: IClusterChange): Promise<ICluster>;
  /** Set the seconds of idleness after which the cluster stops; 0 is never. */
  setIdleTimeout(id: string, seconds: number): Promise<ICluster>;
  /** Postpone the idle stop by this many seconds from now; by default one whole time-out. */
  extendIdle(id: string, seconds?: number | null): Promise<ICluster>;
  /** Try again what has failed. */
  retry(id: string): Promise<ICluster>;
  /** Create the same cluster again, in place of one that has ended. */
  startAgain(id: string): Promise<ICluster>;
  stop(id: string, options?: { force?: boolean }): Promise<void>;
  jobs(id: string, options?: { background?: boolean }): Promise<IJob[]>;
  /** End one job, and lower the wanted number of jobs by one. */
  cancelJob(id: string, jobId: string): Promise<void>;
  /** End one job once another has replaced it. */
  replaceJob(id: string, jobId: string): Promise<ICluster>;
  /** List jobs that belong to no living cluster. */
  orphans(options?: { background?: boolean }): Promise<IOrphans>;
  /** Cancel the orphaned jobs of one cluster, or all. */
  cancelOrphans(clusterId?: string | null): Promise<void>;
  /** Read the end of a log, or what is new in it. `source` is "controller", "scheduler" or a job id. */
  log(id: string, source: string, options?: ILogOptions): Promise<ILogPiece>;
  /** List the plots of its dashboard: dask's name of each, and its page below the dashboard. */
  plots(id: string, options?: { background?: boolean }): Promise<Record<string, string>>;
  jobScript(body: IJobScriptRequest): Promise<IJobScript>;
  refreshSite(): Promise<ISite>;
  /** Ask for another of the site's Slurm clusters; `site` stays. */
  siteOf(slurmCluster: string): Promise<ISite>;
  /** Null if the server is too old. */
  environments(): Promise<IEnvironment[] | null>;
  /** Estimate when a job with these options would start. Null if the server is too old. */
  estimate(body: IEstimateRequest): Promise<IEstimate | null>;
  /** Null if the server is too old. */
  profiles(): Promise<IProfile[] | null>;
  /** Begin to look at all that a cluster needs of the site (POST), or ask what has been found so far. */
  checkSite(method: 'GET' | 'POST'): Promise<ISiteCheck>;
  /** Look no further. */
  stopSiteCheck(): Promise<void>;
  /** Save a profile of the user's. */
  saveProfile(name: string, profile: IProfileChange): Promise<IProfile>;
  deleteProfile(name: string): Promise<void>;
  /** What was entered last in the form of a new cluster, by field. Null if the server is too old. */
  lastValues(): Promise<Record<string, string> | null>;
  keepLastValues(values: Record<string, string>): Promise<void>;

  /** The problems of a cluster that the user has not dismissed. */
  problemsOf(cluster: ICluster): IProblem[];
  dismiss(id: string, problem: IProblem): void;
}

export const IClusterManager = new Token<IClusterManager>(
  'jupyter-dask-slurm:IClusterManager',
  'The Dask clusters of this server: list, create, scale, stop, and a signal when they change.'
);

/** The panel. It may be disabled: ask for it as an optional token. */
export interface IClusterPanel {
  /** Show the panel. */
  show(): void;
  /** Show the panel, scrolled to the card of this cluster. */
  reveal(id: string): void;
}

export const IClusterPanel = new Token<IClusterPanel>(
  'jupyter-dask-slurm:IClusterPanel',
  'The panel of the Dask clusters: show it, or the card of one of them.'
);
