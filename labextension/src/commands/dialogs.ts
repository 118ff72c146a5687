/** The questions that are asked before something ends. */

import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster, IOrphan } from '../api/restapi';
import { formatNumber } from '../clusters/words/format';

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

export async function confirmCancelJob(
  cluster: ICluster,
  jobId: string,
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Cancel job %1 of %2?', jobId, cluster.name),
    body:
      cluster.scaling.adapt !== undefined
        ? trans.__('The cluster follows its tasks: it may ask for another job in its place.')
        : trans.__('The cluster will want one job less. To have another in its place, replace it.'),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep it') }),
      Dialog.warnButton({ label: trans.__('Cancel the job') })
    ],
    defaultButton: 0
  });
  return button.accept;
}

export async function confirmCancelOrphans(
  orphans: readonly IOrphan[],
  trans: TranslationBundle
): Promise<boolean> {
  const count = orphans.reduce((sum, orphan) => sum + orphan.jobs, 0);
  const names = orphans.map(orphan => orphan.name).join(', ');
  const { button } = await showDialog({
    title: trans._n(
      'Cancel %2 job without a cluster?',
      'Cancel %2 jobs without a cluster?',
      count,
      formatNumber(count)
    ),
    body: trans.__(
      'Jobs of %1. No cluster of this registry looks after them. If one of yours lives in another registry, its jobs end too.',
      names
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep them') }),
      Dialog.warnButton({ label: trans.__('Cancel the jobs') })
    ],
    defaultButton: 0
  });
  return button.accept;
}

/** Minutes without use after which a cluster ends, as seconds; null when nothing was chosen. */
export async function askIdleTimeout(
  cluster: ICluster,
  trans: TranslationBundle
): Promise<number | null> {
  const { value, button } = await InputDialog.getNumber({
    title: trans.__('Idle time-out of %1', cluster.name),
    label: trans.__('Minutes without use after which it ends; 0 is never'),
    value: Math.round((cluster.options.idle_timeout ?? 0) / 60),
    okLabel: trans.__('Set')
  });
  return button.accept && value !== null && Number.isFinite(value) && value >= 0
    ? Math.round(value * 60)
    : null;
}
