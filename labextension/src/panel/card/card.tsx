/** The card of one cluster: its status, its jobs, why they wait, its size and its buttons. */

import * as React from 'react';

import type { BatchSystemName, ICluster, IProblem } from '../../api/restapi';
import {
  coresText,
  formatBytes,
  formatClock,
  formatNumber,
  workersText
} from '../../clusters/words/format';
import { bareReason, describeJob, reasonWords } from '../../clusters/words/jobs';
import { hasEnded } from '../../clusters/words/problems';
import { pythonName } from '../../clusters/words/status';
import { Changing } from '../../ui/changing';
import { useApp } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import { usePanelModel } from '../context';
import { Scaler } from '../size/scaler';
import { CardActions } from './actions';
import { Elsewhere, isElsewhere } from './elsewhere';
import { Ends } from './ends';
import { CardHeader } from './header';
import { JobsBar } from './jobsbar';
import { openContextMenu } from './menu';
import { Problems } from './problems';
import { Progress } from './progress';

export interface ICardProps {
  cluster: ICluster;
  /** Its problems that are not dismissed. */
  problems: readonly IProblem[];
  /** The default batch system of the site. */
  site: BatchSystemName | null;
  /** Milliseconds since the epoch. */
  now: number;
}

type ITimedProps = Pick<ICardProps, 'cluster' | 'now'>;

/** Rendered again only if its own cluster has changed. */
export const ClusterCard = React.memo(Card, (before, after) => {
  const { problems: some, ...rest } = before;
  const { problems: others, ...same } = after;
  return (
    some.length === others.length &&
    some.every((problem, i) => problem === others[i]) &&
    Object.entries(same).every(([key, value]) => value === rest[key as keyof typeof rest])
  );
});

function Card({ cluster, problems, site, now }: ICardProps): React.JSX.Element {
  const { commands, trans } = useApp();
  const model = usePanelModel();
  useSignal(model.changed);
  const node = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    if (model.revealing === cluster.id) {
      model.revealing = null;
      node.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
      // Continue at the new card: the button that was pressed may be gone.
      node.current?.focus({ preventScroll: true });
    }
  });
  // A cluster of another host is collapsed at first.
  const [whole, setWhole] = React.useState(() => !isElsewhere(cluster));
  const alive = cluster.status !== 'failed';
  const scalable = cluster.status === 'starting' || cluster.status === 'running';
  return (
    <li
      ref={node}
      className="jp-DaskSlurm-card"
      tabIndex={-1}
      data-testid="cluster-card"
      data-cluster-id={cluster.id}
      data-cluster-name={cluster.name}
      data-status={cluster.status}
      data-ended={hasEnded(cluster) || undefined}
      aria-label={trans.__('Cluster %1', cluster.name)}
      onContextMenu={event => openContextMenu(event, cluster, commands, trans)}
    >
      <CardHeader cluster={cluster} now={now} />
      {whole && (
        <>
          <JobLine cluster={cluster} site={site} />
          <Progress cluster={cluster} />
          {alive && <JobsBar jobs={cluster.jobs} />}
          {alive && <Held cluster={cluster} />}
        </>
      )}
      {isElsewhere(cluster) && (
        <Elsewhere cluster={cluster} whole={whole} onToggle={() => setWhole(!whole)} />
      )}
      {whole && <Waiting cluster={cluster} now={now} />}
      <Problems cluster={cluster} problems={problems} now={now} />
      <Changing>
        {whole && scalable && <Scaler cluster={cluster} />}
        {whole && <Ends cluster={cluster} now={now} />}
      </Changing>
      <CardActions cluster={cluster} />
    </li>
  );
}

/** The size of one job, and where it runs. */
function JobLine(props: Pick<ICardProps, 'cluster' | 'site'>): React.JSX.Element | null {
  const { cluster, site } = props;
  const { trans } = useApp();
  const { options } = cluster;
  const size = describeJob(options, trans);
  const parts = [
    size === '' ? '' : trans.__('%1 per job', size),
    options.partition ? trans.__('partition %1', options.partition) : '',
    options.python ? pythonName(options.python) : '',
    // Only if it differs from the other clusters here.
    cluster.batch_system === 'local' && site !== 'local' ? trans.__('embedded queue') : '',
    options.placement === 'job' ? trans.__('controller in a job of its own') : ''
  ].filter(part => part !== '');
  return parts.length === 0 ? null : (
    <p className="jp-DaskSlurm-quiet" title={options.python ?? undefined} data-testid="job-size">
      {parts.join(' · ')}
    </p>
  );
}

/** What the running jobs have together. */
function Held({ cluster }: { cluster: ICluster }): React.JSX.Element | null {
  const { trans } = useApp();
  if (cluster.cores === 0) {
    return null;
  }
  const { workers } = cluster;
  return (
    <p className="jp-DaskSlurm-held" data-testid="cluster-held">
      {[
        coresText(cluster.cores, trans),
        formatBytes(cluster.memory),
        workers.connected === workers.expected
          ? workersText(workers.connected, trans)
          : trans.__(
              '%1 of %2 workers',
              formatNumber(workers.connected),
              formatNumber(workers.expected)
            )
      ].join(', ')}{' '}
      {trans.__('running')}
      {(cluster.cpus ?? 0) > cluster.cores && (
        <span
          data-testid="cluster-given"
          title={trans.__('Slurm counts what it gave: a whole node, say. The workers use fewer')}
        >
          {` · ${trans.__('Slurm gave %1 CPUs', formatNumber(cluster.cpus ?? 0))}`}
        </span>
      )}
    </p>
  );
}

/** Reasons to wait that are shown; of more it is said how many jobs have another. */
const MOST_REASONS = 3;

/** Why jobs wait, and until when. */
function Waiting({ cluster, now }: ITimedProps): React.JSX.Element | null {
  const { trans } = useApp();
  const { pending_reason: first, jobs } = cluster;
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
  return (
    <div className="jp-DaskSlurm-note jp-mod-warn" data-testid="pending-reason">
      {shown.map(({ reason, jobs: count, explanation }, index) => {
        const words = reasonWords(reason, trans);
        return (
          <React.Fragment key={reason}>
            {index > 0 && '; '}
            {trans._n('%2 job waits', '%2 jobs wait', count, formatNumber(count))}
            {words !== null && ` ${words}`}{' '}
            <code title={explanation ?? undefined}>({bareReason(reason)})</code>
          </React.Fragment>
        );
      })}
      {others > 0 && `; ${trans.__('%1 for other reasons', formatNumber(others))}`}
      {cluster.estimated_start !== null &&
        `; ${trans.__('the next should start at %1', formatClock(cluster.estimated_start, now))}`}
    </div>
  );
}
