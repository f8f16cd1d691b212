/** Who is there and who wrote to whom, as nodes and edges. */
import type { Traffic } from "../../../shared/history.ts";
import { partialOf } from "../../../shared/id-parts.ts";
import type { InstanceInfo } from "../../../shared/message.ts";

export type NodeKind = "instance" | "topic" | "everyone" | "rest";

export interface GraphNode {
  /** An instance id, `topic:<name>`, `broadcast`, or `dashboard` for what entered by REST. */
  id: string;
  kind: NodeKind;
  /** Short, for the canvas. */
  label: string;
  isOnline: boolean;
  role: string | undefined;
  isPaused: boolean;
  queueDepth: number;
  /** Messages of the span. */
  sent: number;
  received: number;
}

export interface GraphEdge {
  key: string;
  from: string;
  to: string;
  messages: number;
  /** Whether the other direction has traffic too. */
  isMutual: boolean;
}

/** That an instance is in a topic. */
export interface Membership {
  instanceId: string;
  topicId: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  memberships: Membership[];
}

const TOPIC = "topic:";
const EVERYONE = "broadcast";
/** Somebody who only looks on is no part of the picture. */
/** Longer names would hide the drawing. */
const LABEL_MAX_LENGTH = 40;
const DASHBOARD_TAB = /^dashboard@[^:]+:dashboard\//;

export function edgeKey(from: string, to: string): string {
  return `${from} ${to}`;
}

/** Everyone who is online (tabs of the dashboard aside), and everyone and every topic with traffic or members among them. */
export function buildGraph(instances: readonly InstanceInfo[], traffic: Traffic["edges"]): Graph {
  const infos = new Map(instances.map((info) => [info.instanceId, info]));
  const sent = new Map<string, number>();
  const received = new Map<string, number>();
  const ids = new Set<string>();
  for (const { from, to, messages } of traffic) {
    sent.set(from, (sent.get(from) ?? 0) + messages);
    received.set(to, (received.get(to) ?? 0) + messages);
    ids.add(from).add(to);
  }
  for (const { instanceId, status } of instances) {
    if (status === "online" && !DASHBOARD_TAB.test(instanceId)) ids.add(instanceId);
  }
  const memberships = membershipsOf(instances, ids);
  for (const { topicId } of memberships) ids.add(topicId);
  const shared = findSharedNames(ids);
  const nodes = [...ids].sort().map((id) => {
    const info = infos.get(id);
    return {
      id,
      kind: kindOf(id),
      label: labelOf(id, shared),
      isOnline: info?.status === "online",
      role: info?.role,
      isPaused: info?.paused !== undefined,
      queueDepth: info?.queueDepth ?? 0,
      sent: sent.get(id) ?? 0,
      received: received.get(id) ?? 0,
    };
  });
  return { nodes, edges: toEdges(traffic), memberships };
}

export function kindOf(id: string): NodeKind {
  if (id.startsWith(TOPIC)) return "topic";
  if (id === EVERYONE) return "everyone";
  return id.includes("@") ? "instance" : "rest";
}

/** A name for people: an instance without its session, a topic as `#name`. */
export function nameOf(id: string): string {
  const kind = kindOf(id);
  if (kind === "topic") return `#${topicOf(id)}`;
  if (kind === "everyone") return "everyone";
  return kind === "rest" ? "dashboard (REST)" : partialOf(id);
}

/** The name of the topic that a node stands for. */
export function topicOf(id: string): string {
  return id.slice(TOPIC.length);
}

function membershipsOf(instances: readonly InstanceInfo[], ids: ReadonlySet<string>): Membership[] {
  return instances
    .filter(({ instanceId }) => ids.has(instanceId))
    .flatMap(({ instanceId, topics }) => topics.map((name) => ({ instanceId, topicId: TOPIC + name })));
}

function toEdges(traffic: Traffic["edges"]): GraphEdge[] {
  const keys = new Set(traffic.map(({ from, to }) => edgeKey(from, to)));
  return traffic
    .filter(({ from, to }) => from !== to)
    .map(({ from, to, messages }) => ({
      key: edgeKey(from, to),
      from,
      to,
      messages,
      isMutual: keys.has(edgeKey(to, from)),
    }));
}

/** Several sessions of one user, host and project need their session to tell them apart. */
function findSharedNames(ids: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const id of ids) {
    const name = nameOf(id);
    if (seen.has(name)) shared.add(name);
    seen.add(name);
  }
  return shared;
}

function labelOf(id: string, shared: ReadonlySet<string>): string {
  const name = nameOf(id);
  // Ids made within one hour begin alike.
  return kindOf(id) === "instance" && shared.has(name) ? `${cut(name)}/…${id.slice(-4)}` : cut(name);
}

/** Who comes first in a name and where at its end, so the middle goes. */
function cut(name: string): string {
  return name.length <= LABEL_MAX_LENGTH
    ? name
    : `${name.slice(0, LABEL_MAX_LENGTH / 2)}…${name.slice(1 - LABEL_MAX_LENGTH / 2)}`;
}
