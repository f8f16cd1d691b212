/** Who waits for whom: of open tasks, unanswered questions and claims, as edges from who waits to who owes, and rings of these. */
import { projectOf } from "../../../shared/id-parts.ts";
import type { ClaimWait } from "../../../shared/rest.ts";
import type { Task } from "../../../shared/tasks.ts";
import type { TaskFilter } from "./task-filter.ts";

/** A question that nobody has answered yet. */
export interface OpenQuestion {
  messageId: string;
  from: string;
  to: string;
  title: string;
  at: string;
  replyToMessageId?: string | undefined;
}

/** One thing that is waited for. */
export interface WaitItem {
  kind: "task" | "question" | "claim";
  /** Of a claim its name. */
  id: string;
  title: string;
  /** Epoch ms. */
  since: number;
}

export interface WaitEdge {
  key: string;
  waiter: string;
  /** Who owes it: an instance id, or `any:<role>` while nobody has it. */
  owner: string;
  /** The oldest first. */
  items: WaitItem[];
  /** Of the oldest. */
  since: number;
}

/** Each waits for the next, and the last for the first: nobody of them goes on. */
export interface Ring {
  key: string;
  edges: WaitEdge[];
  /** Since when it is closed: the time of its youngest edge. */
  since: number;
}

export interface Waits {
  /** The oldest first. */
  edges: WaitEdge[];
  /** Those that are closed the longest first. */
  rings: Ring[];
}

/** In a tangle there are more rings than anybody reads; the edges show all of it. */
const RINGS_MAX = 50;

export function waitsOf(
  tasks: readonly Task[],
  questions: readonly OpenQuestion[],
  claimWaits: readonly ClaimWait[] = [],
): Waits {
  const byKey = new Map<string, WaitEdge>();
  const add = (waiter: string, owner: string, item: WaitItem) => {
    if (waiter === owner) return;
    const key = `${waiter} ${owner}`;
    const edge = byKey.get(key);
    if (edge === undefined) byKey.set(key, { key, waiter, owner, items: [item], since: item.since });
    else edge.items.push(item);
  };
  const asking = new Set<string>();
  for (const { taskId: id, title, state, requester, owner, role, openedAt, changedAt } of tasks) {
    // What cannot go on without an answer is its requester's turn, not its owner's.
    const isAsking = state === "input_required" && owner !== undefined;
    if (isAsking) asking.add(id);
    const since = Date.parse(isAsking ? changedAt : openedAt);
    const item: WaitItem = { kind: "task", id, title, since };
    if (isAsking) add(owner, requester, item);
    else add(requester, owner ?? `any:${role}`, item);
  }
  for (const { messageId: id, from, to, title, at, replyToMessageId } of questions) {
    // The task says that already.
    if (asking.has(replyToMessageId ?? "")) continue;
    add(from, to, { kind: "question", id, title, since: Date.parse(at) });
  }
  for (const { instanceId, since, waitsFor } of claimWaits) {
    for (const { instanceId: holder, name } of waitsFor) {
      add(instanceId, holder, { kind: "claim", id: name, title: name, since: Date.parse(since) });
    }
  }
  const edges = [...byKey.values()];
  for (const edge of edges) {
    edge.items.sort((a, b) => a.since - b.since);
    edge.since = edge.items[0]?.since ?? 0;
  }
  edges.sort((a, b) => a.since - b.since || (a.key < b.key ? -1 : 1));
  return { edges, rings: findRings(edges) };
}

/** Whether an edge is a part of a ring. */
export function ringKeysOf({ rings }: Waits): ReadonlySet<string> {
  return new Set(rings.flatMap(({ edges }) => edges.map(({ key }) => key)));
}

