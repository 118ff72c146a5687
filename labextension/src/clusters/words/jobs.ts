/** What a job does, in a word or two. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob } from '../../api/restapi';
import { formatClock } from './format';

/** What jobs are told apart by: a stage, but for those that ended badly. */
export type JobKind =
  'connected' | 'starting' | 'pending' | 'leaving' | 'unknown' | 'failed' | 'ended';

/** In the order in which they are offered. */
export const JOB_KINDS: readonly JobKind[] = [
  'connected',
  'starting',
  'pending',
  'leaving',
  'unknown',
  'failed',
  'ended'
];

/** Ends that nobody can have wanted, in Slurm's words. */
const BAD_ENDS = new Set(['FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'BOOT_FAIL']);

export function kindOf(job: IJob): JobKind {
  switch (job.stage) {
    case 'submitted':
    case 'pending':
      return 'pending';
    case 'running':
      return 'starting';
    case 'connected':
    case 'leaving':
      return job.stage;
    case 'ended':
      return job.error !== null || BAD_ENDS.has(job.state) ? 'failed' : 'ended';
  }
  return 'unknown';
}

export function kindWord(kind: JobKind, trans: TranslationBundle): string {
  switch (kind) {
    case 'connected':
      return trans.__('connected');
    case 'starting':
      return trans.__('starting');
    case 'pending':
      return trans.__('pending');
    case 'leaving':
      return trans.__('leaving');
    case 'unknown':
      return trans.__('not reported');
    case 'failed':
      return trans.__('failed');
    case 'ended':
      return trans.__('ended');
  }
}

/** "pending", "starting", "leaving, its tasks may finish until 12:03", "ended (FAILED)". */
export function stageWord(job: IJob, trans: TranslationBundle): string {
  switch (job.stage) {
    case 'submitted':
      return trans.__('submitted');
    case 'pending':
      return job.never_starts ? trans.__('can never start') : trans.__('pending');
    case 'running':
      return trans.__('starting');
    case 'connected':
      return trans.__('connected');
    case 'leaving':
      return job.leaves_by
        ? trans.__('leaving, its tasks may finish until %1', formatClock(job.leaves_by, Date.now()))
        : trans.__('leaving');
    case 'ended':
      return trans.__('ended (%1)', job.state);
    case 'unknown':
      return trans.__('not reported');
  }
  return job.state; // Of an older server.
}

/** Tasks of an array follow each other as numbers: 81_9 comes before 81_10. */
export function idKey(id: string): number {
  const [array, task] = id.split('_');
  return Number(array) * 2 ** 23 + Number(task ?? 0);
}
