/** Which part of the layout is on the screen. */
import { type ZoomTransform, zoomIdentity } from "d3-zoom";
import type { View } from "./frame.ts";
import type { Box } from "./labels.ts";
import type { Point } from "./layout.ts";

export const MAX_ZOOM = 6;
export const MIN_ZOOM = 0.08;
/** Nearer than this a small graph would look inflated. */
const FIT_ZOOM = 1.25;
const MARGIN = 48;

export class Camera {
  /** Until somebody pans or zooms, all of the graph stays in view. */
  isFollowing = true;
  #view: View = { x: 0, y: 0, k: 1, width: 0, height: 0, ratio: 1 };

  get view(): View {
    return this.#view;
  }

  /** CSS px, and device pixels per CSS px. */
  resize(width: number, height: number, ratio: number): void {
    this.#view = { ...this.#view, width, height, ratio };
  }

  move({ x, y, k }: ZoomTransform): void {
    this.#view = { ...this.#view, x, y, k };
  }

  /** Brings a box into view, and gives what that takes; undefined where there is nothing to see or to see it in. */
  fit(box: Box | undefined): ZoomTransform | undefined {
    const { width, height } = this.#view;
    if (box === undefined || width === 0 || height === 0) return undefined;
    const across = (width - 2 * MARGIN) / (box.right - box.left);
    const down = (height - 2 * MARGIN) / (box.bottom - box.top);
    const transform = zoomIdentity
      .translate(width / 2, height / 2)
      .scale(Math.max(MIN_ZOOM, Math.min(across, down, FIT_ZOOM)))
      .translate(-(box.left + box.right) / 2, -(box.top + box.bottom) / 2);
    this.move(transform);
    return transform;
  }

  /** From CSS px on the canvas to the coordinates of the layout. */
  toLayout({ x, y }: Point): Point {
    return { x: (x - this.#view.x) / this.#view.k, y: (y - this.#view.y) / this.#view.k };
  }
}
