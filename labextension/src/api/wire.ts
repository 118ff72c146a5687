/**
 * The types of the REST API.
 *
 * Sizes are bytes, times are seconds, instants are ISO-8601 UTC.
 */

import type { IActivity, ISizeAdvice, IUsage } from './activitywire';

export type ClusterStatus = 'starting' | 'running' | 'stopping' | 'failed' | 'unreachable';

export type BatchSystemName = 'slurm' | 'local';

/** The cluster adapts to its tasks between two numbers of jobs; the delays are in seconds. */
export interface IAdapt {
  minimum_jobs: number;
  maximum_jobs: number;
  grow_after?: number | null;
  shrink_after?: number | null;
}

/** How large a cluster should be, in exactly one of these units. Memory is bytes, or text like "200 GB". */
export interface IScaling {
  jobs?: number;
  cores?: number;
  memory?: number | string;
  adapt?: IAdapt;
}

/** Where the controller runs: on the host of the Jupyter server, or in a Slurm job. */
export type Placement = 'local' | 'job';

/** What one job asks for. The site's dask configuration supplies what is left out. */
export interface IOptions {
  cores?: number | string | null;
  memory?: number | string | null;
  walltime?: number | string | null;
  processes?: number | string | null;
  python?: string | null;
  partition?: string | null;
  placement?: Placement | null;
  /** Seconds of idleness after which the cluster stops; 0 is never. */
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
  /** Running as the batch system says; includes `connected`. */
  running: number;
  connected: number;
  /** Of all these, the jobs that were asked to leave. Absent from an older controller. */
  leaving?: number;
  failed: number;
  unknown: number;
}

/** `jobs.desired` becomes `needed` at `grows_at` or `shrinks_at`, if the tasks still need it then. */
export interface IAdaptive {
  needed: number;
  grows_at: string | null;
  shrinks_at: string | null;
}

/** Why some jobs wait, in Slurm's word, and what it means if that is known. */
export interface IPendingReason {
  reason: string;
  jobs: number;
  explanation: string | null;
}

/** How many jobs the batch system allows at once; more may be wanted, and follow later. */
export interface IJobLimit {
  jobs: number;
  /** Whose limit it is, in words. */
  message: string;
}

export interface ICluster {
  id: string;
  name: string;
  status: ClusterStatus;
  created: string;
  options: IOptions;
  scaling: IScaling;
  problems: IProblem[];
  /** Null if none is known. Absent from an older server. */
  job_limit?: IJobLimit | null;
  jobs: IJobCounts;
  workers: { expected: number; connected: number };
  /** Cores of the running jobs, as their options ask for: what the workers use. */
  cores: number;
  /** Bytes of memory of the running jobs. */
  memory: number;
  /** What the batch system gave to the running jobs: perhaps more. Absent from an older controller. */
  cpus?: number | null;
  /** What all jobs have used so far. Absent from an older controller. */
  core_seconds?: number | null;
  /** Null before a job had a worker. Absent from an older server, as the next is. */
  usage?: IUsage | null;
  /** Null unless a job of another size would clearly do. */
  advice?: ISizeAdvice | null;
  /** Null before the scheduler has said. Absent from an older server. */
  activity?: IActivity | null;
  /** The commonest. */
  pending_reason: string | null;
  /** All, the commonest first. Absent from an older server. */
  pending_reasons?: IPendingReason[];
  estimated_start: string | null;
  next_job_ends: string | null;
  idle_since: string | null;
  /** When it stops if it stays idle. */
  idle_stop: string | null;
  /** When it stops in any case. Absent from an older server. */
  expires?: string | null;
  /** Null unless `scaling` is to adapt. */
  adaptive?: IAdaptive | null;
  /** What a starting cluster waits for. Absent from an older server. */
  awaits?: 'controller' | 'scheduler' | null;
  scheduler_address: string | null;
  /** Of Python and of packages that matter to dask. Absent from an older server. */
  versions?: Record<string, string> | null;
  dashboard_path: string | null;
  client_code: string | null;
  host: string | null;
  elsewhere: boolean;
  batch_system: BatchSystemName | null;
  ends_with: string | null;
}

