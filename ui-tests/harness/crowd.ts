import type { Page, Route } from '@playwright/test';

/** A cluster as the server sends it; the fields that the crowd changes. */
interface ICluster {
  id: string;
  name: string;
  jobs: { [kind: string]: number };
  [field: string]: unknown;
}

interface IJob {
  id: string;
  stage: string;
  [field: string]: unknown;
}

/** Jobs of all clusters but the first. */
const SMALL = 20;

const GIGABYTE = 2 ** 30;

/**
 * In the place of the server extension: more clusters and jobs than a machine for tests could run.
 *
 * Every look at them finds the world of that moment; `pass` lets time go on, and then some clusters
 * and some jobs are other than before.
 */
export class Crowd {
  /** The first of the clusters has most of the jobs. */
  constructor(
    readonly clusters: number,
    readonly jobs: number
  ) {}

  /** Answer for the server from now on. */
  async serve(page: Page): Promise<void> {
    await page.route('**/dask-slurm/api/**', route => this._answer(route));
  }

  /** A moment later: every fifth cluster grew or shrank, every tenth job is a stage further on. */
  pass(): void {
    this._moment += 1;
  }

  /** The id of a cluster, by its place in the list. */
  id(index: number): string {
    return index.toString(16).padStart(8, '0');
  }

  /** The ids of the clusters that are other than a moment before. */
  get changing(): Set<string> {
    const indices = Array.from({ length: this.clusters }, (_, index) => index);
    return new Set(indices.filter(changes).map(index => this.id(index)));
  }

  /** The name of a cluster, by its place in the list. */
  name(index: number): string {
    const long = index % 10 === 3 ? '-of-a-name-as-long-as-names-are-when-scripts-make-them' : '';
    return `crowd-${String(index).padStart(2, '0')}${long}`;
  }

  private async _answer(route: Route): Promise<void> {
    const path = new URL(route.request().url()).pathname.split('/dask-slurm/api/')[1];
    const [what, id, part] = path.split('/');
    if (route.request().method() !== 'GET') {
      await route.fulfill({ status: 409, json: { message: 'This is a crowd to look at.' } });
    } else if (what === 'site') {
      await route.fulfill({ json: SITE });
    } else if (what === 'clusters' && id === undefined) {
      const indices = Array.from({ length: this.clusters }, (_, index) => index);
      await route.fulfill({ json: indices.map(index => this._cluster(index)) });
    } else if (what === 'clusters' && part === 'jobs') {
      await route.fulfill({ json: this.jobsOf(Number.parseInt(id, 16)) });
    } else if (what === 'orphans') {
      await route.fulfill({ json: [] });
    } else {
      await route.fulfill({ status: 404, json: { message: `No ${path} here.` } });
    }
  }

  private _size(index: number): number {
    return index === 0 ? this.jobs - SMALL * (this.clusters - 1) : SMALL;
  }

  private _cluster(index: number): ICluster {
    const size = this._size(index);
    const changing = changes(index) ? this._moment % 4 : 0;
    const pending = (index % 3) * 5 + changing;
    const failed = index % 7 === 4 ? 1 : 0;
    const running = size - pending - failed;
    const adapts = index % 4 === 1;
    const waits = pending > 0;
    return {
      id: this.id(index),
      name: this.name(index),
      status: 'running',
      created: BEGIN,
      options: {
        cores: 12,
        memory: 16 * GIGABYTE,
        walltime: 86_400,
        processes: 4,
        partition: index % 2 === 0 ? 'debug' : 'long'
      },
      scaling: adapts ? { adapt: { minimum_jobs: 0, maximum_jobs: size } } : { jobs: size },
      problems: index % 11 === 6 ? [REFUSED] : [],
      jobs: {
        desired: size,
        submitting: 0,
        pending,
        running,
        connected: running - (index % 2),
        leaving: 0,
        failed,
        unknown: 0
      },
      workers: { expected: 4 * running, connected: 4 * (running - (index % 2)) },
      cores: 12 * running,
      memory: 16 * GIGABYTE * running,
      pending_reason: waits ? 'Resources' : null,
      estimated_start: waits ? LATER : null,
      next_job_ends: LATER,
      idle_since: null,
      idle_stop: null,
      expires: null,
      adaptive: adapts ? { needed: size, grows_at: null, shrinks_at: null } : null,
      scheduler_address: 'tls://127.0.0.1:1',
      dashboard_path: `dask-slurm/clusters/${index}/dashboard/status`,
      client_code: 'client = None',
      host: 'login1',
      elsewhere: false,
      batch_system: 'slurm',
      ends_with: null
    };
  }

  /** The jobs of a cluster, by its place in the list. */
  jobsOf(index: number): IJob[] {
    return Array.from({ length: this._size(index) }, (_, task) => {
      const older = (task + this._moment) % 10 === 0 ? 1 : 0;
      const stage = STAGES[(index + task + older) % STAGES.length];
      const state = { pending: 'PENDING', ended: 'FAILED' }[stage] ?? 'RUNNING';
      const runs = state === 'RUNNING';
      return {
        id: `${1000 + index}_${task}`,
        state,
        stage,
        never_starts: false,
        reason: stage === 'pending' ? 'Resources' : null,
        explanation: stage === 'pending' ? 'Waits for nodes to become free' : null,
        submitted: BEGIN,
        estimated_start: stage === 'pending' ? LATER : null,
        started: runs ? BEGIN : null,
        node: runs ? `n${1 + (task % 40)}` : null,
        time_left: runs ? 3600 + 60 * task - 60 * this._moment : null,
        leaves_by: null,
        workers: stage === 'connected' ? 4 : 0,
        memory: stage === 'connected' ? (4 + (task % 8)) * GIGABYTE : null,
        ended: stage === 'ended' ? BEGIN : null,
        exit_code: stage === 'ended' ? '1:0' : null,
        error: stage === 'ended' ? 'slurmstepd: error: Detected 1 oom-kill event' : null
      };
    });
  }

  private _moment = 0;
}

const changes = (index: number): boolean => index % 5 === 0;

const BEGIN = '2026-01-05T08:00:00Z';
const LATER = new Date(Date.now() + 7_200_000).toISOString();

const STAGES = ['connected', 'connected', 'connected', 'running', 'pending', 'pending', 'ended'];

const REFUSED = {
  code: 'submission_refused',
  message: 'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy',
  since: BEGIN,
  advice: 'Ask for less, then press Retry.'
};

const SITE = {
  batch_system: 'slurm',
  version: 'slurm 22.05.8',
  cluster: 'crowd',
  partitions: ['debug', 'long'].map(name => ({
    name,
    default: name === 'debug',
    available: true,
    nodes: 400,
    cores_per_node: 128,
    memory_per_node: 512 * GIGABYTE,
    max_walltime: 172_800,
    default_walltime: 3600,
    idle_cores: 4100,
    total_cores: 51_200
  })),
  defaults: { walltime: 3600 },
  limits: { max_jobs: 10_000, max_clusters: 100 },
  placements: ['local'],
  adapt: { grow_after: 2, shrink_after: 120 },
  ends_with: null,
  problem: null,
  choices: ['slurm', 'local']
};
