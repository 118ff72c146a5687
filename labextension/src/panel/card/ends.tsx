/** What will end, and when: the first job, an idle cluster, an old one, one that ends with its host. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { expiryThreshold, HOUR, idleThreshold, walltimeThreshold } from '../../clusters/ends';
import {
  formatClock,
  formatCoreHours,
  formatCountdown,
  formatDuration,
  formatNumber
} from '../../clusters/words/format';
import { useApp } from '../../ui/context';
import { useAction, useTimeLeft } from '../../ui/hooks';

interface IEndsProps {
  cluster: ICluster;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What is near as a note with a countdown, the rest in one quiet line. */
export function Ends({ cluster, now }: IEndsProps): React.JSX.Element | null {
  const { trans } = useApp();
  const { status, jobs, idle_stop: idleStop } = cluster;
  const isEnding = status === 'failed' || status === 'stopping';
  const next = useEnd(
    !isEnding && jobs.running > 0 ? cluster.next_job_ends : null,
    walltimeThreshold(Number(cluster.options.walltime) || HOUR)
  );
  const expiry = useEnd(isEnding ? null : cluster.expires, expiryThreshold(lifeOf(cluster)));
  if (status === 'failed') {
    return null;
  }
  const used = usedWords(cluster, trans);
  const isQuiet =
    next?.isNear === false || expiry?.isNear === false || used !== null || !!cluster.ends_with;
  return (
    <>
      {next?.isNear && <WalltimeNote cluster={cluster} left={next.left} />}
      {!isEnding && idleStop && <Idle cluster={cluster} stop={idleStop} now={now} />}
      {expiry?.isNear && (
        <p className="jp-DaskSlurm-note jp-mod-warn" data-testid="expires">
          <span className="jp-DaskSlurm-ticking">
            {trans.__('Ends in %1, whatever it does.', formatCountdown(expiry.left, trans))}
          </span>{' '}
          {trans.__('Save what matters.')}
        </p>
      )}
      {isQuiet && (
        <p className="jp-DaskSlurm-ends" data-testid="cluster-ends">
          {next?.isNear === false && (
            <span data-testid="walltime">
              {trans.__('Next walltime limit in %1', formatDuration(next.left, trans))}
            </span>
          )}
          {used}
          {expiry?.isNear === false && cluster.expires && (
            <span data-testid="expires">
              {trans.__('Ends %1 at the latest', formatClock(cluster.expires, now))}
            </span>
          )}
          {cluster.ends_with && <span>{cluster.ends_with}</span>}
        </p>
      )}
    </>
  );
}

function lifeOf({ created, expires }: ICluster): number {
  return expires ? (Date.parse(expires) - Date.parse(created)) / 1000 : HOUR;
}

/** Return the seconds until an end, and whether it is near; null for none. */
function useEnd(
  instant: string | null | undefined,
  threshold: number
): { left: number; isNear: boolean } | null {
  const left = useTimeLeft(instant, threshold);
  return left === null ? null : { left, isNear: left <= threshold };
}

/** What the jobs have used, and what Slurm gave to those that run where that is more than was asked. */
function usedWords(cluster: ICluster, trans: TranslationBundle): React.ReactNode {
  const { core_seconds: used, cpus, cores } = cluster;
  const isMore = cores > 0 && (cpus ?? 0) > cores;
  if (!used && !isMore) {
    return null;
  }
  return (
    <>
      {!!used && (
        <span
          data-testid="core-hours"
          title={trans.__('The CPUs that its jobs were given, times the hours that they have run')}
        >
          {trans.__('%1 core-hours', formatCoreHours(used))}
        </span>
      )}
      {isMore && (
        <span
          data-testid="cluster-given"
          title={trans.__('Slurm counts what it gave: a whole node, say. The workers use fewer')}
        >
          {trans.__('Slurm gave %1 CPUs', formatNumber(cpus ?? 0))}
        </span>
      )}
    </>
  );
}

/** The next job that reaches its walltime, counted down. */
function WalltimeNote({ cluster, left }: { cluster: ICluster; left: number }): React.ReactNode {
  const { trans } = useApp();
  // If fewer jobs are wanted, none replaces it.
  const isReplaced = cluster.jobs.desired >= cluster.jobs.running;
  return (
    <p className="jp-DaskSlurm-note jp-mod-warn" data-testid="walltime">
      <span className="jp-DaskSlurm-ticking">
        {left > 0
          ? trans.__('Next walltime limit in %1.', formatCountdown(left, trans))
          : trans.__('A job reaches its walltime limit.')}
      </span>
      {isReplaced && <> {trans.__('Another replaces it.')}</>}
    </p>
  );
}

/** The idle stop in its last hour: a line at first, then a countdown, with a button that postpones it. */
function Idle({ cluster, stop, now }: IEndsProps & { stop: string }): React.ReactNode {
  const { manager, trans } = useApp();
  const extend = useAction(() => manager.extendIdle(cluster.id));
  const threshold = idleThreshold(cluster.options.idle_timeout || HOUR);
  const left = useTimeLeft(stop, threshold);
  if (left === null || left > HOUR) {
    return null;
  }
  const near = left <= threshold;
  return (
    <div
      className={
        near ? 'jp-DaskSlurm-note jp-mod-warn jp-DaskSlurm-idleStop' : 'jp-DaskSlurm-idleStop'
      }
      data-testid="idle"
    >
      <span className="jp-DaskSlurm-ticking">
        {near
          ? trans.__('Idle; stops in %1', formatCountdown(left, trans))
          : trans.__('Idle; stops at %1', formatClock(stop, now))}
      </span>
      <button
        className="jp-DaskSlurm-link"
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
