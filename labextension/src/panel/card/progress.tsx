/** How far a cluster is on the way to its first worker, and what it waits for. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { useApp } from '../../ui/context';

const STEPS = ['controller', 'scheduler', 'submission', 'queue', 'worker'] as const;

export type Step = (typeof STEPS)[number];

/** Problems that waiting does not solve: they have their own advice. */
const HALTS = new Set(['submission_refused', 'jobs_failed', 'jobs_crash', 'never_starts']);

/** Return what a cluster waits for; null if it has a worker, or wants none. Pure. */
function stepOf(cluster: ICluster): Step | null {
  const { jobs, status, problems } = cluster;
  if (status === 'starting') {
    return cluster.awaits ?? 'controller';
  }
  const isStuck = problems.some(({ code }) => HALTS.has(code));
  if (status !== 'running' || jobs.desired === 0 || jobs.connected > 0 || isStuck) {
    return null;
  }
  if (jobs.running > 0) {
    return 'worker';
  }
  return jobs.pending > 0 ? 'queue' : 'submission';
}

export function Progress({ cluster }: { cluster: ICluster }): React.JSX.Element | null {
  const { trans } = useApp();
  const step = stepOf(cluster);
  if (step === null) {
    return null;
  }
  const place = STEPS.indexOf(step);
  const words = stepWords(step, cluster, trans);
  return (
    <div className="jp-DaskSlurm-progress" data-testid="progress" data-step={step}>
      <div
        className="jp-DaskSlurm-steps"
        role="progressbar"
        aria-label={trans.__('On the way to the first worker')}
        aria-valuemin={0}
        aria-valuemax={STEPS.length}
        aria-valuenow={place}
        aria-valuetext={words}
      >
        {STEPS.map((name, i) => (
          <span key={name} data-state={i < place ? 'done' : i === place ? 'now' : undefined} />
        ))}
      </div>
      <p className="jp-DaskSlurm-quiet jp-DaskSlurm-oneLine" title={words}>
        {words}
      </p>
    </div>
  );
}

function stepWords(step: Step, { problems }: ICluster, trans: TranslationBundle): string {
  switch (step) {
    case 'controller':
      return problems.some(({ code }) => code === 'controller_pending')
        ? trans.__('Controller waiting in the queue…')
        : trans.__('Starting controller…');
    case 'scheduler':
      return trans.__('Starting scheduler…');
    case 'submission':
      return trans.__('Submitting the first job…');
    case 'queue':
      return trans.__('First job waiting in the queue…');
    case 'worker':
      return trans.__('First job running; starting its worker…');
  }
}
