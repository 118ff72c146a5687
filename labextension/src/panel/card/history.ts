/** What the workers of each cluster did in the last minutes: kept here, from the states that come anyway. */

import type { IActivity, ICluster } from '../../api/restapi';

/** Seconds that a plot goes back. */
export const WINDOW = 600;

/** Parts of what there is, from 0 to 1. */
export interface ISample {
  /** Milliseconds since the epoch. */
  time: number;
  cpu: number;
  memory: number;
}

/** A state comes at most every 5 s, so there are at most some 120 samples of a cluster. */
export class Histories {
  /** Return the samples of a cluster, the oldest first. */
  of(id: string): readonly ISample[] {
    return this._histories.get(id)?.samples ?? [];
  }

  /** Take down what is new, and forget clusters that are gone. */
  update(clusters: readonly ICluster[], now: number): void {
    const before = this._histories;
    this._histories = new Map();
    for (const { id, activity } of clusters) {
      const known = before.get(id);
      if (activity && activity.cpu !== null) {
        const samples = known?.samples ?? [];
        this._histories.set(
          id,
          known?.last === activity
            ? known
            : { last: activity, samples: recent([...samples, sampleOf(activity, now)], now) }
        );
      }
    }
  }

  private _histories = new Map<string, { last: IActivity; samples: ISample[] }>();
}

function sampleOf({ cpu, memory_used, memory_limit }: IActivity, time: number): ISample {
  const memory = memory_limit ? memory_used / memory_limit : 0;
  return { time, cpu: Math.min(1, (cpu ?? 0) / 100), memory: Math.min(1, memory) };
}

/** Return the samples of the window, and the one before it, from where the line comes. */
function recent(samples: ISample[], now: number): ISample[] {
  const first = samples.findIndex(({ time }) => time >= now - 1000 * WINDOW);
  return samples.slice(Math.max(0, first - 1));
}

/** The least that a plot shows, in milliseconds: a line from two samples would say too much. */
const SHORTEST = 60_000;

/**
 * Return the points of a plot of 100 by 1, from the left to now; a value holds until the next. None where no
 * time has passed yet. Pure.
 */
export function pointsOf(
  samples: readonly ISample[],
  kind: 'cpu' | 'memory',
  now: number
): [x: number, y: number][] {
  if (samples.length === 0) {
    return [];
  }
  const last = samples[samples.length - 1];
  const end = Math.max(now, last.time);
  if (end === samples[0].time) {
    return [];
  }
  const span = Math.min(1000 * WINDOW, Math.max(SHORTEST, end - samples[0].time));
  const points = samples.map(({ time, [kind]: value }): [number, number] => [
    Math.max(0, 100 * (1 - (end - time) / span)),
    value
  ]);
  return [...points, [100, last[kind]]];
}
