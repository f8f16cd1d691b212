/** Choosing a stretch of a chart by keyboard: a cursor, and an anchor where Shift began. Both are indexes of points. */

export interface Choice {
  cursor: number;
  /** The other end; the same as `cursor` while one point is chosen. */
  anchor: number;
}

const PAGE = 10;

/** Where a key leads, or undefined when it means nothing here. Without a choice the first key chooses the last point. */
export function moveChoice(
  choice: Choice | undefined,
  key: string,
  isExtending: boolean,
  count: number,
): Choice | undefined {
  const step = stepOf(key, count);
  if (step === undefined || count === 0) return undefined;
  const from = choice?.cursor ?? (key === "Home" ? 0 : count);
  const cursor = Math.max(0, Math.min(count - 1, from + step));
  return { cursor, anchor: isExtending && choice ? choice.anchor : cursor };
}

/** First and last point of a choice. */
export function boundsOf({ cursor, anchor }: Choice): [first: number, last: number] {
  return cursor < anchor ? [cursor, anchor] : [anchor, cursor];
}

function stepOf(key: string, count: number): number | undefined {
  if (key === "ArrowLeft") return -1;
  if (key === "ArrowRight") return 1;
  if (key === "PageUp") return -PAGE;
  if (key === "PageDown") return PAGE;
  if (key === "Home") return -count;
  if (key === "End") return count;
  return undefined;
}

/** The points that a dragged stretch of time touches; undefined for a mere click. */
export function pointsBetween(
  fromAt: number,
  toAt: number,
  firstAt: number,
  stepMs: number,
  count: number,
): [first: number, last: number] | undefined {
  if (count === 0 || !(toAt > fromAt)) return undefined;
  const clamp = (index: number) => Math.max(0, Math.min(count - 1, index));
  return [clamp(Math.floor((fromAt - firstAt) / stepMs)), clamp(Math.ceil((toAt - firstAt) / stepMs) - 1)];
}
