/** Where dashboard panes are added in the main area. Pure. */

export interface IPanePlace {
  mode: 'split-right' | 'split-bottom' | 'tab-after';
  /** The id of the widget to dock to; null is the current one. */
  ref: string | null;
}

/**
 * Return the place of another pane: below the first pane of its cluster, or as a tab after the last,
 * so that the notebook keeps its width. The first pane of a cluster goes beside those of others.
 */
export function nextPlace(
  ofCluster: readonly string[],
  ofOthers: readonly string[],
  inFront: string | null
): IPanePlace {
  const last = ofCluster.at(-1);
  if (last === undefined) {
    return { mode: 'split-right', ref: ofOthers.at(-1) ?? inFront };
  }
  return { mode: ofCluster.length === 1 ? 'split-bottom' : 'tab-after', ref: last };
}

/**
 * Return the place of a pane in the default layout, by its number: beside the notebook two above each
 * other, and below them two next to each other. Further panes are tabs after these.
 */
export function defaultPlace(
  number: number,
  placed: readonly string[],
  inFront: string | null
): IPanePlace {
  switch (number) {
    case 0:
      return { mode: 'split-right', ref: inFront };
    case 1:
    case 2:
      return { mode: 'split-bottom', ref: placed[number - 1] };
    case 3:
      return { mode: 'split-right', ref: placed[2] };
    default:
      return { mode: 'tab-after', ref: placed[number % 4] };
  }
}
