/** The canvas at work: pan, zoom, drag, point and click, and frames only while something moves. */
import { type D3DragEvent, drag } from "d3-drag";
import { select } from "d3-selection";
import { type D3ZoomEvent, zoom } from "d3-zoom";
import type { WaitArrow } from "../../models/graph-waits.ts";
import type { Arrival } from "../../models/traffic.ts";
import { edgeKey, type Graph } from "../../models/traffic-graph.ts";
import { Arrows } from "./arrows.ts";
import { Camera, MAX_ZOOM, MIN_ZOOM } from "./camera.ts";
import type { Colors } from "./colors.ts";
import { chooseFocus, type Focus } from "./focus.ts";
import { radiusOf } from "./geometry.ts";
import { GraphLayout, type Point } from "./layout.ts";
import { Pulses } from "./pulses.ts";
import { GraphRenderer } from "./renderer.ts";
import type { Hover, StageOptions } from "./stage-options.ts";
import { tiesOf } from "./ties.ts";

/** How near the pointer must come to an arrow or a rim, CSS px. */
const SLACK = 6;
const CLICK_DISTANCE = 4;
/** Of one frame, spent on settling unseen. */
const CALM_MS = 12;

interface Grip {
  id: string;
  x: number;
  y: number;
  /** From the pointer to the node's middle. */
  dx: number;
  dy: number;
}

