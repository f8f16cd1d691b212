import { edgeKey, type Graph } from "../../models/traffic-graph.ts";

/** That two nodes belong near each other. */
export interface Tie {
  source: string;
  target: string;
  isLoose: boolean;
}

/** One tie for each pair, however many directions and memberships it has. */
export function tiesOf({ edges, memberships }: Pick<Graph, "edges" | "memberships">): Tie[] {
  const ties = new Map<string, Tie>();
  for (const { from, to } of edges) {
    const [source, target] = from < to ? [from, to] : [to, from];
    ties.set(edgeKey(source, target), { source, target, isLoose: false });
  }
  for (const { instanceId, topicId } of memberships) {
    const [source, target] = instanceId < topicId ? [instanceId, topicId] : [topicId, instanceId];
    const key = edgeKey(source, target);
    if (!ties.has(key)) ties.set(key, { source, target, isLoose: true });
  }
  return [...ties.values()].sort((a, b) => (edgeKey(a.source, a.target) < edgeKey(b.source, b.target) ? -1 : 1));
}
