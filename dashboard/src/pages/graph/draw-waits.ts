/** Draws who waits for whom, over the arrows of messages. */
import { headLengthOf } from "./arrows.ts";
import { DIM, type Frame } from "./frame.ts";
import { type Curve, traceBent } from "./geometry.ts";
import { addHead, isVisible } from "./shapes.ts";

/** To the other side than arrows of messages, which these would cover. */
const WAIT_BEND = -0.24;
const WAIT_COLORS = ["--graph-wait-0", "--graph-wait-1", "--graph-wait-2", "--graph-wait-3"] as const;

/** One for all of them, as they are many in each frame. */
const curveOfArrow: Curve = { x0: 0, y0: 0, cx: 0, cy: 0, x1: 0, y1: 0 };

/** From who waits to who owes, by age; of a ring whole and thick, otherwise dashed. */
export function drawWaits(context: CanvasRenderingContext2D, { layout, view, colors, focus, waits }: Frame): void {
  for (const { from, to, age, isInRing } of waits) {
    const [source, target] = [layout.node(from), layout.node(to)];
    if (source === undefined || target === undefined) continue;
    const width = Math.max(isInRing ? 4 : 2, (isInRing ? 2.5 : 1.2) / view.k);
    const curve = traceBent(source, target, WAIT_BEND, headLengthOf(width), curveOfArrow);
    if (!isVisible(curve, view)) continue;
    const isLit = focus === undefined || (focus.nodes.has(from) && focus.nodes.has(to));
    context.globalAlpha = isLit ? 1 : DIM;
    const color = colors[WAIT_COLORS[age]];
    context.strokeStyle = color;
    context.lineWidth = width;
    context.setLineDash(isInRing ? [] : [6 / view.k, 4 / view.k]);
    context.beginPath();
    context.moveTo(curve.x0, curve.y0);
    context.quadraticCurveTo(curve.cx, curve.cy, curve.x1, curve.y1);
    context.stroke();
    const head = new Path2D();
    addHead(head, curve, width);
    context.fillStyle = color;
    context.fill(head);
  }
  context.setLineDash([]);
}
