/** What of the graph is lit, and what is dimmed. */
import type { WaitArrow } from "../../models/graph-waits.ts";
import { edgeKey, type Graph, type GraphEdge } from "../../models/traffic-graph.ts";
import type { Hover } from "./stage-options.ts";

/** What is pointed at or chosen. Everything that has nothing to do with it is dimmed. */
export interface Focus {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
}

/** What ties nodes to each other, by messages or otherwise. */
interface Linked {
  edges: readonly Pick<GraphEdge, "from" | "to" | "key">[];
  memberships: Graph["memberships"];
}

/** What somebody looks at. What is pointed at comes before what was searched for, and that before what was chosen. */
export interface Attention {
  hovered: Hover | null;
  found: ReadonlySet<string> | undefined;
  /** `to`: the other end of an arrow, "" for the node alone. Undefined where it is not in the graph. */
  selected: { node: string; to: string } | undefined;
}

/** Undefined where nobody looks at anything in particular. */
export function chooseFocus(graph: Graph, waits: readonly WaitArrow[], attention: Attention): Focus | undefined {
  const { hovered, found, selected } = attention;
  // Whoever waits for a node belongs to it, whether or not they wrote.
  const linked = { edges: [...graph.edges, ...waits], memberships: graph.memberships };
  if (hovered?.node) return focusOn(linked, hovered.node.id);
  if (hovered?.arrow) return focusOnEdge(hovered.arrow.from, hovered.arrow.to);
  if (found !== undefined) return focusOnMany(graph, found);
  if (selected === undefined) return undefined;
  return selected.to === "" ? focusOn(linked, selected.node) : focusOnEdge(selected.node, selected.to);
}

/** What belongs to a node: itself, its neighbours, and the arrows between. */
function focusOn(graph: Linked, id: string): Focus {
  const nodes = new Set([id]);
  const edges = new Set<string>();
  for (const edge of graph.edges) {
    if (edge.from !== id && edge.to !== id) continue;
    nodes.add(edge.from).add(edge.to);
    edges.add(edge.key);
  }
  for (const { instanceId, topicId } of graph.memberships) {
    if (instanceId === id) nodes.add(topicId);
    if (topicId === id) nodes.add(instanceId);
  }
  return { nodes, edges };
}

/** What belongs to an arrow: its ends and the way back. */
function focusOnEdge(from: string, to: string): Focus {
  return { nodes: new Set([from, to]), edges: new Set([edgeKey(from, to)]) };
}

/** Nodes that were searched for, and the arrows between them. */
function focusOnMany(graph: Graph, ids: ReadonlySet<string>): Focus {
  const between = graph.edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  return { nodes: ids, edges: new Set(between.map(({ key }) => key)) };
}