/** How far a job is; `leaving` was asked to leave. */
export type JobStage =
  'submitted' | 'pending' | 'running' | 'connected' | 'leaving' | 'unknown' | 'ended';

export interface IJob {
  id: string;
  /** In Slurm's words. */
  state: string;
  stage?: JobStage;
  /** It is pending for a reason that will not go away. */
  never_starts?: boolean;
  reason: string | null;
  explanation: string | null;
  node: string | null;
  /** Absent from an older controller, as the next is. */
  partition?: string | null;
  /** What the batch system gave it; its workers may use fewer. Null while it is pending. */
  cpus?: number | null;
  workers: number;
  submitted?: string | null;
  started?: string | null;
  /** Bytes that its workers' processes use. */
  memory?: number | null;
  /** CPU that these processes use, in percent of one core. Absent from an older controller. */
  cpu?: number | null;
  estimated_start?: string | null;
  /** Seconds. */
  time_left?: number | null;
  /** When the running tasks of a leaving job have to be finished. */
  leaves_by?: string | null;
  ended?: string | null;
  /** It has ended because it was asked to. */
  requested?: boolean;
  exit_code?: string | null;
  error: string | null;
  /** The line of its log that says why it ended. */
  cause?: string | null;
}

/** A piece of a log, and its range of bytes in the file; null from an older server. */
export interface ILogPiece {
  text: string;
  start: number | null;
  end: number | null;
}

export interface ILogOptions {
  /** How many lines to read from the end. */
  tail?: number;
  /** Read only what was written after this byte, unless that is too much. */
  after?: number | null;
  background?: boolean;
}

/** Jobs that belong to no living cluster. */
export interface IOrphan {
  cluster_id: string;
  name: string;
  batch_system: BatchSystemName;
  jobs: number;
  pending: number;
  running: number;
  since: string | null;
  /** Absent from an older server. */
  slurm_cluster?: string | null;
}

/** A batch system, or one of the site's Slurm clusters, that did not say which jobs it has. */
export interface IUnanswered {
  batch_system: BatchSystemName;
  slurm_cluster: string | null;
  message: string;
}

/** Those of what answers; `unanswered` is there where there may be more. */
export type IOrphans = IOrphan[] & { unanswered?: IUnanswered[] };

export interface IEnvironment {
  name: string;
  display_name: string;
  python: string;
}

export interface IFieldProblem {
  field: string;
  message: string;
  /** Of a warning: the jobs may be refused, or never start. Absent from an older server. */
  doubtful?: boolean;
}

export interface IScriptLine {
  text: string;
  /** The option that this line comes from; "config", "cluster", or null for a fixed line. */
  from: string | null;
}

export interface IJobScript {
  script: string;
  lines: IScriptLine[];
  jobs: number;
  /** Null if none is known. Absent from an older server. */
  job_limit?: IJobLimit | null;
  cores: number;
  memory: number;
  workers: number;
  problems: IFieldProblem[];
  warnings?: IFieldProblem[];
  /** The fields that are still being looked at: ask again. Absent from an older server. */
  checking?: string[];
  /** The options with all defaults filled in. */
  options?: IOptions | null;
  /** The same jobs for dask-jobqueue; null without a script. */
  exports?: IExports | null;
}

/** Code and configuration that start the same jobs without this extension. */
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
  /** The batch system's message if it gives no time. */
  message: string | null;
}

export type ProfileSource = 'administrator' | 'configuration' | 'user';

/** Named values to start the form from. The configuration supplies what the options leave out. */
export interface IProfile {
  name: string;
  description: string | null;
  source: ProfileSource;
  options: IOptions;
  scaling: IScaling | null;
}

/** The new content of a profile of the user's. */
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
