/** What a job does, in a word or two. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { formatClock } from './format';
import type { IJob } from './restapi';

/** "pending", "starting", "leaving, its tasks may finish until 12:03", "ended (FAILED, exit code 1:0)". */
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
      return job.exit_code
        ? trans.__('ended (%1, exit code %2)', job.state, job.exit_code)
        : trans.__('ended (%1)', job.state);
    case 'unknown':
      return trans.__('not reported');
  }
  return job.state; // Of an older server.
}
