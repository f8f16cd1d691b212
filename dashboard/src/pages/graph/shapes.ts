/** What is drawn in several places: heads of arrows, text, and what of it is in view. */
import { headLengthOf } from "./arrows.ts";
import type { Colors } from "./colors.ts";
import type { View } from "./frame.ts";
import type { Curve } from "./geometry.ts";
import type { LayoutNode } from "./layout.ts";

export function addHead(path: Path2D, { cx, cy, x1, y1 }: Curve, width: number): void {
  const length = headLengthOf(width);
  const toControl = Math.hypot(x1 - cx, y1 - cy) || 1;
  const ux = (x1 - cx) / toControl;
  const uy = (y1 - cy) / toControl;
  const half = width / 2 + length * 0.36;
  path.moveTo(x1 + ux * length, y1 + uy * length);
  path.lineTo(x1 - uy * half, y1 + ux * half);
  path.lineTo(x1 + uy * half, y1 - ux * half);
  path.closePath();
}

export function isOutside({ x, y, radius }: LayoutNode, { k, x: left, y: top, width, height }: View): boolean {
  const reach = (radius + 24) * Math.max(k, 1);
  const [sx, sy] = [x * k + left, y * k + top];
  return sx < -reach || sy < -reach || sx > width + reach || sy > height + reach;
}

export function isVisible({ x0, y0, cx, cy, x1, y1 }: Curve, { k, x, y, width, height }: View): boolean {
  return (
    Math.max(x0, cx, x1) * k + x > -10 &&
    Math.max(y0, cy, y1) * k + y > -10 &&
    Math.min(x0, cx, x1) * k + x < width + 10 &&
    Math.min(y0, cy, y1) * k + y < height + 10
  );
}

/** Text has a rim of the ground's colour, so that it can be read on lines. */
export function prepareText(context: CanvasRenderingContext2D, font: string, rim: number, colors: Colors): void {
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineJoin = "round";
  context.lineWidth = rim;
  context.strokeStyle = colors["--graph-ground"];
  context.fillStyle = colors["--graph-label"];
}
