/** Where the nodes are: a force simulation that runs only while something is to settle, pins, and what is under a point. */
import {
  type ForceLink,
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
} from "d3-force";
import { type Quadtree, quadtree } from "d3-quadtree";
import type { Box } from "./labels.ts";
import type { Tie } from "./ties.ts";

export interface LayoutNode {
  id: string;
  radius: number;
  x: number;
  y: number;
  /** Where it is held: pinned or dragged. */
  fx?: number | null;
  fy?: number | null;
}

export interface Point {
  x: number;
  y: number;
}

interface TieOfNodes {
  source: LayoutNode | string;
  target: LayoutNode | string;
  isLoose: boolean;
}

/** Below this the nodes move less than a pixel. */
const SETTLED = 0.012;
/** How much a change of the graph shakes what has settled. */
const STIR = 0.35;
const TIE_LENGTH = 120;

export class GraphLayout {
  nodes: LayoutNode[] = [];
  readonly #byId = new Map<string, LayoutNode>();
  readonly #links: ForceLink<LayoutNode, TieOfNodes>;
  readonly #simulation: Simulation<LayoutNode, TieOfNodes>;
  #shape = "";
  #tree: Quadtree<LayoutNode> | undefined;

  constructor() {
    this.#links = forceLink<LayoutNode, TieOfNodes>()
      .id((node) => node.id)
      .distance(({ isLoose }) => (isLoose ? TIE_LENGTH * 0.8 : TIE_LENGTH));
    // Its own timer would run on; the caller asks for each step instead.
    this.#simulation = forceSimulation<LayoutNode>()
      .stop()
      .alphaDecay(0.028)
      .alphaMin(SETTLED)
      .velocityDecay(0.45)
      .force("ties", this.#links)
      .force("apart", forceManyBody<LayoutNode>().strength(-480).distanceMax(650).theta(1))
      .force(
        "room",
        forceCollide<LayoutNode>((node) => node.radius + 9),
      )
      .force("x", forceX<LayoutNode>().strength(0.05))
      .force("y", forceY<LayoutNode>().strength(0.07));
  }

  get isSettled(): boolean {
    return this.#simulation.alpha() < SETTLED;
  }

  node(id: string): LayoutNode | undefined {
    return this.#byId.get(id);
  }

  /** Takes the graph as it is now. What stays keeps its place; only new or missing nodes and ties set it in motion. */
  update(
    nodes: readonly { id: string; radius: number }[],
    ties: readonly Tie[],
    pins: ReadonlyMap<string, Point>,
  ): void {
    const isFirst = this.nodes.length === 0;
    const ids = new Set(nodes.map(({ id }) => id));
    for (const id of this.#byId.keys()) if (!ids.has(id)) this.#byId.delete(id);
    this.nodes = nodes.map(({ id, radius }) => {
      const node = this.#byId.get(id) ?? this.#addNode(id, radius, ties);
      node.radius = radius;
      const pin = pins.get(id);
      if (pin) this.hold(id, pin);
      else this.release(id);
      return node;
    });
    const shape = [...ids].sort().join() + ties.map(({ source, target }) => `${source}>${target}`).join();
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#simulation.nodes(this.nodes);
    this.#links.links(ties.map((tie) => ({ ...tie })));
    const degrees = countDegrees(ties);
    this.#links.strength((tie) => strengthOf(tie, degrees));
    this.stir(isFirst ? 1 : STIR);
  }

  /** Moves everything one step. False when it has settled and did not move. */
  step(): boolean {
    if (this.isSettled) return false;
    this.#simulation.tick();
    this.#tree = undefined;
    return true;
  }

  stir(alpha = STIR): void {
    this.#simulation.alpha(Math.max(alpha, this.#simulation.alpha()));
  }

  hold(id: string, { x, y }: Point): void {
    const node = this.#byId.get(id);
    if (node === undefined) return;
    // A node that is held moves there at the next step; without one, as in reduced motion, it is there at once.
    Object.assign(node, { fx: x, fy: y, x, y });
    this.#tree = undefined;
  }

  release(id: string): void {
    const node = this.#byId.get(id);
    if (node) Object.assign(node, { fx: null, fy: null });
  }

  /** The node under a point, or within `slack` of it. */
  nodeAt(point: Point, slack: number): LayoutNode | undefined {
    this.#tree ??= quadtree<LayoutNode>()
      .x((node) => node.x)
      .y((node) => node.y)
      .addAll(this.nodes);
    const reach = Math.max(0, ...this.nodes.map(({ radius }) => radius)) + slack;
    const node = this.#tree.find(point.x, point.y, reach);
    if (node === undefined) return undefined;
    return Math.hypot(node.x - point.x, node.y - point.y) <= node.radius + slack ? node : undefined;
  }

  /** What holds all nodes; undefined without any. */
  bounds(): Box | undefined {
    if (this.nodes.length === 0) return undefined;
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const { x, y, radius } of this.nodes) {
      box.left = Math.min(box.left, x - radius);
      box.right = Math.max(box.right, x + radius);
      box.top = Math.min(box.top, y - radius);
      box.bottom = Math.max(box.bottom, y + radius);
    }
    return box;
  }

  /** A new node begins beside one it is tied to, so that it does not cross the view. */
  #addNode(id: string, radius: number, ties: readonly Tie[]): LayoutNode {
    const tie = ties.find(({ source, target }) =>
      source === id ? this.#byId.has(target) : target === id && this.#byId.has(source),
    );
    const neighbour = tie && this.#byId.get(tie.source === id ? tie.target : tie.source);
    const angle = this.#byId.size * 2.4;
    const distance = neighbour ? 60 : 14 * Math.sqrt(this.#byId.size + 0.5);
    const node = {
      id,
      radius,
      x: (neighbour?.x ?? 0) + distance * Math.cos(angle),
      y: (neighbour?.y ?? 0) + distance * Math.sin(angle),
    };
    this.#byId.set(id, node);
    return node;
  }
}

/** As d3's own: a tie pulls less on a node that has many. */
function strengthOf(tie: TieOfNodes, degrees: ReadonlyMap<string, number>): number {
  const degree = Math.min(degrees.get(idOf(tie.source)) ?? 1, degrees.get(idOf(tie.target)) ?? 1);
  return (tie.isLoose ? 0.35 : 1) / degree;
}

function idOf(end: LayoutNode | string): string {
  return typeof end === "string" ? end : end.id;
}

function countDegrees(ties: readonly Tie[]): Map<string, number> {
  const degrees = new Map<string, number>();
  for (const { source, target } of ties) {
    for (const id of [source, target]) degrees.set(id, (degrees.get(id) ?? 0) + 1);
  }
  return degrees;
}
