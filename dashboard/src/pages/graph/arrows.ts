/** The arrows of a graph: how thick each is, where it runs, and which one is under a point. */
import type { Graph, GraphEdge } from "../../models/traffic-graph.ts";
import { type Curve, distanceTo, traceArrow, widthOf } from "./geometry.ts";
import type { GraphLayout, Point } from "./layout.ts";

export interface Arrow extends GraphEdge {
  width: number;
}

export class Arrows {
  readonly all: readonly Arrow[];
  readonly #byKey: ReadonlyMap<string, Arrow>;
  readonly #curve: Curve = { x0: 0, y0: 0, cx: 0, cy: 0, x1: 0, y1: 0 };

  constructor({ edges }: Pick<Graph, "edges">) {
    this.all = edges.map((edge) => ({ ...edge, width: widthOf(edge.messages) }));
    this.#byKey = new Map(this.all.map((arrow) => [arrow.key, arrow]));
  }

  get(key: string): Arrow | undefined {
    return this.#byKey.get(key);
  }

  /** Where an arrow runs; undefined where an end has no place. The curve is good until the next call. */
  trace(arrow: Arrow, layout: GraphLayout): Curve | undefined {
    const from = layout.node(arrow.from);
    const to = layout.node(arrow.to);
    return from && to && traceArrow(from, to, arrow.isMutual, headLengthOf(arrow.width), this.#curve);
  }

  /** The nearest arrow within `slack` of a point. */
  at({ x, y }: Point, slack: number, layout: GraphLayout): Arrow | undefined {
    let nearest: Arrow | undefined;
    let least = slack;
    for (const arrow of this.all) {
      const curve = this.trace(arrow, layout);
      if (curve === undefined || !isNear(curve, x, y, slack + arrow.width)) continue;
      const distance = Math.max(0, distanceTo(curve, x, y) - arrow.width / 2);
      if (distance >= least) continue;
      least = distance;
      nearest = arrow;
    }
    return nearest;
  }
}

export function headLengthOf(width: number): number {
  return 5 + width * 1.5;
}

function isNear({ x0, y0, cx, cy, x1, y1 }: Curve, x: number, y: number, slack: number): boolean {
  return (
    x > Math.min(x0, cx, x1) - slack &&
    x < Math.max(x0, cx, x1) + slack &&
    y > Math.min(y0, cy, y1) - slack &&
    y < Math.max(y0, cy, y1) + slack
  );
}
