/** For a cluster of another host: where it is, what it has, and what can be done from here. */

import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { coresText, jobsText } from '../../clusters/words/format';
import { useApp } from '../../ui/context';

/** Whether another host runs the controller. One in a job is always on another host. */
export function isElsewhere(cluster: ICluster): boolean {
  return cluster.elsewhere && cluster.options.placement !== 'job';
}

interface IElsewhereProps {
  cluster: ICluster;
  /** Whether the card is expanded. */
  whole: boolean;
  onToggle: () => void;
}

export function Elsewhere({ cluster, whole, onToggle }: IElsewhereProps): React.JSX.Element {
  const { trans } = useApp();
  const words = {
    failed: '',
    stopping: '',
    starting: '',
    running: trans.__('From here you can use it, scale it and stop it.'),
    unreachable: trans.__(
      'It does not answer from here: look for it there. Force stop cancels its jobs, but cannot end its process.'
    )
  }[cluster.status];
  const { jobs, cores, scaling } = cluster;
  const facts = [
    jobsText(jobs.running, trans),
    cores > 0 ? coresText(cores, trans) : '',
    scaling.adapt
      ? trans.__('adaptive %1–%2', scaling.adapt.minimum_jobs, scaling.adapt.maximum_jobs)
      : ''
  ].filter(fact => fact !== '');
  return (
    <div className="jp-DaskSlurm-note" data-testid="elsewhere">
      <strong>{trans.__('Lives on %1', cluster.host ?? trans.__('another host'))}</strong>
      {!whole && cluster.status === 'running' && ` · ${facts.join(' · ')}`}
      {words !== '' && <p className="jp-DaskSlurm-quiet">{words}</p>}
      {cluster.status !== 'failed' && (
        <button className="jp-DaskSlurm-link" aria-expanded={whole} onClick={onToggle}>
          {whole ? trans.__('Show less') : trans.__('Show all of it')}
        </button>
      )}
    </div>
  );
}
