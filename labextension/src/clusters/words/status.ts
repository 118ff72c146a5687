/** What a cluster has, in a line: for the status bar and the list of what runs. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../../api/restapi';
import { formatNumber } from './format';
import { statusWord } from './problems';

/** Cores that tasks can use now: those of the jobs whose workers are connected. */
export function connectedCores(cluster: ICluster): number {
  const { running, connected } = cluster.jobs;
  return running === 0 ? 0 : Math.round((cluster.cores * Math.min(connected, running)) / running);
}

/** "48 cores" over all clusters, for a status bar. */
export function statusText(clusters: readonly ICluster[], trans: TranslationBundle): string {
  const cores = clusters.reduce((sum, cluster) => sum + connectedCores(cluster), 0);
  return trans._n('%2 core', '%2 cores', cores, formatNumber(cores));
}

/** "running, 3 of 4 jobs connected, 36 cores"; of one without jobs only how it is. */
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
    parts.push(trans._n('%2 core', '%2 cores', cores, formatNumber(cores)));
  }
  return parts.join(', ');
}

/** A line per cluster. */
export function statusTitle(clusters: readonly ICluster[], trans: TranslationBundle): string {
  return clusters.map(cluster => `${cluster.name}: ${clusterLine(cluster, trans)}`).join('\n');
}
