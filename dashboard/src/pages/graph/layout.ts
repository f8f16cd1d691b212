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
/** How strongly a group is held together, and how little ties between groups pull then. */
const GROUP_PULL = 0.3;
const BETWEEN_GROUPS = 0.02;
/** Room for one node of a group, and between groups. */
const NODE_ROOM = 76;
const GROUP_GAP = 90;
/** For the name of a group, above it. */
const NAME_ROOM = 36;

/** Nodes that stand together. */
export interface Cluster extends Point {
  name: string;
  radius: number;
  count: number;
}

export class GraphLayout {
  nodes: LayoutNode[] = [];
  readonly #byId = new Map<string, LayoutNode>();
  readonly #links: ForceLink<LayoutNode, TieOfNodes>;
  readonly #simulation: Simulation<LayoutNode, TieOfNodes>;
  #shape = "";
  #groups: ReadonlyMap<string, string> = new Map();
  #centres: ReadonlyMap<string, Point> = new Map();
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
      // Towards the middle, and what is in a group towards the place of that.
      .force(
        "x",
        forceX<LayoutNode>((node) => this.#centreOf(node)?.x ?? 0).strength((node) =>
          this.#centreOf(node) === undefined ? 0.05 : GROUP_PULL,
        ),
      )
      .force(
        "y",
        forceY<LayoutNode>((node) => this.#centreOf(node)?.y ?? 0).strength((node) =>
          this.#centreOf(node) === undefined ? 0.07 : GROUP_PULL,
        ),
      );
  }

  /** Where a node's group is; undefined without one. */
  #centreOf({ id }: LayoutNode): Point | undefined {
    return this.#centres.get(this.#groups.get(id) ?? "");
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
    groups: ReadonlyMap<string, string> = new Map(),
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
    const grouping = [...groups].join(";");
    const shape = grouping + [...ids].sort().join() + ties.map(({ source, target }) => `${source}>${target}`).join();
    if (shape === this.#shape) return;
    const isRegrouped = [...this.#groups].join(";") !== grouping;
    this.#shape = shape;
    this.#groups = groups;
    this.#centres = centresOf(groups);
    // A force asks for its centres and strengths when it is given its nodes.
    this.#simulation.nodes(this.nodes);
    this.#links.links(ties.map((tie) => ({ ...tie })));
    const degrees = countDegrees(ties);
    this.#links.strength((tie) => strengthOf(tie, degrees) * this.#closeness(tie));
    this.stir(isFirst || isRegrouped ? 1 : STIR);
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

  /** Out of a group a tie hardly pulls: it would draw them into one heap. */
  #closeness({ source, target }: TieOfNodes): number {
    return this.#groups.get(idOf(source)) === this.#groups.get(idOf(target)) ? 1 : BETWEEN_GROUPS;
  }

  /** Where each group is by now: what holds all of its nodes. */
  clusters(): Cluster[] {
    const members = Map.groupBy(
      this.nodes.filter(({ id }) => this.#groups.has(id)),
      ({ id }) => this.#groups.get(id) ?? "",
    );
    return [...members].map(([name, nodes]) => {
      const x = nodes.reduce((sum, node) => sum + node.x, 0) / nodes.length;
      const y = nodes.reduce((sum, node) => sum + node.y, 0) / nodes.length;
      const radius = Math.max(...nodes.map((node) => Math.hypot(node.x - x, node.y - y) + node.radius)) + 14;
      return { name, x, y, radius, count: nodes.length };
    });
  }

  /** What holds all nodes, and groups with their names; undefined without any. */
  bounds(): Box | undefined {
    if (this.nodes.length === 0) return undefined;
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    const include = ({ x, y, radius }: Point & { radius: number }, above = 0) => {
      box.left = Math.min(box.left, x - radius);
      box.right = Math.max(box.right, x + radius);
      box.top = Math.min(box.top, y - radius - above);
      box.bottom = Math.max(box.bottom, y + radius);
    };
    for (const node of this.nodes) include(node);
    for (const cluster of this.clusters()) include(cluster, NAME_ROOM);
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

/** Places for groups, the largest in the middle and the others round it, so far apart that none needs another's room. */
function centresOf(groups: ReadonlyMap<string, string>): ReadonlyMap<string, Point> {
  const counts = new Map<string, number>();
  for (const group of groups.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const placed: (Point & { name: string; radius: number })[] = [];
  for (const [name, count] of sorted) {
    const radius = (NODE_ROOM * Math.sqrt(count)) / 2 + GROUP_GAP / 2;
    placed.push({ name, radius, ...freeSpot(placed, radius) });
  }
  return new Map(placed.map(({ name, x, y }) => [name, { x, y }]));
}

/** The first place of a spiral that meets no circle. */
function freeSpot(placed: readonly (Point & { radius: number })[], radius: number): Point {
  for (let step = 0; ; step++) {
    const [angle, distance] = [step * 0.5, step * 12];
    const spot = { x: distance * Math.cos(angle) * 1.3, y: distance * Math.sin(angle) };
    if (placed.every(({ x, y, radius: other }) => Math.hypot(x - spot.x, y - spot.y) >= radius + other)) return spot;
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
