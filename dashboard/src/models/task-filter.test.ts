import { expect, it } from "vitest";
import type { Task } from "../../../shared/tasks.ts";
import { choicesOf, dueOf, filterTasks, NO_FILTER, sortTasks } from "./task-filter.ts";

const day = "2026-11-22T";

function taskOf(title: string, changes: Partial<Task> = {}): Task {
  const base = { requester: "ana@desk:web/1", openedAt: `${day}12:00:00.000Z`, changedAt: `${day}12:00:00.000Z` };
  return { taskId: title, title, state: "submitted", owner: "ben@desk:web/1", ...base, ...changes };
}

const waiting: Task = {
  taskId: "any",
  title: "any",
  state: "submitted",
  role: "reviewer",
  requester: "cy@desk:api/1",
  openedAt: `${day}09:00:00.000Z`,
  changedAt: `${day}09:00:00.000Z`,
};
const all = [
  taskOf("late", { openedAt: `${day}11:00:00.000Z`, dueAt: `${day}12:30:00.000Z` }),
  taskOf("other", { owner: "abe@desk:api/1", state: "working", openedAt: `${day}10:00:00.000Z` }),
  waiting,
];
const titles = (tasks: Task[]) => tasks.map(({ title }) => title);

it("filters by each, and by several at once; a task that nobody has is of the project of who asked", () => {
  expect(titles(filterTasks(all, NO_FILTER))).toEqual(["late", "other", "any"]);
  expect(titles(filterTasks(all, { ...NO_FILTER, owner: "ben@desk:web/1" }))).toEqual(["late"]);
  expect(titles(filterTasks(all, { ...NO_FILTER, project: "api" }))).toEqual(["other", "any"]);
  expect(titles(filterTasks(all, { ...NO_FILTER, project: "api", state: "working" }))).toEqual(["other"]);
  expect(titles(filterTasks(all, { ...NO_FILTER, requester: "cy@desk:api/1", role: "reviewer" }))).toEqual(["any"]);
});

it("sorts by age, by owner, and by when it is due", () => {
  expect(titles(sortTasks(all, "age"))).toEqual(["any", "other", "late"]);
  expect(titles(sortTasks(all, "owner"))).toEqual(["other", "late", "any"]);
  expect(titles(sortTasks(all, "due"))).toEqual(["late", "any", "other"]);
});

it("offers what the tasks have that the other filters leave", () => {
  expect(choicesOf(all, { ...NO_FILTER, project: "api" })).toEqual({
    owner: ["abe@desk:api/1"],
    requester: ["ana@desk:web/1", "cy@desk:api/1"],
    role: ["reviewer"],
    project: ["api", "web"],
  });
  expect(choicesOf(all, NO_FILTER)).toEqual({
    owner: ["abe@desk:api/1", "ben@desk:web/1"],
    requester: ["ana@desk:web/1", "cy@desk:api/1"],
    role: ["reviewer"],
    project: ["api", "web"],
  });
});

it("says when an open task is due: late, soon, later or never", () => {
  const due = { dueAt: `${day}12:30:00.000Z`, state: "working" } as const;
  expect(dueOf(due, Date.parse(`${day}12:31:00.000Z`))).toBe("late");
  expect(dueOf(due, Date.parse(`${day}12:00:00.000Z`))).toBe("soon");
  expect(dueOf(due, Date.parse(`${day}09:00:00.000Z`))).toBe("later");
  expect(dueOf({ ...due, state: "completed" }, Date.parse(`${day}12:31:00.000Z`))).toBe("none");
});
