/** The types of the REST API that say what a cluster does, and what it has used. */

/** What the tasks and the workers do: rounded, and some seconds old. */
export interface IActivity {
  /** Not finished: waiting, queued, without a worker or processing. */
  tasks_left: number;
  tasks_processing: number;
  /** Computed since nothing was left for the last time. */
  tasks_done: number;
  /** Failed since then. */
  tasks_erred: number;
  /** Null while it is not known, and when nothing is left to do. */
  tasks_per_second: number | null;
  /** Percent of the workers' threads. Null without a worker. */
  cpu: number | null;
  /** Bytes. */
  memory_used: number;
  /** Null without a worker, and where one has no limit. */
  memory_limit: number | null;
  clients: IConnectedClient[];
}

/** A client that is connected; `name` is the path of a notebook, or what it was given. */
export interface IConnectedClient {
  name: string | null;
  host: string | null;
}

/** What jobs used of what they asked for, since the cluster was created. Bytes and seconds. */
export interface IUsage {
  jobs: number;
  /** How long jobs ran tasks, all together. */
  busy_seconds: number;
  /** Cores that one job used then, on average. */
  cpu_mean: number | null;
  /** What the workers of one job used together, at most. */
  memory_peak: number;
  worker_peak: number;
  memory_spilled: number;
  paused_seconds: number;
  memory_kills: number;
}

/** The size of a job that would do; null is as it is. */
export interface ISizeAdvice {
  memory: number | null;
  cores: number | null;
}
