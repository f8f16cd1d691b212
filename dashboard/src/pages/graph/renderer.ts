/** Draws one frame of the graph: groups, memberships, arrows, dots, who waits for whom, nodes, names. */
import type { GraphNode } from "../../models/traffic-graph.ts";
import type { Arrow } from "./arrows.ts";
import type { Colors } from "./colors.ts";
import { drawClusters, drawGroupNames, namesOfGroups } from "./draw-groups.ts";
import { drawWaits } from "./draw-waits.ts";
import { DIM, type Frame, type View } from "./frame.ts";
import { pointOn } from "./geometry.ts";
import { type Box, LABEL_HEIGHT, type Label, placeLabels, type Spot } from "./labels.ts";
import type { LayoutNode } from "./layout.ts";
import { addHead, isOutside, isVisible, prepareText } from "./shapes.ts";

const FONT = "500 12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
/** Under who waits for whom, who wrote to whom is only a ground. */
const GROUND = 0.22;

export class GraphRenderer {
  readonly #context: CanvasRenderingContext2D;
  readonly #textWidths = new Map<string, number>();
  /** Names of the frame before come first, so that none flickers while things move. */
  #shown = new Set<string>();

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  draw(frame: Frame): void {
    const { view } = frame;
    const context = this.#context;
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    context.setTransform(view.ratio * view.k, 0, 0, view.ratio * view.k, view.ratio * view.x, view.ratio * view.y);
    drawClusters(context, frame);
    this.#drawMemberships(frame);
    this.#drawArrows(frame);
    this.#drawDots(frame);
    drawWaits(context, frame);
    this.#drawNodes(frame);
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    drawGroupNames(context, frame);
    this.#drawLabels(frame);
    context.globalAlpha = 1;
  }

  #drawMemberships({ graph, layout, view, colors, focus }: Frame): void {
    const context = this.#context;
    context.strokeStyle = colors["--graph-topic"];
    context.lineWidth = 1 / view.k;
    context.setLineDash([2 / view.k, 4 / view.k]);
    for (const isDim of [true, false]) {
      context.globalAlpha = isDim ? DIM : 0.5;
      context.beginPath();
      for (const { instanceId, topicId } of graph.memberships) {
        const isDimmed = focus !== undefined && !(focus.nodes.has(instanceId) && focus.nodes.has(topicId));
        if (isDimmed !== isDim) continue;
        const from = layout.node(instanceId);
        const to = layout.node(topicId);
        if (!from || !to) continue;
        context.moveTo(from.x, from.y);
        context.lineTo(to.x, to.y);
      }
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** Arrows of one width and brightness are one path: a state change costs more than a curve. Lit ones come last. */
  #drawArrows(frame: Frame): void {
    const { all } = frame.arrows;
    const isLit = (arrow: Arrow) => frame.focus?.edges.has(arrow.key) === true;
    for (const level of [all.filter((arrow) => !isLit(arrow)), all.filter(isLit)]) {
      for (const group of Map.groupBy(level, ({ width }) => width).values()) this.#drawArrowGroup(frame, group);
    }
  }

