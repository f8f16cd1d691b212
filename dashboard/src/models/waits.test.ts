import { expect, it } from "vitest";
import type { Task } from "../../../shared/tasks.ts";
import { type OpenQuestion, ringKeysOf, waitsOf } from "./waits.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 12, minute)).toISOString();
let last = 0;

function asked(requester: string, owner: string | undefined, minute: number, changes: Partial<Task> = {}): Task {
  const id = `task-${++last}`;
  const base = {
    taskId: id,
    title: id,
    state: "submitted",
    requester,
    openedAt: at(minute),
    changedAt: at(minute),
  } as const;
  return { ...base, ...(owner === undefined ? { role: "reviewer" } : { owner }), ...changes };
}

function question(from: string, to: string, minute: number, replyToMessageId?: string): OpenQuestion {
  const messageId = `question-${++last}`;
  return { messageId, from, to, title: messageId, at: at(minute), replyToMessageId };
}

const namesOf = (waits: ReturnType<typeof waitsOf>) => waits.edges.map(({ waiter, owner }) => `${waiter} ${owner}`);

it("has an edge for each pair, the oldest first, with all that is waited for", () => {
  const waits = waitsOf([asked("a", "b", 5), asked("a", "c", 3), asked("a", "b", 1)], [question("c", "a", 2)]);
  expect(namesOf(waits)).toEqual(["a b", "c a", "a c"]);
  expect(waits.edges[0]).toMatchObject({ since: Date.parse(at(1)), items: [{ kind: "task" }, { kind: "task" }] });
  expect(waits.edges[1]?.items).toMatchObject([{ kind: "question" }]);
});

it("has who asked wait for the role where nobody has the task, and nobody for oneself", () => {
  expect(namesOf(waitsOf([asked("a", undefined, 1), asked("a", "a", 1)], [question("b", "b", 1)]))).toEqual([
    "a any:reviewer",
  ]);
});

it("turns round what cannot go on without an answer, and counts its question once", () => {
  const task = asked("a", "b", 1, { state: "input_required", changedAt: at(7) });
  const waits = waitsOf([task], [question("b", "a", 7, task.taskId)]);
  expect(waits.edges).toMatchObject([{ waiter: "b", owner: "a", since: Date.parse(at(7)), items: [{ kind: "task" }] }]);
  expect(waits.rings).toEqual([]);
});

it("finds rings, each once, by the time that they are closed; chains are none", () => {
  const chain = [asked("x", "y", 0), asked("y", "z", 0)];
  const pair = [asked("d", "e", 1), asked("e", "d", 9)];
  const three = [asked("a", "b", 4), asked("b", "c", 2), asked("c", "a", 3), asked("c", "x", 1)];
  const waits = waitsOf([...chain, ...pair, ...three], []);
  expect(waits.rings.map(({ edges }) => edges.map(({ waiter }) => waiter))).toEqual([
    ["b", "c", "a"],
    ["d", "e"],
  ]);
  expect(waits.rings.map(({ since }) => since)).toEqual([Date.parse(at(4)), Date.parse(at(9))]);
  expect(ringKeysOf(waits)).toEqual(new Set(["a b", "b c", "c a", "d e", "e d"]));
});

it("covers each edge of a tangle by a ring, and is quick with long chains", () => {
  const tangle = [asked("a", "b", 1), asked("b", "a", 1), asked("b", "c", 1), asked("c", "a", 1)];
  expect(ringKeysOf(waitsOf(tangle, []))).toEqual(new Set(["a b", "b a", "b c", "c a"]));
  const long = Array.from({ length: 20_000 }, (_, n) => asked(`s${n}`, `s${(n + 1) % 20_000}`, 1));
  const began = performance.now();
  expect(waitsOf(long, []).rings).toMatchObject([{ edges: { length: 20_000 } }]);
  expect(performance.now() - began).toBeLessThan(2_000);
});
