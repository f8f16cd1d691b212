/** Where arrows begin, bend and end. All lengths are in the coordinates of the layout. */

export interface Circle {
  x: number;
  y: number;
  radius: number;
}

/** A quadratic curve: from, control point, to. */
export interface Curve {
  x0: number;
  y0: number;
  cx: number;
  cy: number;
  x1: number;
  y1: number;
}

/** How far the two directions of a pair bend apart, as a share of their length. */
const BEND = 0.16;
const GAP = 2;

/**
 * The curve of an arrow from circle to circle, `headLength` short of the target's rim. Both directions of a pair bend to
 * their own left, so that they run apart. Writes into `curve`, as it is called for each arrow of each frame.
 */
export function traceArrow(from: Circle, to: Circle, isBent: boolean, headLength: number, curve: Curve): Curve {
  return traceBent(from, to, isBent ? BEND : 0, headLength, curve);
}

/** The same with any bend: its distance from the straight line, as a share of the length; below 0 to the right. */
export function traceBent(from: Circle, to: Circle, bend: number, headLength: number, curve: Curve): Curve {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  curve.cx = from.x + dx / 2 + dy * bend;
  curve.cy = from.y + dy / 2 - dx * bend;
  const toControl = Math.hypot(curve.cx - from.x, curve.cy - from.y) || 1;
  const startAt = (from.radius + GAP) / toControl;
  const endAt = (to.radius + GAP + headLength) / toControl;
  curve.x0 = from.x + (curve.cx - from.x) * startAt;
  curve.y0 = from.y + (curve.cy - from.y) * startAt;
  curve.x1 = to.x + (curve.cx - to.x) * endAt;
  curve.y1 = to.y + (curve.cy - to.y) * endAt;
  return curve;
}

/** The point at `t` (0 to 1) of a curve. */
export function pointOn({ x0, y0, cx, cy, x1, y1 }: Curve, t: number): { x: number; y: number } {
  const u = 1 - t;
  return { x: u * u * x0 + 2 * u * t * cx + t * t * x1, y: u * u * y0 + 2 * u * t * cy + t * t * y1 };
}

const STEPS = 12;

/** How far a point is from a curve, near enough for a pointer. */
export function distanceTo(curve: Curve, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  let before = pointOn(curve, 0);
  for (let step = 1; step <= STEPS; step++) {
    const point = pointOn(curve, step / STEPS);
    least = Math.min(least, distanceToLine(before.x, before.y, point.x, point.y, x, y));
    before = point;
  }
  return least;
}

function distanceToLine(x0: number, y0: number, x1: number, y1: number, x: number, y: number): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / length));
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}

/** An arrow's width grows with the logarithm of its traffic: 1 message 1.2, 10 about 2.6, 1,000 about 6. */
export function widthOf(messages: number): number {
  return Math.min(8, Math.round((0.7 + 1.75 * Math.log10(1 + messages)) * 5) / 5);
}

/** A node's radius, by what it sent and received. */
export function radiusOf(messages: number): number {
  return 8 + Math.min(12, 3 * Math.log10(1 + messages));
}
