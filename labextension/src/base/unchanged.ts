/** Keeps objects that have not changed, so that what shows them is not rendered again. Pure. */

export function keepUnchanged<T extends { id: string }>(
  before: readonly T[],
  after: readonly T[],
  isSame: (one: T, other: T) => boolean
): T[] {
  const known = new Map(before.map(item => [item.id, item]));
  return after.map(item => {
    const old = known.get(item.id);
    return old !== undefined && isSame(old, item) ? old : item;
  });
}
