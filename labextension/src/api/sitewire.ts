/** The types of the REST API that describe the site. Sizes are bytes, times are seconds. */

import type { BatchSystemName, IOptions, IProblem, Placement } from './wire';

/** GPUs of one type in a partition; null is a type without a name. */
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
  /** Empty if it has none. Absent from an older server, as the next two are. */
  gpus?: IGpus[];
  /** The accounts and QOS it allows; null is all. */
  accounts?: string[] | null;
  qos?: string[] | null;
  /** The accounts and QOS it does not allow, if it allows all others. Absent from an older server, as all below. */
  denied_accounts?: string[];
  denied_qos?: string[];
  /** Why it takes no job of this user's, as "takes jobs of root alone"; null if it does. */
  refuses?: string | null;
  /** The same, if that is not certain. */
  may_refuse?: string | null;
  max_cores_per_node?: number | null;
  max_memory_per_node?: number | null;
  max_cores_per_socket?: number | null;
  sockets_per_node?: number | null;
  /** Each job gets all cores of its node. */
  whole_nodes?: boolean;
}

/** The limits of a QOS for one job. */
export interface IQosLimits {
  max_walltime: number | null;
  max_cores: number | null;
  max_memory: number | null;
  max_gpus: number | null;
  /** Its walltime counts instead of the partition's. */
  overrides_partition: boolean;
}

/** A network interface of the Jupyter server's host. */
export interface IInterface {
  name: string;
  address: string;
}

/** A variable of the Jupyter server's, such as SBATCH_ACCOUNT. */
export interface IExported {
  variable: string;
  value: string;
}

/** What the batch system does not tell about itself, in words. */
export interface IUnseen {
  what: 'partitions' | 'nodes' | 'configuration' | 'accounts';
  message: string;
  /** It is slow, and may tell in some seconds. */
  waiting: boolean;
}

/** What the administrator allows; null is no limit. An older server sends the first two only. */
export interface ILimits {
  max_jobs?: number | null;
  max_clusters?: number | null;
  /** Of one job, as the next three are. */
  max_cores?: number | null;
  max_memory?: number | null;
  max_walltime?: number | null;
  max_gpus?: number | null;
  /** Of all clusters of the user together. */
  max_cores_per_user?: number | null;
  /** An idle time-out, or a maximum age, of 0 is not allowed then. */
  max_idle_timeout?: number | null;
  max_age?: number | null;
  /** The options that have this value for everybody. */
  fixed?: IOptions;
  /** The names of options that users cannot choose. */
  forbidden?: string[];
  /** The names of options that the form does not show. They may be set all the same. */
  hidden?: string[];
  /** The profile of the site's that the form begins with. */
  default_profile?: string | null;
  /** Users choose a profile of the site's, and no options beside it but those of their notebook. */
  profiles_only?: boolean;
}

/** What the administrator has to say to everybody: plain text, and where it leads. */
export interface INotice {
  message: string | null;
  link: string | null;
}

export interface ISite {
  batch_system: BatchSystemName;
  version: string | null;
  cluster?: string | null;
  /** Which of the site's Slurm clusters this is about; null is that of Slurm's commands by themselves. */
  slurm_cluster?: string | null;
  /** All of them; empty if not known. Absent from an older server. */
  slurm_clusters?: string[];
  partitions: IPartition[];
  /** The user's accounts; empty without accounting. */
  accounts?: string[];
  default_account?: string | null;
  qos?: string[];
  /** By QOS. A server that sends them also accepts the partition "auto". */
  qos_limits?: Record<string, IQosLimits>;
  defaults?: IOptions;
  /** What is exported for sbatch where the defaults leave it open. Absent from an older server. */
  exported?: Record<string, IExported>;
  limits?: ILimits;
  /** Null is nothing. Absent from an older server. */
  notice?: INotice | null;
  /** The user may look at everything, and change nothing. Absent from an older server. */
  read_only?: boolean;
  /** Where a controller can run here. */
  placements?: Placement[];
  /** Those of the Jupyter server's host. Absent from an older server. */
  interfaces?: IInterface[];
  /** The default delays of an adapting cluster, in seconds. */
  adapt?: { grow_after: number; shrink_after: number };
  /** Why a new cluster would end with the session; null if it would not. */
  ends_with?: string | null;
  /** What lies among the clusters' files and is somebody else's, in words. Absent from an older server. */
  left_out?: string[];
  /** Where the site of the documentation is served; null if nowhere. Absent from an older server. */
  documentation_url?: string | null;
  /** Absent from an older server. */
  unseen?: IUnseen[];
  /** Set while the batch system does not answer. */
  problem?: IProblem | null;
  /** That the file system of the clusters' files does not answer. */
  registry?: IProblem | null;
  /** The batch systems to choose from. */
  choices?: BatchSystemName[];
}

/** What one look at the site has found. */
export interface ICheck {
  name: string;
  title: string;
  outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  message: string;
  /** Those of another program. */
  words: string | null;
  /** What to do. */
  advice: string | null;
}

/** A look at all that a cluster needs of the site. */
export interface ISiteCheck {
  running: boolean;
  started: string | null;
  /** What is being looked at. */
  looking_at: string | null;
  /** Why it ended before all was looked at. */
  error: string | null;
  checks: ICheck[];
  /** All of it as text. */
  text: string;
}
