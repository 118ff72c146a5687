/** The jobs of a cluster, as a bar and in words. */

import * as React from 'react';

import type { ICluster, IJobCounts } from '../../api/restapi';
import {
  coresText,
  formatBytes,
  formatList,
  formatNumber,
  workersText
} from '../../clusters/words/format';
import { type IJobWord, jobWords } from '../../clusters/words/jobs';
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
  // While some are leaving there are more than wanted.
  const connected = Math.min(jobs.connected, jobs.desired);
  const words = trans._n(
    '%2 of %3 job connected',
    '%2 of %3 jobs connected',
    jobs.desired,
    formatNumber(connected),
    formatNumber(jobs.desired)
  );
  return (
    <span className="jp-DaskSlurm-small" title={words} data-testid="small-bar">
      <Bar jobs={jobs} />
      <span aria-hidden>
        {formatNumber(connected)}/{formatNumber(jobs.desired)}
      </span>
      <span className="jp-DaskSlurm-unseen">{words}</span>
    </span>
  );
}

function Bar({ jobs }: { jobs: IJobCounts }): React.JSX.Element {
  const { trans } = useApp();
  const words = jobWords(jobs, trans);
  const living = words.reduce((sum, { kind, count }) => sum + (kind === 'failed' ? 0 : count), 0);
  const total = Math.max(jobs.desired, living, 1);
  // Those that failed are gone, and may be more than there are jobs: they show what is missing.
  const share = ({ kind, count }: IJobWord): number =>
    kind === 'failed' ? Math.min(count, total - living) : count;
  return (
    <span className="jp-DaskSlurm-bar" aria-hidden data-testid="jobs-bar">
      {words.map(word => (
        <span
          key={word.kind}
          data-kind={word.kind}
          style={{ width: `${(100 * share(word)) / total}%` }}
        />
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
    formatBytes(memory, trans),
    workers.connected === workers.expected
      ? workersText(workers.connected, trans)
      : trans.__(
          '%1 of %2 workers',
          formatNumber(workers.connected),
          formatNumber(workers.expected)
        )
  ];
  return trans.__('Running: %1', formatList(held));
}
