import { describe, expect, it } from "vitest";
import type { Task } from "../../../../shared/tasks.ts";
import { makeRecord } from "../../test-kit/stand-in-hub.ts";
import { messageMarks, queueLine, taskMark } from "./marks.ts";

const FROM = Date.parse("2026-11-22T12:00:00.000Z");
const stretch = { fromAt: FROM, toAt: FROM + 1_600_000 };
const ANA = "ana@desk:web/1";

describe("messages", () => {
  it("are marks of their own, and one mark where they are too near to be told apart", () => {
    // A slot of this span is ten seconds.
    const messages = [100, 31, 30, 1].map((n) => makeRecord(n));
    const marks = messageMarks(messages, ANA, true, stretch);
    expect(marks.map(({ words }) => words.replace(/,.*/, ""))).toEqual([
      "task to bob@desk:api/1",
      "2 messages sent",
      "task to bob@desk:api/1",
    ]);
    expect(marks.map(({ href }) => href)).toEqual([
      `/?at=${makeRecord(1).messageId}`,
      expect.stringMatching(/^\/\?q=from%3A%22ana/),
      `/?at=${makeRecord(100).messageId}`,
    ]);
    expect(messageMarks(messages, ANA, false, stretch)).toEqual([]);
  });
});

describe("a task", () => {
  const openedAt = new Date(FROM - 5_000).toISOString();
  const changedAt = new Date(FROM + 60_000).toISOString();
  const task: Task = {
    taskId: makeRecord(1).messageId,
    title: "build",
    state: "working",
    requester: ANA,
    openedAt,
    changedAt,
  };

  it("lasts until it ended, and to the end of the span while it is open", () => {
    expect(taskMark(task, stretch)).toMatchObject({ fromAt: FROM - 5_000, toAt: stretch.toAt, tone: "open" });
    const failed = taskMark({ ...task, state: "failed", note: "no disk" }, stretch);
    expect(failed).toMatchObject({ toAt: FROM + 60_000, tone: "failed", words: expect.stringContaining("(no disk)") });
  });
});

it("draws the queue by its own most, and leaves out what is not known", () => {
  const queue = [
    { at: FROM, depth: 0 },
    { at: FROM + 800_000, depth: 4 },
    { at: FROM + 1_600_000, depth: null },
  ];
  const presence = { spans: [], knownSince: null, isCut: false };
  const data = { stretch, messages: [], messagesFrom: null, tasks: [], areMoreTasks: false, queue, presence };
  expect(queueLine(data)).toEqual({ points: "0.00,100.0 50.00,0.0", most: 4 });
});
