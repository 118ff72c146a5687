/** What will end, and when: the first job, an idle cluster, an old one, one that ends with its host. */

import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { expiryThreshold, HOUR, idleThreshold, walltimeThreshold } from '../../clusters/ends';
import {
  formatClock,
  formatCoreHours,
  formatCountdown,
  formatDuration
} from '../../clusters/words/format';
import { useApp } from '../../ui/context';
import { useAction, useTimeLeft } from '../../ui/hooks';

interface IEndsProps {
  cluster: ICluster;
  /** Milliseconds since the epoch. */
  now: number;
}

export function Ends({ cluster, now }: IEndsProps): React.JSX.Element | null {
  const { trans } = useApp();
  if (cluster.status === 'failed') {
    return null;
  }
  const next = cluster.jobs.running > 0 ? cluster.next_job_ends : null;
  const expires = cluster.expires ?? null;
  const used = cluster.core_seconds ?? 0;
  if (!next && !cluster.idle_stop && !expires && !cluster.ends_with && used === 0) {
    return null;
  }
  return (
    <div className="jp-DaskSlurm-ends" data-testid="cluster-ends">
      {next && <Walltime cluster={cluster} end={next} />}
      {cluster.idle_stop && <Idle cluster={cluster} stop={cluster.idle_stop} now={now} />}
      {expires && <Expiry cluster={cluster} expires={expires} now={now} />}
      {cluster.ends_with && <p>{cluster.ends_with}</p>}
      {used > 0 && (
        <p
          data-testid="core-hours"
          title={trans.__('The CPUs that its jobs were given, times the hours that they have run')}
        >
          {trans.__('%1 core-hours used', formatCoreHours(used))}
        </p>
      )}
    </div>
  );
}

/** The next job that reaches its walltime: a note at first, then a countdown. */
function Walltime({ cluster, end }: { cluster: ICluster; end: string }): React.ReactNode {
  const { trans } = useApp();
  const threshold = walltimeThreshold(Number(cluster.options.walltime) || HOUR);
  const left = useTimeLeft(end, threshold);
  if (left === null) {
    return null;
  }
  if (left > threshold) {
    return <p data-testid="walltime">{trans.__('First job ends in %1.', formatDuration(left))}</p>;
  }
  // If fewer jobs are wanted, none replaces it.
  const isReplaced = cluster.jobs.desired >= cluster.jobs.running;
  return (
    <p className="jp-DaskSlurm-note jp-mod-warn" data-testid="walltime">
      <span className="jp-DaskSlurm-ticking">
        {left > 0
          ? trans.__('First job ends in %1.', formatCountdown(left))
          : trans.__('The first job reaches its walltime.')}
      </span>
      {isReplaced && ` ${trans.__('Another is asked for in its place.')}`}
    </p>
  );
}

/** The idle stop: a note at first, then a countdown, with a button that postpones it. */
function Idle({ cluster, stop, now }: IEndsProps & { stop: string }): React.ReactNode {
  const { manager, trans } = useApp();
  const extend = useAction(() => manager.extendIdle(cluster.id));
  const threshold = idleThreshold(cluster.options.idle_timeout || HOUR);
  const left = useTimeLeft(stop, threshold);
  if (left === null) {
    return null;
  }
  const near = left <= threshold;
  return (
    <div
      className={near ? 'jp-DaskSlurm-note jp-mod-warn' : 'jp-DaskSlurm-quietly'}
      data-testid="idle"
    >
      <span className="jp-DaskSlurm-ticking">
        {near
          ? trans.__('Idle: ends in %1', formatCountdown(left))
          : trans.__('Idle: ends at %1 unless it is used', formatClock(stop, now))}
      </span>
      <button
        className={near ? 'jp-DaskSlurm-button' : 'jp-DaskSlurm-link'}
        disabled={extend.busy}
        aria-label={trans.__('Extend the idle time of %1', cluster.name)}
        title={trans.__('Let it be idle for one more whole time-out, from now on')}
        onClick={() => void extend.run()}
      >
        {trans.__('Extend')}
      </button>
      {extend.error !== null && (
        <div className="jp-DaskSlurm-fieldProblem" role="alert">
          {extend.error}
        </div>
      )}
    </div>
  );
}

/** The expiry of a cluster: its maximum age, or its controller's walltime. */
function Expiry({ cluster, expires, now }: IEndsProps & { expires: string }): React.ReactNode {
  const { trans } = useApp();
  const threshold = expiryThreshold((Date.parse(expires) - Date.parse(cluster.created)) / 1000);
  const left = useTimeLeft(expires, threshold);
  if (left === null) {
    return null;
  }
  return left <= threshold ? (
    <p className="jp-DaskSlurm-note jp-mod-warn" data-testid="expires">
      <span className="jp-DaskSlurm-ticking">
        {trans.__('Ends in %1, whatever it does.', formatCountdown(left))}
      </span>{' '}
      {trans.__('Save what matters.')}
    </p>
  ) : (
    <p data-testid="expires">{trans.__('Lives until %1 at most.', formatClock(expires, now))}</p>
  );
}
