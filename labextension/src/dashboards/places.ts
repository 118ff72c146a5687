/** Where panes of dashboards go in the main area. Pure. */

export interface IPanePlace {
  mode: 'split-right' | 'split-bottom' | 'tab-after';
  /** The id of the widget that it is beside, below or behind; null is whichever is in front. */
  ref: string | null;
}

/**
 * The place of one more pane: below the first of its cluster, and behind the last after that, so that
 * the notebook keeps its width; the first of a cluster beside those of other clusters.
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
 * The place of the pane with that number in the default layout, beside the notebook:
 * two above each other, and below them two next to each other. Further ones are tabs behind these.
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
