/** Examples of the server's responses. A test passes the values that matter to it. */

import { nullTranslator } from '@jupyterlab/translation';

import type {
  ICluster,
  IEstimate,
  IJob,
  IJobCounts,
  IJobScript,
  IOrphan,
  IPartition,
  IProblem,
  IProfile,
  ISite,
  ISiteCheck
} from '../src/api/restapi';

export const trans = nullTranslator.load('test');

export const noJobs: IJobCounts = {
  desired: 0,
  submitting: 0,
  pending: 0,
  running: 0,
  connected: 0,
  failed: 0,
  unknown: 0
};

export function aCluster(changes: Partial<ICluster> = {}): ICluster {
  return {
    id: '3f9a12bc',
    name: 'blue-otter',
    status: 'running',
    created: '2026-11-23T10:00:00Z',
    options: { cores: 12, memory: 16e9, walltime: 1800, processes: 4, partition: 'debug' },
    scaling: { jobs: 4 },
    problems: [],
    jobs: { ...noJobs, desired: 4, running: 4, connected: 4 },
    workers: { expected: 16, connected: 16 },
    cores: 48,
    memory: 64e9,
    core_seconds: 26_640,
    pending_reason: null,
    estimated_start: null,
    next_job_ends: null,
    idle_since: null,
    idle_stop: null,
    expires: null,
    adaptive: null,
    scheduler_address: 'tls://127.0.0.1:1234',
    dashboard_path: 'dask-slurm/clusters/3f9a12bc/dashboard/status',
    client_code: 'client = 1',
    host: 'login1',
    elsewhere: false,
    batch_system: 'slurm',
    ends_with: null,
    ...changes
  };
}

export function aProblem(changes: Partial<IProblem> = {}): IProblem {
  return {
    code: 'submission_refused',
    message: 'sbatch: error: Invalid account or account/partition combination specified',
    since: '2026-11-23T10:00:00Z',
    advice: 'Change what the message names, then press Retry.',
    ...changes
  };
}

export function aJob(changes: Partial<IJob> = {}): IJob {
  return {
    id: '81_3',
    state: 'RUNNING',
    stage: 'connected',
    never_starts: false,
    reason: null,
    explanation: null,
    estimated_start: null,
    submitted: '2026-11-23T10:00:00Z',
    started: '2026-11-23T10:01:00Z',
    node: 'n1',
    workers: 4,
    memory: 4e9,
    cpu: 350,
    time_left: 1200,
    ended: null,
    exit_code: null,
    error: null,
    ...changes
  };
}

export function aSiteCheck(changes: Partial<ISiteCheck> = {}): ISiteCheck {
  return {
    running: false,
    started: '2026-11-30T12:00:00Z',
    looking_at: null,
    error: null,
    checks: [
      {
        name: 'versions',
        title: 'Versions',
        outcome: 'ok',
        message: 'Python 3.11.2, dask 2026.8.0',
        words: null,
        advice: null
      }
    ],
    text: '',
    ...changes
  };
}

export function anOrphan(changes: Partial<IOrphan> = {}): IOrphan {
  return {
    cluster_id: '77aa12bc',
    name: 'lost-lynx',
    batch_system: 'slurm',
    jobs: 3,
    pending: 1,
    running: 2,
    since: '2026-11-23T09:00:00Z',
    ...changes
  };
}

export function aPartition(changes: Partial<IPartition> = {}): IPartition {
  return {
    name: 'debug',
    default: true,
    available: true,
    nodes: 4,
    cores_per_node: 16,
    memory_per_node: 62e9,
    max_walltime: 1800,
    default_walltime: null,
    idle_cores: 41,
    total_cores: 64,
    ...changes
  };
}

export function aSite(changes: Partial<ISite> = {}): ISite {
  return {
    batch_system: 'slurm',
    version: 'slurm 22.05.8',
    cluster: 'lab',
    partitions: [aPartition()],
    defaults: { walltime: 1800 },
    limits: { max_jobs: 10_000, max_clusters: 20 },
    ends_with: null,
    problem: null,
    choices: ['slurm', 'local'],
    placements: ['local'],
    adapt: { grow_after: 2, shrink_after: 120 },
    ...changes
  };
}

export function aScript(changes: Partial<IJobScript> = {}): IJobScript {
  return {
    script: '#!/usr/bin/env bash\n#SBATCH --cpus-per-task=4\n',
    lines: [
      { text: '#!/usr/bin/env bash', from: null },
      { text: '#SBATCH --cpus-per-task=4', from: 'cores' }
    ],
    jobs: 1,
    cores: 4,
    memory: 16e9,
    workers: 4,
    problems: [],
    warnings: [],
    options: { cores: 4, memory: 16e9, walltime: 1800, processes: 4 },
    exports: { python: 'cluster = SLURMCluster()', yaml: 'jobqueue:' },
    ...changes
  };
}

export function aProfile(changes: Partial<IProfile> = {}): IProfile {
  return {
    name: 'mine',
    description: null,
    source: 'user',
    options: { cores: 8, memory: 32e9 },
    scaling: { jobs: 2 },
    ...changes
  };
}

export function anEstimate(changes: Partial<IEstimate> = {}): IEstimate {
  return {
    estimated_start: '2026-11-23T10:00:00Z',
    node: 'n2',
    partition: 'debug',
    message: null,
    ...changes
  };
}

/** Some of the plots that dask's dashboard lists. */
export const somePlots: Record<string, string> = {
  'Individual Cpu': '/individual-cpu',
  'Individual Gpu Memory': '/individual-gpu-memory',
  'Individual Graph': '/individual-graph',
  'Individual Progress': '/individual-progress',
  'Individual Task Stream': '/individual-task-stream',
  'Individual Workers': '/individual-workers',
  'Individual Workers Memory': '/individual-workers-memory',
  'Individual Cluster Map': '/statics/individual-cluster-map.html'
};

/** A promise, and the functions that settle it. */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
