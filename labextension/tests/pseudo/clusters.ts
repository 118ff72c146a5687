/** Clusters in all their states. */

import type { ICluster } from '../../src/api/restapi';
import { aCluster, aProblem, noJobs } from '../fixtures';

export const soon = (seconds: number): string =>
  new Date(Date.now() + 1000 * seconds).toISOString();

/** Clusters in every state that a card has, with all that it says. */
export const clusters = (): ICluster[] => [
  aCluster({ id: 'running', activity: anActivity(), usage, advice: { memory: 5e9, cores: 3 } }),
  aCluster({ id: 'adaptive', scaling: { adapt: adapt }, adaptive, cpus: 96 }),
  aCluster({ id: 'none', scaling: { jobs: 0 }, jobs: noJobs, cores: 0 }),
  aCluster({
    id: 'pending',
    scaling: { cores: 50 },
    jobs: { ...noJobs, desired: 5, pending: 4, submitting: 1, failed: 1, unknown: 1 },
    pending_reason: 'Resources',
    pending_reasons: ['Resources', 'Priority', 'QOSMaxJobs', 'Licenses'].map(reason => ({
      reason,
      jobs: 1,
      explanation: null
    })),
    estimated_start: soon(9000)
  }),
  aCluster({
    id: 'leaving',
    scaling: { memory: 20e9 },
    jobs: { ...noJobs, desired: 1, running: 4, connected: 2, leaving: 1 },
    batch_system: 'local'
  }),
  aCluster({
    id: 'ending',
    next_job_ends: soon(60),
    idle_stop: soon(120),
    expires: soon(100),
    created: soon(-7200),
    ends_with: 'It ends with its Slurm job.'
  }),
  aCluster({ id: 'refused', problems: PROBLEMS.map(code => aProblem({ code })) }),
  aCluster({ id: 'starting', status: 'starting', awaits: 'scheduler', client_code: null }),
  aCluster({ id: 'gone', status: 'unreachable', elsewhere: true }),
  aCluster({ id: 'stopping', status: 'stopping' }),
  aCluster({ id: 'dead', status: 'failed', problems: [aProblem({ code: 'controller_died' })] }),
  aCluster({ id: 'idle', status: 'failed', problems: [aProblem({ code: 'idle' })] })
];

const PROBLEMS = [
  'submission_refused',
  'jobs_failed',
  'never_starts',
  'tasks_waiting',
  'slurm_silent'
];
const adapt = { minimum_jobs: 1, maximum_jobs: 8, grow_after: 2, shrink_after: 120 };
const adaptive = { needed: 3, grows_at: soon(30), shrinks_at: soon(90) };
const usage = {
  jobs: 4,
  busy_seconds: 7200,
  cpu_mean: 1.94,
  memory_peak: 3.1e9,
  worker_peak: 1e9,
  memory_spilled: 0,
  paused_seconds: 0,
  memory_kills: 0
};
const anActivity = () => ({
  tasks_left: 20_000,
  tasks_processing: 8,
  tasks_done: 5,
  tasks_erred: 2,
  tasks_per_second: 3,
  cpu: 55,
  memory_used: 20e9,
  memory_limit: 64e9,
  clients: [
    { name: 'work/weather.ipynb', host: 'login1' },
    { name: null, host: 'login2' }
  ]
});
