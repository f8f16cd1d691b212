/** What one picture of the graph is drawn from. */
import type { WaitArrow } from "../../models/graph-waits.ts";
import type { Graph } from "../../models/traffic-graph.ts";
import type { Arrows } from "./arrows.ts";
import type { Colors } from "./colors.ts";
import type { Focus } from "./focus.ts";
import type { Cluster, GraphLayout } from "./layout.ts";

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

/** How much is left of what has nothing to do with the focus. */
export const DIM = 0.13;