export class GraphStage {
  readonly #options: StageOptions;
  readonly #layout = new GraphLayout();
  readonly #renderer: GraphRenderer;
  readonly #pulses = new Pulses();
  readonly #camera = new Camera();
  readonly #pins: Map<string, Point>;
  readonly #zoom = zoom<HTMLCanvasElement, unknown>().scaleExtent([MIN_ZOOM, MAX_ZOOM]).duration(0);
  #colors: Colors;
  #pulseColors: StageOptions["pulseColors"];
  #graph: Graph = { nodes: [], edges: [], memberships: [] };
  #arrows = new Arrows({ edges: [] });
  #hovered: Hover | null = null;
  #selected = { node: "", to: "" };
  #waits: readonly WaitArrow[] = [];
  #found: ReadonlySet<string> | undefined;
  #focus: Focus | undefined;
  #isDragging = false;
  #isStale = true;
  #frame = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    this.#colors = options.colors;
    this.#pulseColors = options.pulseColors;
    this.#pins = new Map(options.pins);
    const context = options.canvas.getContext("2d");
    if (context === null) throw new Error("This browser draws no 2d canvas.");
    this.#renderer = new GraphRenderer(context);
    this.#listen();
  }

  /** `groups`: the group of each node that has one. */
  show(graph: Graph, groups: ReadonlyMap<string, string>): void {
    this.#graph = graph;
    this.#arrows = new Arrows(graph);
    const nodes = graph.nodes.map(({ id, sent, received }) => ({ id, radius: radiusOf(sent + received) }));
    this.#layout.update(nodes, tiesOf(graph), this.#pins, groups);
    this.#renewHover();
    this.#refocus();
  }

  showWaits(waits: readonly WaitArrow[]): void {
    this.#waits = waits;
    this.#refocus();
  }

  select(node: string, to: string): void {
    this.#selected = { node, to };
    this.#refocus();
  }

  /** Lights up some nodes; undefined ends it. */
  find(ids: ReadonlySet<string> | undefined): void {
    this.#found = ids;
    this.#refocus();
  }

  pulse(arrivals: readonly Arrival[]): void {
    if (this.#options.isCalm || document.hidden) return;
    const now = performance.now();
    for (const { from, to, type } of arrivals) this.#pulses.add(edgeKey(from, to), this.#pulseColors[type], now);
    this.#requestFrame();
  }

  recolor(colors: Colors, pulseColors: StageOptions["pulseColors"]): void {
    this.#colors = colors;
    this.#pulseColors = pulseColors;
    this.#redraw();
  }

  /** CSS px. */
  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = this.#options;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.#camera.resize(width, height, ratio);
    // Drawn at once: a canvas is empty after its size has changed, and would flicker until the next frame.
    this.#draw(performance.now());
  }

  zoomBy(factor: number): void {
    this.#camera.isFollowing = false;
    this.#zoom.scaleBy(select(this.#options.canvas), factor);
  }

  /** All of the graph in view, from now on. */
  fit(): void {
    this.#camera.isFollowing = true;
    this.#redraw();
  }

  unpinAll(): void {
    for (const id of this.#pins.keys()) this.#layout.release(id);
    this.#pins.clear();
    this.#options.onPin(this.#pins);
    this.#layout.stir();
    this.#redraw();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    select(this.#options.canvas).on(".zoom", null).on(".drag", null).on(".stage", null);
  }

  #listen(): void {
    const selection = select(this.#options.canvas);
    // The drag comes first: where it finds a node, the zoom hears nothing.
    selection.call(
      drag<HTMLCanvasElement, unknown, Grip>()
        .clickDistance(CLICK_DISTANCE)
        // Without a subject there is no drag, whatever the types say.
        .subject(({ x, y }) => this.#gripAt({ x, y }) as Grip)
        .on("start", () => {
          this.#isDragging = true;
        })
        .on("drag", (event) => this.#dragTo(event))
        .on("end", (event) => this.#drop(event)),
    );
    selection
      .call(this.#zoom.on("zoom", (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => this.#onZoom(event)))
      .on("dblclick.zoom", null)
      .on("pointermove.stage", (event: PointerEvent) => this.#point(event))
      .on("pointerleave.stage", () => this.#hover(null))
      .on("click.stage", () => this.#click())
      .on("dblclick.stage", () => this.#unpin());
  }

  #gripAt(at: Point): Grip | undefined {
    const point = this.#camera.toLayout(at);
    const node = this.#layout.nodeAt(point, SLACK / this.#camera.view.k);
    return node && { id: node.id, ...at, dx: node.x - point.x, dy: node.y - point.y };
  }

  #dragTo({ subject, x, y }: D3DragEvent<HTMLCanvasElement, unknown, Grip>): void {
    if (Math.hypot(x - subject.x, y - subject.y) <= CLICK_DISTANCE && !this.#pins.has(subject.id)) return;
    // All of it in view again and again would move the graph under the hand.
    this.#camera.isFollowing = false;
    const point = this.#camera.toLayout({ x, y });
    const place = { x: point.x + subject.dx, y: point.y + subject.dy };
    this.#layout.hold(subject.id, place);
    this.#pins.set(subject.id, place);
    if (!this.#options.isCalm) this.#layout.stir(0.25);
    this.#redraw();
  }

  #drop({ subject }: D3DragEvent<HTMLCanvasElement, unknown, Grip>): void {
    this.#isDragging = false;
    if (this.#pins.has(subject.id)) this.#options.onPin(this.#pins);
  }

  #unpin(): void {
    const id = this.#hovered?.node?.id;
    if (id === undefined || !this.#pins.delete(id)) return;
    this.#layout.release(id);
    this.#options.onPin(this.#pins);
    this.#layout.stir();
    this.#redraw();
  }

  #onZoom({ transform, sourceEvent }: D3ZoomEvent<HTMLCanvasElement, unknown>): void {
    if (sourceEvent) this.#camera.isFollowing = false;
    this.#camera.move(transform);
    this.#redraw();
  }

  #point({ offsetX, offsetY }: PointerEvent): void {
    if (this.#isDragging) return;
    const at = { x: offsetX, y: offsetY };
    const point = this.#camera.toLayout(at);
    const slack = SLACK / this.#camera.view.k;
    const id = this.#layout.nodeAt(point, slack / 2)?.id;
    const node = this.#graph.nodes.find((one) => one.id === id);
    const arrow = node ? undefined : this.#arrows.at(point, slack, this.#layout);
    this.#hover(node ? { node, ...at } : arrow ? { arrow, ...at } : null);
  }

  #hover(hover: Hover | null): void {
    const isSame = keyOf(hover) === keyOf(this.#hovered);
    this.#hovered = hover;
    this.#options.canvas.style.cursor = hover ? "pointer" : "grab";
    this.#options.onHover(hover);
    if (!isSame) this.#refocus();
  }

  /** What the pointer is on has new counts, or is gone. */
  #renewHover(): void {
    const hover = this.#hovered;
    if (hover === null) return;
    const node = this.#graph.nodes.find(({ id }) => id === hover.node?.id);
    const arrow = hover.arrow && this.#arrows.get(hover.arrow.key);
    const at = { x: hover.x, y: hover.y };
    this.#hovered = node ? { node, ...at } : arrow ? { arrow, ...at } : null;
    this.#options.onHover(this.#hovered);
  }

  #click(): void {
    const hover = this.#hovered;
    if (hover?.node) this.#options.onSelect(hover.node.id);
    else if (hover?.arrow) this.#options.onSelect(hover.arrow.from, hover.arrow.to);
    else this.#options.onSelect("");
  }

  #refocus(): void {
    const selected = this.#layout.node(this.#selected.node) === undefined ? undefined : this.#selected;
    this.#focus = chooseFocus(this.#graph, this.#waits, { hovered: this.#hovered, found: this.#found, selected });
    this.#redraw();
  }

  #redraw(): void {
    this.#isStale = true;
    this.#requestFrame();
  }

  #requestFrame(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#onFrame(now));
  }

  #onFrame(now: number): void {
    this.#frame = 0;
    const hasMoved = this.#options.isCalm ? this.#settle(now) : this.#layout.step();
    if (hasMoved || this.#isStale || !this.#pulses.isEmpty) this.#draw(now);
    if (!this.#layout.isSettled || !this.#pulses.isEmpty) this.#requestFrame();
  }

  /** Some steps, unseen. True when the last was done. */
  #settle(now: number): boolean {
    if (this.#layout.isSettled) return false;
    while (this.#layout.step()) if (performance.now() - now > CALM_MS) return false;
    return true;
  }

  #draw(now: number): void {
    if (this.#options.isCalm && !this.#layout.isSettled && !this.#isDragging) return;
    if (this.#camera.isFollowing) this.#follow();
    this.#renderer.draw({
      graph: this.#graph,
      layout: this.#layout,
      arrows: this.#arrows,
      view: this.#camera.view,
      colors: this.#colors,
      focus: this.#focus,
      selected: this.#selected.to === "" ? this.#selected.node : undefined,
      pinned: this.#pins,
      dots: this.#pulses.at(now),
      waits: this.#waits,
      clusters: this.#layout.clusters(),
    });
    this.#isStale = false;
  }

  #follow(): void {
    const transform = this.#camera.fit(this.#layout.bounds());
    // Where d3 goes on from when somebody zooms; its own event would ask for another frame.
    if (transform) Object.assign(this.#options.canvas, { __zoom: transform });
  }
}

function keyOf(hover: Hover | null): string | undefined {
  return hover?.node?.id ?? hover?.arrow?.key;
}
