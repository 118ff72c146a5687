/** Words for the status of a cluster and for its problems. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster, IProblem } from '../../api/restapi';
import { formatClock } from './format';

/** Ends that the user asked for by an option, or by a command: nothing failed. */
const PLANNED_ENDS = new Set(['idle', 'maximum_age', 'shut_down']);

/** Problems against which a retry helps; others pass by themselves, or not at all. */
const RETRIED = new Set([
  'submission_refused',
  'jobs_failed',
  'jobs_unlisted',
  'jobs_crash',
  'jobs_vanish'
]);

/** Problems that other options solve, in a new cluster. */
const CHANGED = new Set([
  'submission_refused',
  'jobs_failed',
  'jobs_unlisted',
  'jobs_crash',
  'never_starts',
  'scheduler_loopback',
  'tasks_unrunnable',
  'tasks_cut',
  'workers_die'
]);

/** Problems that need nothing of the user: the cluster works, or will by itself. */
const NOTES = new Set([
  'controller_pending',
  'jobs_interrupted',
  'jobs_changed',
  'packages_differ',
  'tasks_waiting',
  'workers_die'
]);

/** Whether something failed, and is not only worth knowing. */
export function isFailure(problem: IProblem): boolean {
  return !NOTES.has(problem.code);
}

/** Whether a cluster has ended as planned, without a failure. */
export function hasEnded(cluster: ICluster): boolean {
  return cluster.status === 'failed' && cluster.problems.some(({ code }) => PLANNED_ENDS.has(code));
}

/** Whether somebody has to do something about it, so that it is said on a closed card as well. */
export function needsSomebody(problem: IProblem): boolean {
  return isFailure(problem) || problem.code === 'tasks_waiting';
}

/** Whether a cluster needs somebody: it failed, does not answer, or something of it fails. Dismissing only hides words. */
export function isInTrouble(cluster: ICluster): boolean {
  switch (cluster.status) {
    case 'failed':
      return !hasEnded(cluster);
    case 'unreachable':
      return true;
    case 'running':
      return cluster.problems.some(isFailure);
  }
  return false;
}

/** Whether it has no worker yet because its jobs are in the queue. */
export function isPending({ status, jobs }: ICluster): boolean {
  return status === 'running' && jobs.connected === 0 && jobs.running === 0 && jobs.pending > 0;
}

/** Return the status in a word or two. Dismissed problems count as well. */
export function statusWord(cluster: ICluster, trans: TranslationBundle): string {
  if (cluster.status === 'running') {
    for (const problem of cluster.problems) {
      switch (problem.code) {
        case 'submission_refused':
          return trans.__('refused');
        case 'jobs_failed':
          return trans.__('jobs keep failing');
        case 'never_starts':
          return trans.__('cannot start');
        case 'slurm_silent':
          return trans.__('no answer');
        case 'jobs_crash':
          return trans.__('jobs crash');
        case 'jobs_vanish':
          return trans.__('jobs vanish');
        case 'tasks_unrunnable':
          return trans.__('tasks stuck');
        case 'tasks_waiting':
          return trans.__('tasks wait');
        case 'versions_differ':
          return trans.__('versions differ');
      }
    }
  }
  switch (cluster.status) {
    case 'starting':
      return trans.__('starting');
    case 'running':
      return isPending(cluster) ? trans.__('pending') : trans.__('running');
    case 'stopping':
      return trans.__('stopping');
    case 'failed':
      return hasEnded(cluster) ? trans.__('ended') : trans.__('failed');
    case 'unreachable':
      return trans.__('no answer');
  }
}

/** Whether a retry may solve this problem. */
export function isRetried(cluster: ICluster, problem: IProblem): boolean {
  return cluster.status === 'running' && RETRIED.has(problem.code);
}

/** Whether other options may solve this problem. */
export function isChanged({ code }: IProblem): boolean {
  return CHANGED.has(code);
}

export function canRetry(cluster: ICluster): boolean {
  return cluster.problems.some(problem => isRetried(cluster, problem));
}

