/** The jobs of a cluster, as a bar and in words. */

import * as React from 'react';

import type { IJobCounts } from '../../api/restapi';
import { formatNumber } from '../../clusters/words/format';
import { jobWords } from '../../clusters/words/jobs';
import { useApp } from '../../ui/context';

export function JobsBar({ jobs }: { jobs: IJobCounts }): React.JSX.Element {
  const { trans } = useApp();
  const words = jobWords(jobs, trans);
  const alive = jobs.submitting + jobs.pending + jobs.running + jobs.unknown;
  const total = Math.max(
    jobs.desired,
    words.reduce((sum, word) => sum + word.count, 0)
  );
  return (
    <div className="jp-DaskSlurm-jobs">
      <div className="jp-DaskSlurm-bar" aria-hidden data-testid="jobs-bar">
        {words.map(({ kind, count }) => (
          <span key={kind} data-kind={kind} style={{ width: `${(100 * count) / total}%` }} />
        ))}
      </div>
      <p className="jp-DaskSlurm-jobWords" data-testid="job-words">
        {words.map(({ kind, count, word }) => (
          <span key={kind} data-kind={kind}>
            <b>{formatNumber(count)}</b> {word}
          </span>
        ))}
        <span data-kind="desired">
          {words.length > 0
            ? trans._n('of %2 job', 'of %2 jobs', jobs.desired, formatNumber(jobs.desired))
            : jobs.desired > 0
              ? trans._n(
                  '%2 job wanted',
                  '%2 jobs wanted',
                  jobs.desired,
                  formatNumber(jobs.desired)
                )
              : trans.__('no jobs')}
        </span>
        {alive > jobs.desired && (
          <span data-kind="surplus">
            {trans.__('%1 more than wanted, ending', formatNumber(alive - jobs.desired))}
          </span>
        )}
      </p>
    </div>
  );
}
