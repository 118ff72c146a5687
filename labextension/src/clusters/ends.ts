/** The idle time-outs to choose from, and when an end of a cluster counts as near. Pure. */

export const HOUR = 3600;

/** The idle time-outs that menus offer, in seconds; 0 is never. */
export const IDLE_TIMEOUTS: readonly number[] = [0, HOUR / 2, HOUR, 8 * HOUR];

/** Seconds. A quarter of a short time-out would pass before the user has seen the countdown. */
const SHORTEST_COUNTDOWN = 300;

/** Return how many seconds before an idle stop its countdown starts. */
export function idleThreshold(timeout: number): number {
  return Math.min(HOUR, Math.max(SHORTEST_COUNTDOWN, timeout / 4));
}

/** Return how many seconds before its expiry a cluster warns: a tenth of its life, at most an hour. */
export function expiryThreshold(life: number): number {
  return Math.min(HOUR, life / 10);
}

/** Return how many seconds before its first job ends a cluster warns: a tenth of the walltime. */
export function walltimeThreshold(walltime: number): number {
  return Math.min(HOUR, Math.max(60, walltime / 10));
}
