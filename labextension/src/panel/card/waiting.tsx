/** Why jobs wait, and until when. */

import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { formatClock, formatNumber } from '../../clusters/words/format';
import { bareReason, mayWaitForEver, reasonWords } from '../../clusters/words/jobs';
import { isPending } from '../../clusters/words/problems';
import { useApp } from '../../ui/context';
import { ChangeButton } from './changebutton';

/** Reasons to wait that are shown; of more it is said how many jobs have another. */
const MOST_REASONS = 3;

interface IWaitingProps {
  cluster: ICluster;
  /** Milliseconds since the epoch. */
  now: number;
}

export function Waiting({ cluster, now }: IWaitingProps): React.JSX.Element | null {
  const { trans } = useApp();
  const { pending_reason: first, jobs, estimated_start: start } = cluster;
  if (jobs.pending === 0 || first === null) {
    return null;
  }
  const told = cluster.pending_reasons ?? [];
  // A job that Slurm has not looked at yet has no reason: it waits with the others.
  const reasons =
    told.length > 1
      ? told
      : [{ reason: first, jobs: jobs.pending, explanation: told[0]?.explanation }];
  const shown = reasons.slice(0, MOST_REASONS);
  const others = reasons.slice(MOST_REASONS).reduce((sum, each) => sum + each.jobs, 0);
  const isStuck = isPending(cluster) && reasons.every(({ reason }) => mayWaitForEver(reason));
  return (
    <div className="jp-DaskSlurm-note jp-mod-warn" data-testid="pending-reason">
      {shown.map(({ reason, jobs: count, explanation }, index) => {
        const words = reasonWords(reason, trans);
        return (
          <React.Fragment key={reason}>
            {index > 0 && '; '}
            {shown.length > 1
              ? trans.__('%1 %2', formatNumber(count), words)
              : capitalized(words)}{' '}
            <code title={explanation ?? undefined}>({bareReason(reason)})</code>
          </React.Fragment>
        );
      })}
      {others > 0 && <>; {trans.__('%1 for other reasons', formatNumber(others))}</>}
      {'.'}
      {start !== null && <> {trans.__('Next job about %1.', formatClock(start, now))}</>}
      {isStuck && (
        <div className="jp-DaskSlurm-noteActions">
          <ChangeButton cluster={cluster} />
        </div>
      )}
    </div>
  );
}

function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