/** For each edge of a circle that is in no ring yet, the shortest ring through it. */
function findRings(edges: readonly WaitEdge[]): Ring[] {
  const after = Map.groupBy(edges, ({ waiter }) => waiter);
  const circles = circlesOf(after);
  const covered = new Set<string>();
  const rings: Ring[] = [];
  for (const edge of edges) {
    const circle = circles.get(edge.waiter);
    if (circle === undefined || circle !== circles.get(edge.owner) || covered.has(edge.key)) continue;
    if (rings.length === RINGS_MAX) break;
    const ring = [edge, ...pathOf(after, circles, edge.owner, edge.waiter)];
    for (const { key } of ring) covered.add(key);
    const since = Math.max(...ring.map((one) => one.since));
    rings.push({ key: ring.map(({ key }) => key).join(), edges: ring, since });
  }
  return rings.sort((a, b) => a.since - b.since);
}

/** The shortest way within a circle, breadth first. */
function pathOf(
  after: ReadonlyMap<string, readonly WaitEdge[]>,
  circles: ReadonlyMap<string, number>,
  from: string,
  to: string,
): WaitEdge[] {
  const reached = new Map<string, WaitEdge | undefined>([[from, undefined]]);
  const waiting = [from];
  for (const id of waiting) {
    if (id === to) break;
    for (const edge of after.get(id) ?? []) {
      if (reached.has(edge.owner) || circles.get(edge.owner) !== circles.get(from)) continue;
      reached.set(edge.owner, edge);
      waiting.push(edge.owner);
    }
  }
  const path: WaitEdge[] = [];
  for (let edge = reached.get(to); edge !== undefined; edge = reached.get(edge.waiter)) path.unshift(edge);
  return path;
}

/**
 * By everyone who waits, the number of the strongly connected component: Tarjan's way, without recursion, since a chain of who
 * waits for whom may be long. Two are in one where each waits, over others, for the other.
 */
function circlesOf(after: ReadonlyMap<string, readonly WaitEdge[]>): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles = new Map<string, number>();
  const lower = (id: string, to: number) => low.set(id, Math.min(low.get(id) ?? to, to));
  const enter = (id: string) => {
    low.set(id, index.size);
    index.set(id, index.size);
    stack.push(id);
    return { id, next: (after.get(id) ?? []).values() };
  };
  const close = (id: string) => {
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      circles.set(member, index.get(id) ?? 0);
      if (member === id) return;
    }
  };
  for (const root of after.keys()) {
    if (index.has(root)) continue;
    const calls = [enter(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { value: edge } = call.next.next();
      if (edge === undefined) {
        calls.pop();
        const { id } = call;
        if (low.get(id) === index.get(id)) close(id);
        const caller = calls.at(-1);
        if (caller !== undefined) lower(caller.id, low.get(id) ?? 0);
      } else if (!index.has(edge.owner)) calls.push(enter(edge.owner));
      else if (!circles.has(edge.owner)) lower(call.id, index.get(edge.owner) ?? 0);
    }
  }
  return circles;
}

const AGES_MS = [5 * 60_000, 30 * 60_000, 2 * 3_600_000];

/** How old a wait is, from 0 to 3: under 5 minutes, under half an hour, under 2 hours, and older. */
export function ageLevel(since: number, now: number): 0 | 1 | 2 | 3 {
  const at = AGES_MS.findIndex((most) => now - since < most);
  return (at === -1 ? AGES_MS.length : at) as 0 | 1 | 2 | 3;
}

/** Those whose ends a filter names; a ring stays whole where it has one of them. `project` is that of either end. */
export function filterWaits(
  { edges, rings }: Waits,
  { owner, requester, project }: Pick<TaskFilter, "owner" | "requester" | "project">,
): Waits {
  const isShown = (edge: WaitEdge) =>
    (owner === "" || edge.owner === owner) &&
    (requester === "" || edge.waiter === requester) &&
    (project === "" || [edge.owner, edge.waiter].some((id) => id.includes("@") && projectOf(id) === project));
  return { edges: edges.filter(isShown), rings: rings.filter((ring) => ring.edges.some(isShown)) };
}
