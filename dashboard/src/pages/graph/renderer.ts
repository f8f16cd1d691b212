/** Draws one frame of the graph: memberships, arrows, dots, nodes, names. */
import type { WaitArrow } from "../../models/graph-waits.ts";
import type { Graph, GraphNode } from "../../models/traffic-graph.ts";
import { type Arrow, type Arrows, headLengthOf } from "./arrows.ts";
import type { Colors } from "./colors.ts";
import type { Focus } from "./focus.ts";
import { type Curve, pointOn, traceBent } from "./geometry.ts";
import { type Box, LABEL_HEIGHT, type Label, placeLabels, type Spot } from "./labels.ts";
import type { Cluster, GraphLayout, LayoutNode } from "./layout.ts";

/** CSS px on the screen = coordinate × k + x or y. */
export interface View {
  x: number;
  y: number;
  k: number;
  width: number;
  height: number;
  /** Device pixels per CSS px. */
  ratio: number;
}

export interface Frame {
  graph: Graph;
  layout: GraphLayout;
  arrows: Arrows;
  view: View;
  colors: Colors;
  focus: Focus | undefined;
  /** Ringed. */
  selected: string | undefined;
  pinned: { has(id: string): boolean };
  dots: readonly { key: string; color: string; progress: number }[];
  /** Who waits for whom, where that is shown. */
  waits: readonly WaitArrow[];
  clusters: readonly Cluster[];
}

const FONT = "500 12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const GROUP_FONT = FONT.replace("500 12px", "650 13px");
const DIM = 0.13;
/** Under who waits for whom, who wrote to whom is only a ground. */
const GROUND = 0.22;
/** To the other side than arrows of messages, which these would cover. */
const WAIT_BEND = -0.24;
const GROUP_LABEL_HEIGHT = 18;

export class GraphRenderer {
  readonly #context: CanvasRenderingContext2D;
  readonly #curve: Curve = { x0: 0, y0: 0, cx: 0, cy: 0, x1: 0, y1: 0 };
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
    this.#drawClusters(frame);
    this.#drawMemberships(frame);
    this.#drawArrows(frame);
    this.#drawDots(frame);
    this.#drawWaits(frame);
    this.#drawNodes(frame);
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    this.#drawGroupNames(frame);
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

  /** From who waits to who owes, by age; of a ring whole and thick, otherwise dashed. */
  #drawWaits({ layout, view, colors, focus, waits }: Frame): void {
    const context = this.#context;
    for (const { from, to, age, isInRing } of waits) {
      const [source, target] = [layout.node(from), layout.node(to)];
      if (source === undefined || target === undefined) continue;
      const width = Math.max(isInRing ? 4 : 2, (isInRing ? 2.5 : 1.2) / view.k);
      const curve = traceBent(source, target, WAIT_BEND, headLengthOf(width), this.#curve);
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

  #drawClusters({ clusters, view, colors }: Frame): void {
    const context = this.#context;
    context.strokeStyle = colors["--graph-group"];
    context.fillStyle = colors["--graph-group"];
    context.lineWidth = 1.5 / view.k;
    for (const { x, y, radius } of clusters) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.globalAlpha = 0.25;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
  }

  /** Above their circles. */
  #drawGroupNames({ clusters, view, colors }: Frame): void {
    const context = this.#context;
    context.font = GROUP_FONT;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = colors["--graph-ground"];
    context.fillStyle = colors["--graph-label"];
    context.globalAlpha = 1;
    for (const cluster of clusters) {
      const { x, top } = nameSpotOf(cluster, view);
      context.strokeText(groupLabel(cluster), x, top);
      context.fillText(groupLabel(cluster), x, top);
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
    context.font = FONT;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = colors["--graph-ground"];
    context.fillStyle = colors["--graph-label"];
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

const WAIT_COLORS = ["--graph-wait-0", "--graph-wait-1", "--graph-wait-2", "--graph-wait-3"] as const;

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

function addHead(path: Path2D, { cx, cy, x1, y1 }: Curve, width: number): void {
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

function isOutside({ x, y, radius }: LayoutNode, { k, x: left, y: top, width, height }: View): boolean {
  const reach = (radius + 24) * Math.max(k, 1);
  const [sx, sy] = [x * k + left, y * k + top];
  return sx < -reach || sy < -reach || sx > width + reach || sy > height + reach;
}

function isVisible({ x0, y0, cx, cy, x1, y1 }: Curve, { k, x, y, width, height }: View): boolean {
  return (
    Math.max(x0, cx, x1) * k + x > -10 &&
    Math.max(y0, cy, y1) * k + y > -10 &&
    Math.min(x0, cx, x1) * k + x < width + 10 &&
    Math.min(y0, cy, y1) * k + y < height + 10
  );
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

function groupLabel({ name, count }: Cluster): string {
  return `${name} (${count})`;
}

function nameSpotOf({ x, y, radius }: Cluster, view: View): { x: number; top: number } {
  return { x: x * view.k + view.x, top: (y - radius) * view.k + view.y - GROUP_LABEL_HEIGHT };
}

/** Nodes, and the names of groups. */
function obstaclesOf({ layout, view, clusters }: Frame): (Box & { owner: string })[] {
  const names = clusters.map((cluster) => {
    const { x, top } = nameSpotOf(cluster, view);
    const half = groupLabel(cluster).length * 4;
    return { owner: `group ${cluster.name}`, left: x - half, right: x + half, top, bottom: top + GROUP_LABEL_HEIGHT };
  });
  const nodes = layout.nodes
    .filter((node) => !isOutside(node, view))
    .map(({ id, x, y, radius }) => {
      const [sx, sy, r] = [x * view.k + view.x, y * view.k + view.y, radius * view.k];
      return { owner: id, left: sx - r, right: sx + r, top: sy - r, bottom: sy + r };
    });
  return [...names, ...nodes];
}
