/** Why the dashboard of a cluster cannot be shown now. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';
import type { Connection } from '../clusters/tokens';

/** What a pane says in place of a plot. */
export interface IPaneWords {
  title: string;
  /** Another program's message, or what happens next; empty if there is nothing to add. */
  detail: string;
}

/** Return null if it can be requested. `name` is for a cluster that is not known (yet). */
export function whyNoDashboard(
  cluster: ICluster | undefined,
  name: string,
  connection: Connection,
  trans: TranslationBundle
): IPaneWords | null {
  const later = trans.__('This comes back by itself.');
  if (connection === 'failed') {
    return { title: trans.__('The Jupyter server does not answer'), detail: later };
  }
  if (connection === 'missing') {
    return { title: trans.__('This server has no clusters'), detail: '' };
  }
  if (cluster === undefined) {
    return connection === 'loading'
      ? { title: trans.__('Looking for %1…', name), detail: '' }
      : { title: trans.__('%1 is no more', name), detail: '' };
  }
  const said = cluster.problems.map(({ message }) => message).join('\n');
  switch (cluster.status) {
    case 'starting':
      return {
        title: trans.__('%1 is starting…', cluster.name),
        detail: trans.__('Its dashboard is shown once it runs.')
      };
    case 'stopping':
      return { title: trans.__('%1 is being stopped', cluster.name), detail: '' };
    case 'failed':
      return { title: trans.__('%1 has ended', cluster.name), detail: said };
    case 'unreachable':
      return { title: trans.__('%1 does not answer', cluster.name), detail: said || later };
    case 'running':
      return cluster.dashboard_path
        ? null
        : { title: trans.__('%1 has no dashboard yet', cluster.name), detail: later };
  }
}

/** Whether there may well be a dashboard again, of the same scheduler. */
export function passes(cluster: ICluster | undefined, connection: Connection): boolean {
  return connection !== 'ok' || cluster?.status === 'unreachable';
}
