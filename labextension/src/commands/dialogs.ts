/** The dialogs that ask for confirmation before something ends. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster, IOrphan } from '../api/restapi';
import { coresText, formatList, formatNumber } from '../clusters/words/format';

/** Describe what ends when a cluster is stopped. */
function whatEnds(cluster: ICluster, trans: TranslationBundle): string {
  const { running, pending, submitting } = cluster.jobs;
  const waiting = pending + submitting;
  const parts: string[] = [];
  if (running > 0) {
    const cores = coresText(cluster.cores, trans);
    const jobs = trans._n('%2 running job', '%2 running jobs', running, formatNumber(running));
    parts.push(cluster.cores > 0 ? trans.__('%1 (%2)', jobs, cores) : jobs);
  }
  if (waiting > 0) {
    parts.push(trans._n('%2 waiting job', '%2 waiting jobs', waiting, formatNumber(waiting)));
  }
  if (parts.length === 0) {
    return trans.__('It has no jobs now. Clients that are connected lose their scheduler.');
  }
  return trans.__(
    '%1 will be cancelled. What its workers hold in memory is lost.',
    formatList(parts, 'long')
  );
}

interface IQuestion {
  title: string;
  body: string;
  /** The label of the button that cancels, which has the focus. */
  keep: string;
  /** The label of the button that confirms. */
  act: string;
}

async function confirm({ title, body, keep, act }: IQuestion): Promise<boolean> {
  const { button } = await showDialog({
    title,
    body,
    buttons: [Dialog.cancelButton({ label: keep }), Dialog.warnButton({ label: act })],
    defaultButton: 0
  });
  return button.accept;
}

export function confirmStop(cluster: ICluster, trans: TranslationBundle): Promise<boolean> {
  return confirm({
    title: trans.__('Stop %1?', cluster.name),
    body: whatEnds(cluster, trans),
    keep: trans.__('Keep It'),
    act: trans.__('Stop')
  });
}

export function confirmForce(cluster: ICluster, trans: TranslationBundle): Promise<boolean> {
  return confirm({
    title: trans.__('Force-stop “%1”?', cluster.name),
    body: trans.__(
      'Cancels its jobs and kills its process, without asking its controller. For a cluster that is stuck.'
    ),
    keep: trans.__('Wait'),
    act: trans.__('Force Stop')
  });
}

export function confirmCancelJob(
  cluster: ICluster,
  jobId: string,
  trans: TranslationBundle
): Promise<boolean> {
  return confirm({
    title: trans.__('Cancel job %1 of %2?', jobId, cluster.name),
    body:
      cluster.scaling.adapt !== undefined
        ? trans.__('The cluster follows its tasks: it may ask for another job in its place.')
        : trans.__('The target drops by one job. To have another in its place, replace it.'),
    keep: trans.__('Keep It'),
    act: trans.__('Cancel the Job')
  });
}

export function confirmCancelOrphans(
  orphans: readonly IOrphan[],
  trans: TranslationBundle
): Promise<boolean> {
  const count = orphans.reduce((sum, orphan) => sum + orphan.jobs, 0);
  const names = formatList(orphans.map(orphan => orphan.name));
  return confirm({
    title: trans._n(
      'Cancel %2 leftover job?',
      'Cancel %2 leftover jobs?',
      count,
      formatNumber(count)
    ),
    body: trans.__(
      'Jobs of %1. No cluster of this registry looks after them. If one of yours lives in another registry, its jobs end too.',
      names
    ),
    keep: trans.__('Keep Them'),
    act: trans.__('Cancel the Jobs')
  });
}
