/** Which names have room on the screen, and where. */

export interface Label<T> {
  owner: T;
  text: string;
  /** Where it may stand, best first: the middle of the text's upper edge, in CSS px. */
  spots: readonly Spot[];
  width: number;
  /** Shown even where it covers another. */
  isForced: boolean;
}

export interface Spot {
  x: number;
  y: number;
}

export interface PlacedLabel<T> extends Spot {
  owner: T;
  text: string;
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
): PlacedLabel<T>[] {
  const taken = new Grid<T>();
  for (const obstacle of obstacles) taken.add(obstacle, obstacle.owner);
  const placed: PlacedLabel<T>[] = [];
  for (const { owner, text, spots, width, isForced } of labels) {
    const isFree = (spot: Spot) => {
      const box = boxOf(spot, width);
      return isWithin(box, view) && !taken.isTaken(box, owner);
    };
    const spot = spots.find(isFree) ?? (isForced ? spots[0] : undefined);
    if (spot === undefined) continue;
    taken.add(boxOf(spot, width), owner);
    placed.push({ owner, text, x: spot.x, y: spot.y });
  }
  return placed;
}

function boxOf({ x, y }: Spot, width: number): Box {
  return { left: x - width / 2 - 2, right: x + width / 2 + 2, top: y, bottom: y + LABEL_HEIGHT };
}

function isWithin(box: Box, view: Box): boolean {
  return box.left >= view.left && box.right <= view.right && box.bottom <= view.bottom && box.top >= view.top;
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
