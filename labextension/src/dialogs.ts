/** The questions that are asked before something ends. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatNumber } from './format';
import type { ICluster } from './restapi';

/** What ends when a cluster is stopped, in words. */
export function whatEnds(cluster: ICluster, trans: TranslationBundle): string {
  const { running, pending, submitting } = cluster.jobs;
  const waiting = pending + submitting;
  const parts: string[] = [];
  if (running > 0) {
    const cores = trans._n('%2 core', '%2 cores', cluster.cores, formatNumber(cluster.cores));
    const jobs = trans._n('%2 running job', '%2 running jobs', running, formatNumber(running));
    parts.push(cluster.cores > 0 ? `${jobs} (${cores})` : jobs);
  }
  if (waiting > 0) {
    parts.push(trans._n('%2 waiting job', '%2 waiting jobs', waiting, formatNumber(waiting)));
  }
  if (parts.length === 0) {
    return trans.__('It has no jobs now. Clients that are connected lose their scheduler.');
  }
  return trans.__(
    '%1 will be cancelled. What its workers hold in memory is lost.',
    parts.join(trans.__(' and '))
  );
}

export async function confirmStop(cluster: ICluster, trans: TranslationBundle): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Stop %1?', cluster.name),
    body: whatEnds(cluster, trans),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep it') }),
      Dialog.warnButton({ label: trans.__('Stop') })
    ],
    defaultButton: 0
  });
  return button.accept;
}

export async function confirmForce(cluster: ICluster, trans: TranslationBundle): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Force %1 to stop?', cluster.name),
    body: trans.__(
      'Its controller is not asked: its jobs are cancelled by their name from here, its process is ended where it runs on this host, and the cluster is forgotten. For a cluster that is stuck.'
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Wait') }),
      Dialog.warnButton({ label: trans.__('Force stop') })
    ],
    defaultButton: 0
  });
  return button.accept;
}
