/** Keeps objects that have not changed, so that what shows them is not rendered again. Pure. */

/** Return `after` with what has not changed from `before`; `before` itself if nothing has. */
export function keepUnchanged<T extends { id: string }>(
  before: readonly T[],
  after: readonly T[],
  isSame: (one: T, other: T) => boolean
): readonly T[] {
  const known = new Map(before.map(item => [item.id, item]));
  const items = after.map(item => {
    const old = known.get(item.id);
    return old !== undefined && isSame(old, item) ? old : item;
  });
  return items.length === before.length && items.every((item, i) => item === before[i])
    ? before
    : items;
}
