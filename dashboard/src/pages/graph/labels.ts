/** Which names have room on the screen, and where. */

export interface Label<T> {
  owner: T;
  text: string;
  /** Middle of the text's upper edge, in CSS px. */
  x: number;
  y: number;
  width: number;
  /** Shown even where it covers another. */
  isForced: boolean;
}

/** What no label may cover, in CSS px. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const LABEL_HEIGHT = 15;
const CELL = 48;

/** Of labels, most important first, those that cover neither an earlier one nor an obstacle nor the edge of the view. */
export function placeLabels<T>(
  labels: readonly Label<T>[],
  obstacles: readonly (Box & { owner: T })[],
  view: Box,
): Label<T>[] {
  const taken = new Grid<T>();
  for (const obstacle of obstacles) taken.add(obstacle, obstacle.owner);
  const placed: Label<T>[] = [];
  for (const label of labels) {
    const box = boxOf(label);
    const isInside =
      box.left >= view.left && box.right <= view.right && box.bottom <= view.bottom && box.top >= view.top;
    if (!label.isForced && (!isInside || taken.isTaken(box, label.owner))) continue;
    taken.add(box, label.owner);
    placed.push(label);
  }
  return placed;
}

function boxOf({ x, y, width }: Label<unknown>): Box {
  return { left: x - width / 2 - 2, right: x + width / 2 + 2, top: y, bottom: y + LABEL_HEIGHT };
}

/** Boxes by the cells they touch, so that a look costs a few comparisons. */
class Grid<T> {
  readonly #cells = new Map<number, (Box & { owner: T })[]>();

  add(box: Box, owner: T): void {
    const entry = { left: box.left, right: box.right, top: box.top, bottom: box.bottom, owner };
    for (const key of cellsOf(box)) {
      const cell = this.#cells.get(key);
      if (cell) cell.push(entry);
      else this.#cells.set(key, [entry]);
    }
  }

  isTaken(box: Box, owner: T): boolean {
    for (const key of cellsOf(box)) {
      for (const other of this.#cells.get(key) ?? []) {
        if (other.owner === owner) continue;
        if (box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top) {
          return true;
        }
      }
    }
    return false;
  }
}

function* cellsOf({ left, right, top, bottom }: Box): Generator<number> {
  for (let row = Math.floor(top / CELL); row <= Math.floor(bottom / CELL); row++) {
    for (let column = Math.floor(left / CELL); column <= Math.floor(right / CELL); column++)
      yield row * 65_536 + column;
  }
}
