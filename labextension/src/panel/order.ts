/** Which cards come first, and which fit a filter. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICluster } from '../api/restapi';
import { hasEnded, isInTrouble, statusWord } from '../clusters/words/problems';

/** In the order of the panel. */
export type CardGroup = 'trouble' | 'live' | 'ended';

export function groupOf(cluster: ICluster): CardGroup {
  if (hasEnded(cluster)) {
    return 'ended';
  }
  return isInTrouble(cluster) ? 'trouble' : 'live';
}

/** From this many clusters on there is a field to filter them by. */
export const FILTER_FROM = 6;

/** Whether each word of the filter is in the name or in the state of a cluster. */
export function fitsFilter(cluster: ICluster, filter: string, trans: TranslationBundle): boolean {
  const text = `${cluster.name} ${statusWord(cluster, trans)}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word));
}

/**
 * Remembers the group of each cluster while the panel is used, so that no card moves away from under the
 * hand: a cluster that fails then says so where it is.
 */
export class HeldGroups {
  /** Whether the pointer, or the focus, is among the cards. */
  isHeld = false;

  /** Return the clusters by their groups, in the server's order within each. */
  arrange(clusters: readonly ICluster[]): Record<CardGroup, ICluster[]> {
    const groups: Record<CardGroup, ICluster[]> = { trouble: [], live: [], ended: [] };
    const now = new Map<string, CardGroup>();
    for (const cluster of clusters) {
      const held = this.isHeld ? this._groups.get(cluster.id) : undefined;
      const group = held ?? groupOf(cluster);
      now.set(cluster.id, group);
      groups[group].push(cluster);
    }
    this._groups = now;
    return groups;
  }

  private _groups = new Map<string, CardGroup>();
}
