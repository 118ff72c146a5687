/** The jobs of a cluster, as a bar and in words. */

import * as React from 'react';

import type { ICluster, IJobCounts } from '../../api/restapi';
import { coresText, formatBytes, formatNumber, workersText } from '../../clusters/words/format';
import { jobWords } from '../../clusters/words/jobs';
import { useApp } from '../../ui/context';

/** The bar, and one line of counts. */
export function JobsBar({ cluster }: { cluster: ICluster }): React.JSX.Element {
  const { trans } = useApp();
  const { jobs } = cluster;
  const words = jobWords(jobs, trans);
  const alive = jobs.submitting + jobs.pending + jobs.running + jobs.unknown;
  // Those that were asked to leave are counted among the words already.
  const surplus = Math.max(0, alive - jobs.desired - (jobs.leaving ?? 0));
  return (
    <div className="jp-DaskSlurm-jobs">
      <Bar jobs={jobs} />
      <p className="jp-DaskSlurm-jobWords" data-testid="job-words" title={useHeld(cluster)}>
        {words.map(({ kind, count, word }) => (
          <span key={kind} data-kind={kind}>
            <b>{formatNumber(count)}</b> {word}
          </span>
        ))}
        {words.length === 0 && (
          <span data-kind="desired">
            {jobs.desired > 0
              ? trans._n(
                  '%2 job wanted',
                  '%2 jobs wanted',
                  jobs.desired,
                  formatNumber(jobs.desired)
                )
              : trans.__('No jobs')}
          </span>
        )}
        {surplus > 0 && (
          <span data-kind="surplus">
            <b>{formatNumber(surplus)}</b> {trans.__('shutting down')}
          </span>
        )}
      </p>
    </div>
  );
}

/** "3/8" beside a small bar, for a closed card. */
export function SmallBar({ jobs }: { jobs: IJobCounts }): React.JSX.Element {
  const { trans } = useApp();
  const words = trans._n(
    '%2 of %3 job connected',
    '%2 of %3 jobs connected',
    jobs.desired,
    formatNumber(jobs.connected),
    formatNumber(jobs.desired)
  );
  return (
    <span className="jp-DaskSlurm-small" title={words} data-testid="small-bar">
      <Bar jobs={jobs} />
      <span aria-hidden>
        {formatNumber(jobs.connected)}/{formatNumber(jobs.desired)}
      </span>
      <span className="jp-DaskSlurm-unseen">{words}</span>
    </span>
  );
}

function Bar({ jobs }: { jobs: IJobCounts }): React.JSX.Element {
  const { trans } = useApp();
  const words = jobWords(jobs, trans);
  const total = Math.max(
    jobs.desired,
    words.reduce((sum, word) => sum + word.count, 0)
  );
  return (
    <span className="jp-DaskSlurm-bar" aria-hidden data-testid="jobs-bar">
      {words.map(({ kind, count }) => (
        <span key={kind} data-kind={kind} style={{ width: `${(100 * count) / total}%` }} />
      ))}
    </span>
  );
}

/** Return what the running jobs have together: "48 cores, 64 GB, 16 workers". */
function useHeld({ cores, memory, workers }: ICluster): string | undefined {
  const { trans } = useApp();
  if (cores === 0) {
    return undefined;
  }
  const held = [
    coresText(cores, trans),
    formatBytes(memory),
    workers.connected === workers.expected
      ? workersText(workers.connected, trans)
      : trans.__(
          '%1 of %2 workers',
          formatNumber(workers.connected),
          formatNumber(workers.expected)
        )
  ];
  return trans.__('Running: %1', held.join(', '));
}
