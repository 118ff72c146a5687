/** The card of one cluster: its state, its size, its jobs, why they wait, its life and its buttons. */

import * as React from 'react';

import type { BatchSystemName, ICluster, IProblem } from '../../api/restapi';
import { formatDuration } from '../../clusters/words/format';
import { describeJob } from '../../clusters/words/jobs';
import { hasEnded, isInTrouble, needsSomebody } from '../../clusters/words/problems';
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
import { Life } from './life';
import { openContextMenu } from './menu';
import { Problems } from './problems';
import { Progress } from './progress';
import { SizeAdvice } from './sizeadvice';
import { Waiting } from './waiting';

export interface ICardProps {
  cluster: ICluster;
  /** Its problems that are not dismissed. */
  problems: readonly IProblem[];
  /** The default batch system of the site. */
  site: BatchSystemName | null;
  /** Whether all of it is shown, or only its first line and what is wrong. */
  isOpen: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

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

function Card({ cluster, problems, site, isOpen, now }: ICardProps): React.JSX.Element {
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
  const isEnded = hasEnded(cluster);
  return (
    <li
      ref={node}
      className="jp-DaskSlurm-card"
      tabIndex={-1}
      data-testid="cluster-card"
      data-cluster-id={cluster.id}
      data-cluster-name={cluster.name}
      data-status={cluster.status}
      data-open={isOpen || undefined}
      data-ended={isEnded || undefined}
      data-trouble={isInTrouble(cluster) || undefined}
      aria-label={trans.__('Cluster %1', cluster.name)}
      onContextMenu={event => openContextMenu(event, cluster, commands, trans)}
    >
      <CardHeader cluster={cluster} isOpen={isOpen} now={now} />
      {isOpen && !isEnded ? (
        <Whole cluster={cluster} problems={problems} site={site} now={now} />
      ) : (
        <Little cluster={cluster} problems={problems} now={now} />
      )}
    </li>
  );
}

type IWholeProps = Omit<ICardProps, 'isOpen'>;

/** What an open card has below its first line. What the hand is at comes first: nothing above it moves it. */
function Whole({ cluster, problems, site, now }: IWholeProps): React.JSX.Element {
  const alive = cluster.status !== 'failed';
  const scalable = cluster.status === 'starting' || cluster.status === 'running';
  return (
    <>
      <JobLine cluster={cluster} site={site} />
      <Changing>{scalable && <Scaler cluster={cluster} />}</Changing>
      {alive && <JobsBar cluster={cluster} />}
      <Progress cluster={cluster} />
      <Waiting cluster={cluster} now={now} />
      {isElsewhere(cluster) && <Elsewhere cluster={cluster} />}
      <Problems cluster={cluster} problems={problems} now={now} />
      <Life cluster={cluster} now={now} />
      <SizeAdvice cluster={cluster} />
      <Changing>
        <Ends cluster={cluster} now={now} />
      </Changing>
      <CardActions cluster={cluster} />
    </>
  );
}

/** What a closed card has: what is wrong, and what can be done about it. */
function Little(props: Omit<IWholeProps, 'site'>): React.JSX.Element {
  const { cluster, problems, now } = props;
  const shown = hasEnded(cluster) ? problems : problems.filter(needsSomebody);
  return (
    <>
      {cluster.status === 'unreachable' && isElsewhere(cluster) && <Elsewhere cluster={cluster} />}
      <Problems cluster={cluster} problems={shown} now={now} />
      {cluster.status === 'failed' && <CardActions cluster={cluster} />}
    </>
  );
}

/** Where its jobs run, how long, and what each of them has: one line. */
function JobLine(props: Pick<ICardProps, 'cluster' | 'site'>): React.JSX.Element | null {
  const { cluster, site } = props;
  const { trans } = useApp();
  const { options } = cluster;
  const size = describeJob(options, trans);
  const walltime = Number(options.walltime ?? 0);
  const parts = [
    options.partition ?? '',
    walltime > 0 ? formatDuration(walltime, trans) : '',
    size === '' ? '' : trans.__('%1 per job', size),
    // Only if it differs from the other clusters here.
    cluster.batch_system === 'local' && site !== 'local' ? trans.__('embedded queue') : '',
    options.placement === 'job' ? trans.__('controller in a job of its own') : ''
  ].filter(part => part !== '');
  const line = parts.join(' · ');
  return line === '' ? null : (
    <p
      className="jp-DaskSlurm-jobLine jp-DaskSlurm-oneLine"
      title={[line, options.python].filter(Boolean).join('\n')}
      data-testid="job-size"
    >
      {line}
    </p>
  );
}
