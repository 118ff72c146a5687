/** Words for jobs: their size, their states, and the reasons they wait for. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster, IJob, IJobCounts } from '../../api/restapi';
import { coresText, formatBytes, formatClock, formatList, workersText } from './format';

/** The kinds of jobs to filter by: their stage, and whether they failed. */
export type JobKind =
  'connected' | 'starting' | 'pending' | 'leaving' | 'unknown' | 'failed' | 'ended';

/** In the order of the filter. */
export const JOB_KINDS: readonly JobKind[] = [
  'connected',
  'starting',
  'pending',
  'leaving',
  'unknown',
  'failed',
  'ended'
];

/** Slurm's states that are failures in any case. */
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
      return trans.__('shutting down');
    case 'unknown':
      return trans.__('not reported');
    case 'failed':
      return trans.__('failed');
    case 'ended':
      return trans.__('ended');
  }
}

/** Describe the stage of a job: "pending", "shutting down, its tasks may finish until 12:03", "ended (FAILED)". */
export function stageWord(job: IJob, trans: TranslationBundle): string {
  if (job.state === 'SUSPENDED') {
    return trans.__('suspended');
  }
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
        ? trans.__(
            'shutting down, its tasks may finish until %1',
            formatClock(job.leaves_by, Date.now())
          )
        : trans.__('shutting down');
    case 'ended':
      return job.requested ? trans.__('ended as asked') : trans.__('ended (%1)', job.state);
    case 'unknown':
      // A word of Slurm's that is not known here; "UNKNOWN" is a job that it does not list.
      return job.state === 'UNKNOWN' ? trans.__('not reported') : job.state;
  }
  return job.state; // From an older server.
}

/** Return a number to sort job ids by: 81_9 comes before 81_10. */
export function idKey(id: string): number {
  const [array, task] = id.split('_');
  return Number(array) * 2 ** 23 + Number(task ?? 0);
}

/** Describe the size of one job: "12 cores, 16 GB, 4 workers". */
export function describeJob(options: ICluster['options'], trans: TranslationBundle): string {
  const parts: string[] = [];
  const cores = Number(options.cores ?? 0);
  const memory = Number(options.memory ?? 0);
  const processes = Number(options.processes ?? 0);
  if (cores > 0) {
    parts.push(coresText(cores, trans));
  }
  if (memory > 0) {
    parts.push(formatBytes(memory, trans));
  }
  if (processes > 1) {
    parts.push(workersText(processes, trans));
  }
  return formatList(parts);
}

/** A number of jobs of one kind, and its word. In the order of the bar, without zeros. */
export interface IJobWord {
  kind: 'connected' | 'starting' | 'leaving' | 'pending' | 'submitting' | 'failed' | 'unknown';
  count: number;
  word: string;
}

export function jobWords(jobs: IJobCounts, trans: TranslationBundle): IJobWord[] {
  const without = Math.max(0, jobs.running - jobs.connected);
  // A retired job runs without workers until it is gone: it is not starting.
  const leaving = Math.min(jobs.leaving ?? 0, without);
  const words: IJobWord[] = [
    { kind: 'connected', count: jobs.connected, word: trans.__('connected') },
    { kind: 'starting', count: without - leaving, word: trans.__('starting') },
    { kind: 'leaving', count: leaving, word: trans.__('shutting down') },
    { kind: 'pending', count: jobs.pending, word: trans.__('pending') },
    { kind: 'submitting', count: jobs.submitting, word: trans.__('being submitted') },
    { kind: 'unknown', count: jobs.unknown, word: trans.__('not reported') },
    { kind: 'failed', count: jobs.failed, word: trans.__('failed') }
  ];
  return words.filter(word => word.count > 0);
}

/** Return Slurm's reason without the parentheses that squeue prints around it. */
export function bareReason(reason: string): string {
  return reason.replace(/^\(|\)$/g, '');
}

/** Say why jobs wait: a phrase. An unknown reason is shown as Slurm wrote it, beside it. */
export function reasonWords(reason: string, trans: TranslationBundle): string {
  switch (bareReason(reason)) {
    case 'Resources':
      return trans.__('waiting for free cores or memory');
    case 'Priority':
      return trans.__('waiting behind others in the queue');
    case 'Dependency':
      return trans.__('waiting for another job');
    case 'BeginTime':
      return trans.__('waiting until a given time');
    case 'PartitionTimeLimit':
      return trans.__('can never start: the walltime is over the limit of the partition');
    case 'PartitionNodeLimit':
    case 'PartitionConfig':
      return trans.__('can never start: the partition does not offer as much');
    case 'PartitionDown':
    case 'PartitionInactive':
      return trans.__('waiting for the partition, which starts no jobs now');
    case 'ReqNodeNotAvail':
      return trans.__('waiting for nodes that are down or reserved');
    case 'Licenses':
      return trans.__('waiting for a licence');
    case 'JobHeldUser':
    case 'JobHeldAdmin':
      return trans.__('held');
    case 'JobArrayTaskLimit':
      return trans.__('waiting for others of their array to end');
  }
  if (/^(QOSMax|QOSGrp|AssocGrp|AssocMax|MaxJobsPer|MaxCpuPer)/.test(bareReason(reason))) {
    return trans.__('waiting for a limit of your account or QOS');
  }
  return trans.__('waiting');
}

/** Reasons that pass by themselves: the queue moves on. */
const PASSING = new Set([
  'None',
  'Resources',
  'Priority',
  'Dependency',
  'BeginTime',
  'JobArrayTaskLimit'
]);

/** Whether jobs may wait for this reason as long as nobody does anything, so that other options are offered. */
export function mayWaitForEver(reason: string): boolean {
  return !PASSING.has(bareReason(reason));
}
