/** How large a piece may be. One item alone always fits. */
export interface ChunkBounds<T> {
  maxCount?: number;
  maxLength?: number;
  lengthOf?(item: T): number;
}

/** Cuts a list into pieces, in order. An empty list has none. */
export function chunk<T>(
  items: readonly T[],
  { maxCount = Number.POSITIVE_INFINITY, maxLength = Number.POSITIVE_INFINITY, lengthOf = () => 0 }: ChunkBounds<T>,
): T[][] {
  const pieces: T[][] = [];
  let length = 0;
  for (const item of items) {
    const added = lengthOf(item);
    const last = pieces.at(-1);
    if (last === undefined || last.length >= maxCount || length + added > maxLength) {
      pieces.push([item]);
      length = added;
    } else {
      last.push(item);
      length += added;
    }
  }
  return pieces;
}
