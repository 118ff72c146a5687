/** For a cluster of another host: where it is, and what can be done from here. */

import * as React from 'react';

import type { ICluster } from '../../api/restapi';
import { useApp } from '../../ui/context';

/** Whether another host runs the controller. One in a job is always on another host. */
export function isElsewhere(cluster: ICluster): boolean {
  return cluster.elsewhere && cluster.options.placement !== 'job';
}

export function Elsewhere({ cluster }: { cluster: ICluster }): React.JSX.Element {
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
  return (
    <div className="jp-DaskSlurm-note" data-testid="elsewhere">
      <strong>{trans.__('Lives on %1', cluster.host ?? trans.__('another host'))}</strong>
      {words !== '' && <p className="jp-DaskSlurm-quiet">{words}</p>}
    </div>
  );
}