/** Return the CSS class of a problem: a planned end is none, and waiting in the queue is no failure. */
export function noteKind(
  cluster: ICluster,
  problem: IProblem
): '' | 'jp-mod-warn' | 'jp-mod-error' {
  if (hasEnded(cluster)) {
    return '';
  }
  return isFailure(problem) ? 'jp-mod-error' : 'jp-mod-warn';
}

/** Whether the title of this problem includes its time. */
export function tellsSince(problem: IProblem): boolean {
  return problem.code === 'slurm_silent' || problem.code === 'batch_system_silent';
}

/** Return where the documentation explains a problem; null if it is served nowhere. */
export function explanationUrl(
  problem: IProblem,
  documentation: string | null | undefined
): string | null {
  if (!documentation) {
    return null;
  }
  const anchor = problem.code.replace(/_/g, '-');
  return `${documentation.replace(/\/?$/, '/')}troubleshooting.html#${anchor}`;
}

/** Return the title of a problem. Its message, in another program's words, is shown below. */
export function problemTitle(problem: IProblem, now: number, trans: TranslationBundle): string {
  switch (problem.code) {
    case 'submission_refused':
      return trans.__('The submission was refused');
    case 'jobs_failed':
      return trans.__('Jobs keep failing');
    case 'jobs_unlisted':
      return trans.__('Slurm accepts its jobs, and does not list them');
    case 'jobs_unaccounted':
      return trans.__('Slurm does not know all of its jobs');
    case 'jobs_crash':
      return trans.__('Jobs crash soon after they start');
    case 'jobs_vanish':
      return trans.__('Jobs were ended from outside');
    case 'never_starts':
      return trans.__('Jobs wait that can never start');
    case 'jobs_interrupted':
      return trans.__('Slurm interrupted its jobs');
    case 'jobs_changed':
      return trans.__('Slurm runs its jobs otherwise than asked for');
    case 'workers_die':
      return trans.__('Workers die and are started again');
    case 'scheduler_loopback':
      return trans.__('Its workers will not reach its scheduler');
    case 'jobs_linger':
      return trans.__('Jobs have ended, and their node does not say so');
    case 'data_stuck':
      return trans.__('Data have nowhere to go');
    case 'expires_alone':
      return trans.__('A job ends soon, and nobody can take over its data');
    case 'tasks_unrunnable':
      return trans.__('Tasks ask for what no worker has');
    case 'tasks_waiting':
      return trans.__('Tasks wait, and there are no jobs');
    case 'tasks_cut':
      return trans.__('Tasks take longer than a job lasts');
    case 'versions_differ':
      return trans.__('Versions of clients, scheduler and workers differ');
    case 'packages_differ':
      return trans.__('Some packages have different versions');
    case 'slurm_silent':
    case 'batch_system_silent':
      return Number.isNaN(Date.parse(problem.since))
        ? trans.__('Slurm does not answer')
        : trans.__('Slurm does not answer since %1', formatClock(problem.since, now));
    case 'scheduler_busy':
      return trans.__('The scheduler is busy');
    case 'controller_unreachable':
      return trans.__('Its controller does not answer');
    case 'controller_incompatible':
      return trans.__('Its controller is of another version');
    case 'controller_pending':
      return trans.__('Its controller waits in the queue');
    case 'files_unwritable':
      return trans.__('Its files cannot be written');
    case 'files_unreadable':
      return trans.__('Its files cannot be read');
    case 'idle':
      return trans.__('Idle time-out');
    case 'maximum_age':
      return trans.__('Maximum age');
    case 'shut_down':
      return trans.__('A client shut it down');
    case 'controller_died':
      return trans.__('Its controller died');
    case 'controller_terminated':
      return trans.__('Its controller was ended from outside');
    case 'scheduler_died':
      return trans.__('Its scheduler died');
    case 'start_failed':
      return trans.__('It could not start');
    case 'ended_by_force':
      return trans.__('It was ended by force');
  }
  // Of a newer server: its code is better than nothing.
  const words = problem.code.replace(/_/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
