/** What a job does, in a word or two. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob } from './restapi';

/** "pending", "starting", "ended (FAILED, exit code 1:0)". */
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
      return trans.__('leaving');
    case 'ended':
      return job.exit_code
        ? trans.__('ended (%1, exit code %2)', job.state, job.exit_code)
        : trans.__('ended (%1)', job.state);
    case 'unknown':
      return trans.__('not reported');
  }
  return job.state; // Of an older server.
}
