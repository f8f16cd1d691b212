/** What the canvas is given, and what it says of the pointer. */
import type { Arrival } from "../../models/traffic.ts";
import type { GraphNode } from "../../models/traffic-graph.ts";
import type { Arrow } from "./arrows.ts";
import type { Colors } from "./colors.ts";
import type { Point } from "./layout.ts";

/** What the pointer is on; `x` and `y` in CSS px from the canvas's corner. */
export type Hover = ({ node: GraphNode; arrow?: never } | { arrow: Arrow; node?: never }) & Point;

export interface StageOptions {
  canvas: HTMLCanvasElement;
  colors: Colors;
  pulseColors: Readonly<Record<Arrival["type"], string>>;
  /** By node. */
  pins: ReadonlyMap<string, Point>;
  /** No pulses; what moves by itself is shown at its end only. */
  isCalm: boolean;
  onHover(hover: Hover | null): void;
  onSelect(node: string, to?: string): void;
  onPin(pins: ReadonlyMap<string, Point>): void;
}
