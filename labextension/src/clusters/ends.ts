/** How long a cluster may be idle, and from when on one of its ends is near. Pure. */

export const HOUR = 3600;

/** The idle time-outs that menus offer, in seconds; 0 is never. */
export const IDLE_TIMEOUTS: readonly number[] = [0, HOUR / 2, HOUR, 8 * HOUR];

/** A quarter of a short time-out would be over before anybody has seen it; seconds. */
const SHORTEST_COUNTDOWN = 300;

/** Seconds before the end of an idle cluster from which on it is counted down. */
export function idleThreshold(timeout: number): number {
  return Math.min(HOUR, Math.max(SHORTEST_COUNTDOWN, timeout / 4));
}

/** Seconds before its last moment from which on a cluster warns: a tenth of its life, an hour at most. */
export function expiryThreshold(life: number): number {
  return Math.min(HOUR, life / 10);
}

/** Seconds before the end of its first job from which on a cluster warns: a tenth of the walltime. */
export function walltimeThreshold(walltime: number): number {
  return Math.min(HOUR, Math.max(60, walltime / 10));
}
