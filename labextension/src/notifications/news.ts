/** The events of a cluster that are worth a notification, past and to come. Pure. */

import type { ICluster } from '../api/restapi';
import { expiryThreshold } from '../clusters/ends';
import { secondsUntil } from '../clusters/words/format';
import { hasEnded, isRetried } from '../clusters/words/problems';

/** An event. `words` is another program's message, or null. */
export type News =
  | { kind: 'workersReady' }
  | { kind: 'failed'; what: 'cluster' | 'jobs'; words: string | null }
  | { kind: 'endsSoon'; what: 'ended'; words: string | null };

/** An end that the user can still prevent or prepare for. */
export interface IEnding {
  what: 'idle' | 'expires';
  /** ISO-8601. */
  at: string;
}

/** The longest time from a notification to the end, in seconds. */
const LEAD = 600;

/** Return what happened to a cluster since `before`; null is a new cluster. */
export function newsBetween(before: ICluster | null, after: ICluster): News[] {
  if (after.status === 'failed') {
    if (before?.status === 'failed') {
      return [];
    }
    const words = after.problems[0]?.message ?? null;
    return hasEnded(after)
      ? [{ kind: 'endsSoon', what: 'ended', words }]
      : [{ kind: 'failed', what: 'cluster', words }];
  }
  const news: News[] = [];
  // Only from none to some: the cluster is usable from its first worker on.
  if ((before?.workers.connected ?? 0) === 0 && after.workers.connected > 0) {
    news.push({ kind: 'workersReady' });
  }
  const known = new Set(before?.problems.map(problem => problem.code));
  const refused = after.problems.find(
    problem => isRetried(after, problem) && !known.has(problem.code)
  );
  if (refused !== undefined) {
    news.push({ kind: 'failed', what: 'jobs', words: refused.message });
  }
  return news;
}

/** Return how many seconds before an end to notify; less for a cluster with a short life. */
export function leadOf(cluster: ICluster, what: IEnding['what']): number {
  if (what === 'idle') {
    const timeout = cluster.options.idle_timeout ?? 0;
    return Math.min(LEAD, timeout > 0 ? timeout / 4 : LEAD);
  }
  const life = secondsUntil(cluster.expires, Date.parse(cluster.created));
  return Math.min(LEAD, life === null ? LEAD : expiryThreshold(life));
}

/** Return the known ends of a cluster, near or not. */
export function endingsOf(cluster: ICluster): IEnding[] {
  if (cluster.status !== 'running' && cluster.status !== 'unreachable') {
    return [];
  }
  const endings: IEnding[] = [];
  if (cluster.idle_stop) {
    endings.push({ what: 'idle', at: cluster.idle_stop });
  }
  if (cluster.expires) {
    endings.push({ what: 'expires', at: cluster.expires });
  }
  return endings;
}

/** Return the milliseconds until the notification is due; 0 or less if it is, null if the end is past. */
export function untilDue(cluster: ICluster, { what, at }: IEnding, now: number): number | null {
  const left = secondsUntil(at, now);
  return left === null || left <= 0 ? null : 1000 * (left - leadOf(cluster, what));
}
