/** What of a cluster is worth a notification: what happened to it, and what will soon. Pure. */

import type { ICluster } from '../api/restapi';
import { expiryThreshold } from '../clusters/ends';
import { secondsUntil } from '../clusters/words/format';
import { hasEnded, isRetried } from '../clusters/words/problems';

/** Something that happened. `words` are another program's, or null. */
export type News =
  | { kind: 'workersReady' }
  | { kind: 'failed'; what: 'cluster' | 'jobs'; words: string | null }
  | { kind: 'endsSoon'; what: 'ended'; words: string | null };

/** The end of a cluster that one may still do something about. */
export interface IEnding {
  what: 'idle' | 'expires';
  /** ISO-8601. */
  at: string;
}

/** The longest time before an end at which it is told; seconds. */
const LEAD = 600;

/** What happened to a cluster since it was `before`; null for one that was not there. */
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
  // From none to some: what comes after the first worker the user can watch, and can use already.
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

/** Seconds before an end at which it is told: of what lives for minutes only, minutes are not soon. */
export function leadOf(cluster: ICluster, what: IEnding['what']): number {
  if (what === 'idle') {
    const timeout = cluster.options.idle_timeout ?? 0;
    return Math.min(LEAD, timeout > 0 ? timeout / 4 : LEAD);
  }
  const life = secondsUntil(cluster.expires, Date.parse(cluster.created));
  return Math.min(LEAD, life === null ? LEAD : expiryThreshold(life));
}

/** The ends of a cluster that are known, whether soon or not. */
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

/** Milliseconds from `now` until an end is to be told: at most 0 when it is, null when it is over. */
export function untilTold(cluster: ICluster, { what, at }: IEnding, now: number): number | null {
  const left = secondsUntil(at, now);
  return left === null || left <= 0 ? null : 1000 * (left - leadOf(cluster, what));
}
