/** What the tasks and the workers of a cluster do: a bar, two small plots, and what uses it. */

import * as React from 'react';

import type { IActivity, ICluster } from '../../api/restapi';
import {
  formatBytes,
  formatDuration,
  formatList,
  formatNumber,
  formatPart
} from '../../clusters/words/format';
import { useApp } from '../../ui/context';
import { usePanelModel } from '../context';
import type { ISample } from './history';
import { pointsOf } from './history';

interface ILifeProps {
  cluster: ICluster;
  /** Milliseconds since the epoch. */
  now: number;
}

export function Life({ cluster, now }: ILifeProps): React.JSX.Element | null {
  const { trans } = useApp();
  const { histories } = usePanelModel();
  const activity = cluster.activity ?? null;
  if (activity === null || cluster.status !== 'running') {
    return null;
  }
  const { cpu, tasks_left: left } = activity;
  if (cpu === null && left === 0 && activity.clients.length === 0) {
    return null;
  }
  const samples = histories.of(cluster.id);
  return (
    <div className="jp-DaskSlurm-life" data-busy={left > 0 || undefined} data-testid="life">
      <Tasks activity={activity} />
      {cpu !== null && (
        <>
          <span>{trans.__('CPU')}</span>
          <Plot samples={samples} kind="cpu" now={now} />
          <span className="jp-DaskSlurm-oneLine">{trans.__('%1 %', formatNumber(cpu))}</span>
          <span>{trans.__('Memory')}</span>
          <Plot samples={samples} kind="memory" now={now} />
          <span
            className="jp-DaskSlurm-oneLine"
            title={formatBytes(activity.memory_used, trans, activity.memory_limit ?? undefined)}
          >
            {activity.memory_limit === null
              ? formatBytes(activity.memory_used, trans)
              : formatPart(activity.memory_used, activity.memory_limit, trans)}
          </span>
        </>
      )}
      <Users activity={activity} />
    </div>
  );
}

/** How many tasks are left, of those that there were since there was none; with the time that they take. */
function Tasks({ activity }: { activity: IActivity }): React.JSX.Element {
  const { trans } = useApp();
  const { tasks_left: left, tasks_done: done, tasks_erred: erred } = activity;
  const rate = activity.tasks_per_second ?? 0;
  const failed = erred > 0 ? trans._n('%2 failed', '%2 failed', erred, formatNumber(erred)) : '';
  const time = left > 0 && rate > 0 ? formatDuration(left / rate, trans) : '';
  const words =
    left > 0
      ? [trans._n('%2 left', '%2 left', left, formatNumber(left)), time]
      : [failed === '' ? trans.__('none') : failed];
  const more = [
    trans._n('%2 task done', '%2 tasks done', done, formatNumber(done)),
    failed,
    time === '' ? '' : trans.__('about %1 left, as fast as in the last half minute', time)
  ];
  const text = words.filter(word => word !== '').join(' · ');
  return (
    <>
      <span>{trans.__('Tasks')}</span>
      <span
        className="jp-DaskSlurm-tasks"
        role="progressbar"
        aria-label={trans.__('Tasks')}
        aria-valuemin={0}
        aria-valuemax={left > 0 ? done + left : 1}
        aria-valuenow={left > 0 ? done : 1}
        aria-valuetext={text}
      >
        {left > 0 && <span style={{ width: `${(100 * done) / (done + left)}%` }} />}
      </span>
      <span
        className="jp-DaskSlurm-oneLine"
        data-failed={(left === 0 && erred > 0) || undefined}
        title={formatList(more.filter(word => word !== ''))}
        data-testid="tasks"
      >
        {text}
      </span>
    </>
  );
}

interface IPlotProps {
  samples: readonly ISample[];
  kind: 'cpu' | 'memory';
  now: number;
}

/** Between nothing and all that there is: a plot that scales itself makes mountains of an idle cluster. */
function Plot({ samples, kind, now }: IPlotProps): React.JSX.Element {
  const line = pointsOf(samples, kind, now)
    .map(([x, y]) => `${x.toFixed(1)},${(19 - 18 * y).toFixed(1)}`)
    .join(' ');
  const from = line.split(',', 1)[0];
  return (
    <svg
      className="jp-DaskSlurm-plot"
      data-kind={kind}
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      aria-hidden
    >
      {line !== '' && (
        <>
          <polygon points={`${from},20 ${line} 100,20`} />
          <polyline points={line} />
        </>
      )}
    </svg>
  );
}

/** The notebooks that are connected, by name; other clients by their number. */
function Users({ activity }: { activity: IActivity }): React.JSX.Element | null {
  const { trans } = useApp();
  const { clients } = activity;
  if (clients.length === 0) {
    return null;
  }
  const paths = [...new Set(clients.flatMap(({ name }) => name ?? []))];
  const others = clients.filter(({ name }) => name === null).length;
  const words = paths.map(path => path.split('/').pop() ?? path);
  if (others > 0) {
    words.push(
      paths.length > 0
        ? trans._n('%2 other client', '%2 other clients', others, formatNumber(others))
        : trans._n('%2 client', '%2 clients', others, formatNumber(others))
    );
  }
  return (
    <>
      <span>{trans.__('Used by')}</span>
      <span
        className="jp-DaskSlurm-users jp-DaskSlurm-oneLine"
        title={[...paths, ...clients.flatMap(({ host }) => host ?? [])].join('\n')}
        data-testid="used-by"
      >
        {formatList(words)}
      </span>
    </>
  );
}
