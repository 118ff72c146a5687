/**
 * What travels between the panel and the server extension.
 *
 * Sizes are bytes, times are seconds, instants are ISO-8601 UTC.
 */

export type ClusterStatus = 'starting' | 'running' | 'stopping' | 'failed' | 'unreachable';

export type BatchSystemName = 'slurm' | 'local';

/** The cluster follows its tasks between two numbers of jobs; the patiences are seconds. */
export interface IAdapt {
  minimum_jobs: number;
  maximum_jobs: number;
  grow_after?: number | null;
  shrink_after?: number | null;
}

/** How large a cluster should be, in exactly one of these; memory is in bytes or text like "200 GB". */
export interface IScaling {
  jobs?: number;
  cores?: number;
  memory?: number | string;
  adapt?: IAdapt;
}

/** Where the controller lives: beside the Jupyter server, or in a job of its own. */
export type Placement = 'local' | 'job';

/** What one job is. What is left out comes from the site's dask configuration. */
export interface IOptions {
  cores?: number | string | null;
  memory?: number | string | null;
  walltime?: number | string | null;
  processes?: number | string | null;
  python?: string | null;
  partition?: string | null;
  placement?: Placement | null;
  /** Seconds without use after which the cluster ends; 0 is never. */
  idle_timeout?: number | null;
  [option: string]: unknown;
}

export interface IProblem {
  code: string;
  message: string;
  since: string;
  advice?: string | null;
}

export interface IJobCounts {
  desired: number;
  submitting: number;
  pending: number;
  /** The batch system's word; includes `connected`. */
  running: number;
  connected: number;
  /** Those of all that were asked to go; an older controller does not say. */
  leaving?: number;
  failed: number;
  unknown: number;
}

/** `jobs.desired` becomes `needed` at `grows_at` or `shrinks_at` if the tasks still ask for it. */
export interface IAdaptive {
  needed: number;
  grows_at: string | null;
  shrinks_at: string | null;
}

export interface ICluster {
  id: string;
  name: string;
  status: ClusterStatus;
  created: string;
  options: IOptions;
  scaling: IScaling;
  problems: IProblem[];
  jobs: IJobCounts;
  workers: { expected: number; connected: number };
  /** Cores of the running jobs. */
  cores: number;
  /** Bytes of memory of the running jobs. */
  memory: number;
  /** What all its jobs have used by now; an older controller does not count. */
  core_seconds?: number | null;
  pending_reason: string | null;
  estimated_start: string | null;
  next_job_ends: string | null;
  idle_since: string | null;
  /** When it ends if nobody uses it until then. */
  idle_stop: string | null;
  /** When it ends whatever it does. Absent from an older server. */
  expires?: string | null;
  /** Null unless `scaling` is to adapt. */
  adaptive?: IAdaptive | null;
  /** What a starting cluster waits for; an older server does not say. */
  awaits?: 'controller' | 'scheduler' | null;
  scheduler_address: string | null;
  dashboard_path: string | null;
  client_code: string | null;
  host: string | null;
  elsewhere: boolean;
  batch_system: BatchSystemName | null;
  ends_with: string | null;
}

/** Where a job is on its way; `leaving` was asked to go. */
export type JobStage =
  'submitted' | 'pending' | 'running' | 'connected' | 'leaving' | 'unknown' | 'ended';

export interface IJob {
  id: string;
  /** In Slurm's words. */
  state: string;
  stage?: JobStage;
  /** It is pending for a reason that will not pass. */
  never_starts?: boolean;
  reason: string | null;
  explanation: string | null;
  node: string | null;
  workers: number;
  submitted?: string | null;
  started?: string | null;
  /** Bytes that the processes of its workers use. */
  memory?: number | null;
  /** What these processes use, in percent of one core; an older controller does not say. */
  cpu?: number | null;
  estimated_start?: string | null;
  /** Seconds. */
  time_left?: number | null;
  /** Until when the running tasks of a job that leaves may finish. */
  leaves_by?: string | null;
  ended?: string | null;
  exit_code?: string | null;
  error: string | null;
}

/** A piece of a log, and the bytes of its file that it stands for; null from an older server. */
export interface ILogPiece {
  text: string;
  start: number | null;
  end: number | null;
}

