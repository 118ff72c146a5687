/** Words for what a cluster or a site has, in one line. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster, ISite } from '../../api/restapi';
import { coresText, formatList, formatNumber } from './format';
import { statusWord } from './problems';

/** Return the cores that tasks can use now: those of jobs whose workers are connected. */
export function connectedCores(cluster: ICluster): number {
  const { running, connected } = cluster.jobs;
  return running === 0 ? 0 : Math.round((cluster.cores * Math.min(connected, running)) / running);
}

/** Return "48 cores" for all clusters together. */
export function statusText(clusters: readonly ICluster[], trans: TranslationBundle): string {
  const cores = clusters.reduce((sum, cluster) => sum + connectedCores(cluster), 0);
  return coresText(cores, trans);
}

/** Return "running, 3 of 4 jobs connected, 36 cores"; without jobs only the status. */
export function clusterLine(cluster: ICluster, trans: TranslationBundle): string {
  const { jobs } = cluster;
  const wanted = Math.max(jobs.desired, jobs.connected);
  const parts = [statusWord(cluster, trans)];
  if (wanted > 0) {
    parts.push(
      trans._n(
        '%2 of %3 job connected',
        '%2 of %3 jobs connected',
        wanted,
        formatNumber(jobs.connected),
        formatNumber(wanted)
      )
    );
  }
  const cores = connectedCores(cluster);
  if (cores > 0) {
    parts.push(coresText(cores, trans));
  }
  return formatList(parts);
}

/** Return one line per cluster. */
export function statusTitle(clusters: readonly ICluster[], trans: TranslationBundle): string {
  return clusters.map(each => trans.__('%1: %2', each.name, clusterLine(each, trans))).join('\n');
}

/** Whether the batch system has not answered yet, and may do so in some seconds. */
export function isSlow(site: ISite | null): boolean {
  return site?.problem?.code === 'batch_system_slow';
}

/** Whether the file system with the clusters' files does not answer. */
export function isSilent(site: ISite | null): boolean {
  return (site?.registry ?? null) !== null;
}

/** Whether it will know more of itself in some seconds. */
export function isIncomplete(site: ISite | null): boolean {
  return isSlow(site) || (site?.unseen ?? []).some(({ waiting }) => waiting);
}

/** 'Slurm “lab” · 41 of 64 cores idle'; 'Embedded queue · 2 cores'. */
export function siteLine(site: ISite, trans: TranslationBundle): string {
  // Partitions often share nodes, so their cores cannot be added: use the largest.
  const sized = site.partitions.filter(partition => partition.total_cores);
  const largest = sized.sort((a, b) => (b.total_cores ?? 0) - (a.total_cores ?? 0))[0];
  const total = largest?.total_cores ?? 0;
  if (site.batch_system === 'local') {
    const name = trans.__('Embedded queue');
    return total ? trans.__('%1 · %2', name, coresText(total, trans)) : name;
  }
  const name = site.cluster ? trans.__('Slurm “%1”', site.cluster) : trans.__('Slurm');
  const idle = largest?.idle_cores;
  return total && idle !== null && idle !== undefined
    ? trans.__('%1 · %2 of %3 cores idle', name, formatNumber(idle), formatNumber(total))
    : name;
}

/** Return the short name of an interpreter: "py311" for ".../envs/py311/bin/python". */
export function pythonName(python: string): string {
  const match = /([^/]+)\/bin\/python[\d.]*$/.exec(python);
  return match ? match[1] : (python.split('/').pop() ?? python);
}