  #drawArrowGroup({ layout, arrows, view, colors, focus, waits }: Frame, group: readonly Arrow[]): void {
    const [first] = group;
    if (first === undefined) return;
    const context = this.#context;
    const isLit = focus?.edges.has(first.key) === true;
    const color = colors[isLit ? "--graph-edge-strong" : "--graph-edge"];
    context.globalAlpha = isLit ? 1 : focus !== undefined ? DIM : waits.length > 0 ? GROUND : 0.75;
    const heads = new Path2D();
    context.beginPath();
    for (const arrow of group) {
      const curve = arrows.trace(arrow, layout);
      if (curve === undefined || !isVisible(curve, view)) continue;
      context.moveTo(curve.x0, curve.y0);
      context.quadraticCurveTo(curve.cx, curve.cy, curve.x1, curve.y1);
      addHead(heads, curve, arrow.width);
    }
    context.strokeStyle = color;
    context.lineWidth = Math.max(first.width, 0.8 / view.k);
    context.stroke();
    context.fillStyle = color;
    context.fill(heads);
  }

  #drawDots({ layout, arrows, dots, view }: Frame): void {
    const context = this.#context;
    context.globalAlpha = 1;
    for (const { key, color, progress } of dots) {
      const arrow = arrows.get(key);
      const curve = arrow && arrows.trace(arrow, layout);
      if (arrow === undefined || curve === undefined) continue;
      const { x, y } = pointOn(curve, progress);
      const radius = Math.max(arrow.width / 2 + 3, 3.5 / view.k);
      context.fillStyle = color;
      context.globalAlpha = 0.3;
      context.beginPath();
      context.arc(x, y, radius * 2, 0, 2 * Math.PI);
      context.fill();
      context.globalAlpha = 1;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }

  #drawNodes({ graph, layout, view, colors, focus, selected, pinned }: Frame): void {
    const context = this.#context;
    for (const node of graph.nodes) {
      const at = layout.node(node.id);
      if (at === undefined || isOutside(at, view)) continue;
      context.globalAlpha = focus !== undefined && !focus.nodes.has(node.id) ? DIM * 2 : 1;
      traceShape(context, node, at, 0);
      context.fillStyle = colors[fillOf(node)];
      context.fill();
      context.strokeStyle = colors["--graph-ground"];
      context.lineWidth = 1.5;
      context.stroke();
      const isHollow = node.kind === "instance" && !node.isOnline;
      if (isHollow) this.#drawDisc(at, at.radius * 0.52, colors["--graph-ground"]);
      if (pinned.has(node.id)) this.#drawDisc(at, 3, colors[isHollow ? "--graph-offline" : "--graph-ground"]);
      if (node.id !== selected) continue;
      traceShape(context, node, at, 4);
      context.strokeStyle = colors["--graph-selected"];
      context.lineWidth = Math.max(2.5, 2 / view.k);
      context.stroke();
    }
  }

  #drawDisc({ x, y }: LayoutNode, radius: number, color: string): void {
    const context = this.#context;
    context.fillStyle = color;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }

  #drawLabels(frame: Frame): void {
    const { colors, focus } = frame;
    const context = this.#context;
    prepareText(context, FONT, 3, colors);
    const placed = placeLabels(this.#rankLabels(frame), obstaclesOf(frame), {
      left: 0,
      top: 0,
      right: frame.view.width,
      bottom: frame.view.height,
    });
    this.#shown = new Set(placed.map(({ owner }) => owner));
    for (const { owner, text, x, y } of placed) {
      context.globalAlpha = focus !== undefined && !focus.nodes.has(owner) ? DIM * 2 : 1;
      context.strokeText(text, x, y + 1);
      context.fillText(text, x, y + 1);
    }
  }

  /** Most important first: what is in focus, what was shown before, then by traffic. */
  #rankLabels({ graph, layout, view, focus, selected }: Frame): Label<string>[] {
    const rankOf = ({ id, sent, received }: GraphNode) =>
      (id === selected ? 1e15 : 0) +
      (focus?.nodes.has(id) ? 1e12 : 0) +
      (this.#shown.has(id) ? 1e9 : 0) +
      sent +
      received;
    const isFew = focus !== undefined && focus.nodes.size <= 12;
    return graph.nodes
      .map((node) => ({ node, at: layout.node(node.id), rank: rankOf(node) }))
      .filter((entry) => entry.at !== undefined && !isOutside(entry.at, view))
      .sort((a, b) => b.rank - a.rank)
      .map(({ node, at }) => {
        const width = this.#widthOf(node.label);
        return {
          owner: node.id,
          text: node.label,
          spots: at === undefined ? [] : spotsAround(at, view, width),
          width,
          isForced: node.id === selected || (isFew && focus?.nodes.has(node.id) === true),
        };
      });
  }

  #widthOf(text: string): number {
    let width = this.#textWidths.get(text);
    if (width === undefined) {
      width = this.#context.measureText(text).width;
      this.#textWidths.set(text, width);
    }
    return width;
  }
}

function fillOf({ kind, isOnline }: GraphNode): keyof Colors {
  if (kind === "topic" || kind === "everyone") return "--graph-topic";
  return isOnline ? "--graph-online" : "--graph-offline";
}

/** Instances are round, topics are diamonds, what else there is is square. */
function traceShape(
  context: CanvasRenderingContext2D,
  { kind }: GraphNode,
  { x, y, radius }: LayoutNode,
  grow: number,
): void {
  const r = radius + grow;
  context.beginPath();
  if (kind === "instance") context.arc(x, y, r, 0, 2 * Math.PI);
  else if (kind === "topic") {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.closePath();
  } else context.roundRect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6, 3);
}

/** Below a node, above it, to its right and left. */
function spotsAround({ x, y, radius }: LayoutNode, view: View, width: number): Spot[] {
  const [sx, sy, r] = [x * view.k + view.x, y * view.k + view.y, radius * view.k];
  const beside = r + width / 2 + 5;
  return [
    { x: sx, y: sy + r + 3 },
    { x: sx, y: sy - r - LABEL_HEIGHT - 3 },
    { x: sx + beside, y: sy - LABEL_HEIGHT / 2 },
    { x: sx - beside, y: sy - LABEL_HEIGHT / 2 },
  ];
}

function obstaclesOf(frame: Frame): (Box & { owner: string })[] {
  const { layout, view } = frame;
  const nodes = layout.nodes
    .filter((node) => !isOutside(node, view))
    .map(({ id, x, y, radius }) => {
      const [sx, sy, r] = [x * view.k + view.x, y * view.k + view.y, radius * view.k];
      return { owner: id, left: sx - r, right: sx + r, top: sy - r, bottom: sy + r };
    });
  return [...namesOfGroups(frame), ...nodes];
}