export interface ILogOptions {
  /** The lines at the end that are asked for. */
  tail?: number;
  /** Only what was written after that byte, unless that is too much. */
  after?: number | null;
  background?: boolean;
}

/** Jobs of ours that belong to no living cluster. */
export interface IOrphan {
  cluster_id: string;
  name: string;
  batch_system: BatchSystemName;
  jobs: number;
  pending: number;
  running: number;
  since: string | null;
}

/** The GPUs of a partition of one type; null is a type that Slurm does not name. */
export interface IGpus {
  type: string | null;
  per_node: number;
  total: number;
  idle: number | null;
}

export interface IPartition {
  name: string;
  default: boolean;
  available: boolean;
  nodes: number | null;
  cores_per_node: number | null;
  memory_per_node: number | null;
  max_walltime: number | null;
  default_walltime: number | null;
  idle_cores: number | null;
  total_cores: number | null;
  /** Empty where there are none; absent from an older server, as are the next two. */
  gpus?: IGpus[];
  /** Those that it allows; null is all. */
  accounts?: string[] | null;
  qos?: string[] | null;
}

/** What one job of a QOS may have. */
export interface IQosLimits {
  max_walltime: number | null;
  max_cores: number | null;
  max_memory: number | null;
  max_gpus: number | null;
  /** Its walltime counts, and that of the partition does not. */
  overrides_partition: boolean;
}

export interface ISite {
  batch_system: BatchSystemName;
  version: string | null;
  cluster?: string | null;
  partitions: IPartition[];
  /** Of this user; empty where there is no accounting. */
  accounts?: string[];
  default_account?: string | null;
  qos?: string[];
  /** By QOS. A server that has them also knows the partition "auto". */
  qos_limits?: Record<string, IQosLimits>;
  defaults?: IOptions;
  limits?: { max_jobs?: number | null; max_clusters?: number | null };
  /** Where a controller may live here. */
  placements?: Placement[];
  /** The patiences of a cluster that adapts, in seconds, where it names none. */
  adapt?: { grow_after: number; shrink_after: number };
  /** Why a new cluster would end with the session, in words; null when it would not. */
  ends_with?: string | null;
  /** Set while the batch system does not answer. */
  problem?: IProblem | null;
  /** The batch systems one may ask for. */
  choices?: BatchSystemName[];
}

export interface IEnvironment {
  name: string;
  display_name: string;
  python: string;
}

export interface IFieldProblem {
  field: string;
  message: string;
}

export interface IScriptLine {
  text: string;
  /** The option this line comes from; "config", "cluster", or null for a fixed line. */
  from: string | null;
}

export interface IJobScript {
  script: string;
  lines: IScriptLine[];
  jobs: number;
  cores: number;
  memory: number;
  workers: number;
  problems: IFieldProblem[];
  warnings?: IFieldProblem[];
  /** The options with everything filled in. */
  options?: IOptions | null;
  /** The same jobs for dask-jobqueue; null where there is no script. */
  exports?: IExports | null;
}

/** What makes the same jobs without this panel. */
export interface IExports {
  python: string;
  yaml: string;
}

export interface IJobScriptRequest {
  options: IOptions;
  scaling?: IScaling;
  name?: string;
  batch_system?: BatchSystemName;
}

export interface IEstimateRequest {
  options: IOptions;
  batch_system?: BatchSystemName;
}

/** When a job would start if it were submitted now. */
export interface IEstimate {
  estimated_start: string | null;
  node: string | null;
  partition: string | null;
  /** The batch system's own words when it does not say. */
  message: string | null;
}

export type ProfileSource = 'administrator' | 'configuration' | 'user';

/** A named beginning for the form. What its options leave out comes from the configuration. */
export interface IProfile {
  name: string;
  description: string | null;
  source: ProfileSource;
  options: IOptions;
  scaling: IScaling | null;
}

/** What a profile of the user's becomes. */
export interface IProfileChange {
  description?: string | null;
  options: IOptions;
  scaling?: IScaling | null;
}

export interface INewCluster {
  name?: string;
  options: IOptions;
  scaling?: IScaling;
  batch_system?: BatchSystemName;
}

export interface IClusterChange {
  scaling?: IScaling;
  name?: string;
  /** Seconds; 0 is never. */
  idle_timeout?: number;
}
