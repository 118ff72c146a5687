/** What other extensions may ask for: the clusters of this server. */

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
  IOrphan,
  IProblem,
  IProfile,
  IProfileChange,
  IScaling,
  ISite
} from '../api/restapi';

/** How we stand with the server: `missing` means it does not have our server extension. */
export type Connection = 'loading' | 'ok' | 'missing' | 'failed';

/** The clusters of this server, kept up to date. The only way for a component to reach the server. */
export interface IClusterManager extends IDisposable {
  /** In the server's order. Empty until `connection` is "ok". */
  readonly clusters: readonly ICluster[];
  /** What the batch system offers; null until it is known. */
  readonly site: ISite | null;
  readonly connection: Connection;
  /** Why `connection` is "failed", in the server's words; null otherwise. */
  readonly message: string | null;
  /** Any of the above, or what `problemsOf` answers, is different now. */
  readonly changed: ISignal<IClusterManager, void>;
  /** Fulfilled after the first answer, good or bad. */
  readonly ready: Promise<void>;

  find(id: string): ICluster | undefined;
  /** Ask for the list and the site now. Never rejects: what went wrong is in `connection`. */
  refresh(): Promise<void>;

  // Each of these rejects with a RestError.
  create(body: INewCluster): Promise<ICluster>;
  scale(id: string, scaling: IScaling): Promise<ICluster>;
  rename(id: string, name: string): Promise<ICluster>;
  change(id: string, change: IClusterChange): Promise<ICluster>;
  /** Seconds without use after which the cluster ends; 0 is never. */
  setIdleTimeout(id: string, seconds: number): Promise<ICluster>;
  /** Not to end for idleness for so many seconds from now; by default one whole time-out. */
  extendIdle(id: string, seconds?: number | null): Promise<ICluster>;
  /** Try again whatever had failed. */
  retry(id: string): Promise<ICluster>;
  /** The same cluster once more, in the place of one that has ended. */
  startAgain(id: string): Promise<ICluster>;
  stop(id: string, options?: { force?: boolean }): Promise<void>;
  jobs(id: string, options?: { background?: boolean }): Promise<IJob[]>;
  /** End one job, and want one less. */
  cancelJob(id: string, jobId: string): Promise<void>;
  /** End one job once another has taken its place. */
  replaceJob(id: string, jobId: string): Promise<ICluster>;
  /** Jobs of ours that belong to no living cluster. */
  orphans(options?: { background?: boolean }): Promise<IOrphan[]>;
  /** Cancel those of one cluster that is gone, or all. */
  cancelOrphans(clusterId?: string | null): Promise<void>;
  /** The end of a log, or what is new in it: of "controller", "scheduler" or a job. */
  log(id: string, source: string, options?: ILogOptions): Promise<ILogPiece>;
  /** The plots of its dashboard, by dask's names: the page of each, below the dashboard. */
  plots(id: string, options?: { background?: boolean }): Promise<Record<string, string>>;
  jobScript(body: IJobScriptRequest): Promise<IJobScript>;
  refreshSite(): Promise<ISite>;
  /** Null when the server is too old to know. */
  environments(): Promise<IEnvironment[] | null>;
  /** When a job of these options would start. Null when the server is too old to know. */
  estimate(body: IEstimateRequest): Promise<IEstimate | null>;
  /** Null when the server is too old to have any. */
  profiles(): Promise<IProfile[] | null>;
  /** Keep one of the user's own. */
  saveProfile(name: string, profile: IProfileChange): Promise<IProfile>;
  deleteProfile(name: string): Promise<void>;

  /** The problems of a cluster that the user has not dismissed. */
  problemsOf(cluster: ICluster): IProblem[];
  dismiss(id: string, problem: IProblem): void;
}

export const IClusterManager = new Token<IClusterManager>(
  'jupyter-dask-slurm:IClusterManager',
  'The Dask clusters of this server: list, create, scale, stop, and a signal when they change.'
);

/** The panel. Who asks for it can also rely on the commands. */
export interface IClusterPanel {
  /** Show the panel, with the card of that cluster in view. */
  reveal(id: string): void;
}

export const IClusterPanel = new Token<IClusterPanel>(
  'jupyter-dask-slurm:IClusterPanel',
  'The panel of the Dask clusters: show the card of one of them.'
);
