import { edgeKey, type Graph, type GraphEdge } from "../../models/traffic-graph.ts";

/** What is pointed at or chosen. Everything that has nothing to do with it is dimmed. */
export interface Focus {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
}

/** What ties nodes to each other, by messages or otherwise. */
export interface Linked {
  edges: readonly Pick<GraphEdge, "from" | "to" | "key">[];
  memberships: Graph["memberships"];
}

/** What belongs to a node: itself, its neighbours, and the arrows between. */
export function focusOn(graph: Linked, id: string): Focus {
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
export function focusOnEdge(from: string, to: string): Focus {
  return { nodes: new Set([from, to]), edges: new Set([edgeKey(from, to)]) };
}

/** Nodes that were searched for, and the arrows between them. */
export function focusOnMany(graph: Graph, ids: ReadonlySet<string>): Focus {
  const between = graph.edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  return { nodes: ids, edges: new Set(between.map(({ key }) => key)) };
}
