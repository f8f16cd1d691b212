/** T1, T2: tasks that messages open and move, by frames and rows. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { crash, freshIds, storeRows } from "../../../test/helpers/workerd/hub.ts";
import { courseOf, taskOf } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf, journalOf } from "../../env.ts";

/** Alice has asked Bob for something. */
async function askedBob() {
  const { a, b, c } = freshIds();
  const [alice, bob, carol] = await Promise.all([a, b, c].map((id) => TestClient.connect(id)));
  const asked = await alice?.message(b, "Fix the build\nIt fails on main.");
  const taskId = asked?.messageId as string;
  return { a, b, c, alice: alice as TestClient, bob: bob as TestClient, carol: carol as TestClient, taskId };
}

const UNKNOWN = "0193b6f0-0000-7000-8000-000000000000";

describe("[T1] a message of type task", () => {
  it("opens a task for its recipient, with its first line as title", async () => {
    const { a, b, taskId } = await askedBob();
    expect(await taskOf(taskId)).toMatchObject({
      taskId,
      title: "Fix the build",
      state: "submitted",
      requester: a,
      owner: b,
      course: [{ state: "submitted", owner: b, by: a, messageId: taskId }],
    });
  });

  it("opens one for each who has the role that it went to", async () => {
    const { a, b, c } = freshIds();
    const role = `tester-${crypto.randomUUID()}`;
    for (const id of [b, c]) await (await TestClient.connect(id)).ask({ action: "set_role", role });
    const { messages = [] } = await (await TestClient.connect(a)).message(`role:${role}`, "test it");
    const owners = await Promise.all(messages.map(async ({ messageId }) => (await taskOf(messageId)).owner));
    expect(owners.sort()).toEqual([b, c]);
  });

  it("opens none as a publication or a broadcast, and other types open none", async () => {
    const { alice, b } = await askedBob();
    const topic = `t${crypto.randomUUID()}`;
    await alice.ask({ action: "subscribe_topic", topic });
    const ids = await Promise.all([
      alice.ask({ action: "publish_topic", topic, type: "task", content: "x", persistent: true }),
      alice.ask({ action: "broadcast", type: "task", content: "x" }),
      alice.message(b, "what?", { type: "question" }),
    ]);
    for (const { messageId } of ids) expect(await exchangeOf(env).task(messageId as string)).toBeNull();
  });

  it("[M3] opens one task however often it is sent", async () => {
    const { b, alice, bob } = await askedBob();
    const messageId = crypto.randomUUID();
    await alice.message(b, "once", { messageId, dueInSeconds: 60 });
    await bob.ask({ action: "update_task", taskId: messageId, state: "working" });
    const again = await alice.message(b, "once", { messageId, dueInSeconds: 60 });
    expect(again.duplicate).toBe(true);
    expect((await taskOf(messageId)).state).toBe("working");
    expect(await storeRows("SELECT 1 FROM tasks WHERE task_id = ?", messageId)).toHaveLength(1);
  });
});

describe("[T1] an answer", () => {
  it("moves the task by its type: ack to accepted, result to completed", async () => {
    const { a, bob, taskId } = await askedBob();
    await bob.message(a, "on it", { type: "ack", replyToMessageId: taskId });
    expect((await taskOf(taskId)).state).toBe("accepted");
    await bob.message(a, "which branch?", { type: "question", replyToMessageId: taskId });
    expect((await taskOf(taskId)).state).toBe("accepted");
    const result = await bob.message(a, "fixed", { type: "result", replyToMessageId: taskId });
    expect(await courseOf(taskId)).toEqual(["submitted b", "accepted b", "completed b"]);
    expect((await taskOf(taskId)).course.at(-1)?.messageId).toBe(result.messageId);
  });

  it("moves it as its `task` says, which the requester reads", async () => {
    const { a, alice, bob, taskId } = await askedBob();
    const task = { state: "working", progress: 40, note: "tests next" } as const;
    await bob.message(a, "half way", { type: "result", replyToMessageId: taskId, task });
    expect(await taskOf(taskId)).toMatchObject(task);
    await alice.untilDelivered(1);
    expect(alice.delivered[0]?.task).toEqual(task);
  });

  it("that the present state does not allow is refused with that state, and not sent", async () => {
    const { a, alice, bob, taskId } = await askedBob();
    const answer = { type: "result", replyToMessageId: taskId } as const;
    expect(await bob.message(a, "?", { ...answer, task: { state: "input_required" } })).toMatchObject({
      code: "conflict",
      error: `The task ${taskId} is submitted; from there you can make it accepted, working, completed, failed, rejected, not input_required.`,
      details: { state: "submitted" },
    });
    await bob.message(a, "done", answer);
    expect(await bob.message(a, "?", { ...answer, task: { state: "working" } })).toMatchObject({
      code: "conflict",
      error: `The task ${taskId} is completed, which is its end. Send a new task for more.`,
    });
    await alice.sync();
    expect(alice.contents).toEqual(["done"]);
    expect(await courseOf(taskId)).toEqual(["submitted b", "completed b"]);
  });

  it("by its type is never refused, and moves nothing that has ended or is another's", async () => {
    const { a, bob, carol, taskId } = await askedBob();
    expect(await carol.message(a, "me too", { type: "result", replyToMessageId: taskId })).toHaveProperty("messageId");
    expect((await taskOf(taskId)).state).toBe("submitted");
    await bob.message(a, "done", { type: "result", replyToMessageId: taskId });
    expect(await bob.message(a, "thanks", { type: "ack", replyToMessageId: taskId })).toHaveProperty("messageId");
    expect((await taskOf(taskId)).state).toBe("completed");
  });

  it("of another than owner and requester is refused, and so is an unknown task", async () => {
    const { a, b, alice, carol, taskId } = await askedBob();
    const task = { state: "working" } as const;
    expect(await carol.message(a, "?", { type: "ack", replyToMessageId: taskId, task })).toMatchObject({
      code: "forbidden",
      error: `The task ${taskId} is not yours to move so. Its owner, ${b}, moves it, and ${a}, who asked for it, may cancel it.`,
    });
    expect(await alice.message(b, "?", { type: "ack", replyToMessageId: taskId, task })).toMatchObject({
      code: "forbidden",
      error: `The task ${taskId} is not yours to move so. Only its owner, ${b}, says how far it is; you can cancel it.`,
    });
    expect(await carol.message(a, "?", { type: "ack", replyToMessageId: UNKNOWN, task })).toMatchObject({
      code: "not_found",
    });
  });

  it("[M3] moves it once, however often it is sent", async () => {
    const { a, bob, taskId } = await askedBob();
    const answer = {
      type: "result",
      messageId: crypto.randomUUID(),
      replyToMessageId: taskId,
      task: { state: "working", progress: 10 },
    } as const;
    await bob.message(a, "begun", answer);
    await bob.ask({ action: "update_task", taskId, state: "completed" });
    expect(await bob.message(a, "begun", answer)).toMatchObject({ duplicate: true });
    expect(await bob.message(a, "begun", { ...answer, task: { state: "failed" } })).toMatchObject({ code: "conflict" });
    expect((await taskOf(taskId)).state).toBe("completed");
  });

  it("of a v1 peer counts like anyone's, and its task too", async () => {
    const { a, b } = freshIds();
    const [v1, alice] = [await TestClient.connect(b, { version: 1 }), await TestClient.connect(a)];
    const { messageId: taskId } = await alice.message(b, "old and new");
    await v1.message(a, "ok", { type: "ack", replyToMessageId: taskId as string });
    await v1.message(a, "done", { type: "result", replyToMessageId: taskId as string });
    expect(await courseOf(taskId)).toEqual(["submitted b", "accepted b", "completed b"]);
    const { messageId: back } = await v1.message(a, "and you?");
    await alice.message(b, "me too", { type: "result", replyToMessageId: back as string });
    expect(await courseOf(back)).toEqual(["submitted a", "completed a"]);
  });
});

describe("update_task, cancel_task, list_tasks", () => {
  it("tell the requester what it has to act on, and nothing of mere progress", async () => {
    const { b, alice, bob, taskId } = await askedBob();
    await bob.ask({ action: "update_task", taskId, state: "working", progress: 10 });
    await bob.ask({ action: "update_task", taskId, state: "input_required", note: "Which branch?" });
    await bob.ask({ action: "update_task", taskId, state: "working", progress: 60 });
    const done = await bob.ask({ action: "update_task", taskId, state: "completed", note: "Fixed in 3f2a." });
    expect(done.task).toMatchObject({ state: "completed", owner: b, progress: 60, note: "Fixed in 3f2a." });
    await alice.untilDelivered(2);
    expect(alice.delivered).toMatchObject([
      {
        from: b,
        type: "question",
        content: "Which branch?",
        replyToMessageId: taskId,
        task: { state: "input_required" },
      },
      { from: b, type: "result", content: "Fixed in 3f2a.", task: { state: "completed" } },
    ]);
    const sentences = [
      await bob.ask({ action: "update_task", taskId, state: "working" }),
      await alice.ask({ action: "cancel_task", taskId }),
    ].map(({ code }) => code);
    expect(sentences).toEqual(["conflict", "conflict"]);
  });

  it("[T4] cancel it as its requester, which tells the owner", async () => {
    const { a, alice, bob, carol, taskId } = await askedBob();
    expect(await carol.ask({ action: "cancel_task", taskId })).toMatchObject({ code: "forbidden" });
    expect(await bob.ask({ action: "cancel_task", taskId })).toMatchObject({
      code: "forbidden",
      error: `The task ${taskId} is not yours to move so. Only ${a}, who asked for it, cancels it; you can make it rejected or failed.`,
    });
    expect(await alice.ask({ action: "cancel_task", taskId, note: "not needed" })).toMatchObject({
      task: { state: "canceled", note: "not needed" },
    });
    await bob.untilDelivered(2);
    expect(bob.delivered[1]).toMatchObject({
      from: "system@hub:cc2cc/tasks",
      type: "ack",
      replyToMessageId: taskId,
      content: `${a} canceled the task “Fix the build” (${taskId}): “not needed”. Do not work on it any more.`,
    });
    expect(await bob.ask({ action: "update_task", taskId, state: "completed" })).toMatchObject({ code: "conflict" });
    expect(await alice.ask({ action: "cancel_task", taskId: UNKNOWN })).toMatchObject({ code: "not_found" });
  });

  it("list what is mine, what I asked for, and all, in pages", async () => {
    const { b, alice, bob } = await askedBob();
    const ids = (await alice.messages(b, ["1", "2", "3", "4"])).reverse();
    await bob.ask({ action: "update_task", taskId: ids[0] as string, state: "completed" });
    const first = await bob.ask({ action: "list_tasks", limit: 2 });
    expect(first.tasks?.map(({ title }) => title)).toEqual(["3", "2"]);
    const rest = await bob.ask({ action: "list_tasks", limit: 2, cursor: first.nextCursor as string });
    expect(rest.tasks?.map(({ title }) => title)).toEqual(["1", "Fix the build"]);
    expect(rest.nextCursor).toBeUndefined();
    expect((await alice.ask({ action: "list_tasks" })).tasks).toEqual([]);
    const asked = await alice.ask({ action: "list_tasks", of: "asked", state: "ended" });
    expect(asked.tasks).toMatchObject([{ title: "4", state: "completed", owner: b }]);
    expect((await bob.ask({ action: "list_tasks", of: "all", state: "any", limit: 1 })).tasks).toHaveLength(1);
  });
});

describe("[T2] the owner", () => {
  it("is who its mail goes to: after /clear the new session, and back on resume", async () => {
    const { b, alice, bob, taskId } = await askedBob();
    const { messageId: done } = await alice.message(b, "done before");
    await bob.ask({ action: "update_task", taskId: done as string, state: "completed" });
    const next = `${b}-2`;
    expect(await bob.ask({ action: "session_update", newInstanceId: next })).toMatchObject({ openTasks: 1 });
    expect((await taskOf(taskId)).owner).toBe(next);
    expect(await bob.ask({ action: "update_task", taskId, state: "working" })).toMatchObject({ task: { owner: next } });
    await bob.ask({ action: "session_update", newInstanceId: b });
    expect((await taskOf(taskId)).owner).toBe(b);
    expect(await bob.ask({ action: "update_task", taskId, state: "completed" })).toMatchObject({ task: { owner: b } });
  });

  it("hears in its welcome how many tasks it has, also after a crash", async () => {
    const { b, alice, bob, taskId } = await askedBob();
    expect(bob.welcome.openTasks).toBeUndefined();
    await alice.message(b, "another");
    await crash();
    const back = await TestClient.connect(b);
    expect(back.welcome.openTasks).toBe(2);
    await back.ask({ action: "update_task", taskId, state: "rejected" });
    expect((await TestClient.connect(b)).welcome.openTasks).toBe(1);
  });

  it("and the requester may be the same: it does and may all", async () => {
    const { a } = freshIds();
    const alice = await TestClient.connect(a);
    const ids = await alice.messages(a, ["one", "two"]);
    await alice.ask({ action: "update_task", taskId: ids[0] as string, state: "completed" });
    await alice.ask({ action: "cancel_task", taskId: ids[1] as string });
    expect(await Promise.all(ids.map(async (id) => (await taskOf(id)).state))).toEqual(["completed", "canceled"]);
    // It knows what it did: nobody tells it.
    await alice.sync();
    expect(new Set(alice.contents)).toEqual(new Set(["one", "two"]));
  });
});

it.each([
  ["dueInSeconds", { dueInSeconds: 0 }],
  ["dueInSeconds", { dueInSeconds: 1.5 }],
  ["dueInSeconds", { dueInSeconds: 3_000_000 }],
  ["dueInSeconds", { dueInSeconds: 60, type: "question" }],
  ["acceptWithinSeconds", { acceptWithinSeconds: 60 }],
  ["task", { task: { state: "working" }, type: "result" }],
  ["task", { task: { state: "working" }, replyToMessageId: UNKNOWN }],
  ["task.state", { task: { state: "submitted" }, type: "result", replyToMessageId: UNKNOWN }],
  ["task.progress", { task: { state: "working", progress: 101 }, type: "ack", replyToMessageId: UNKNOWN }],
  ["task", { task: { state: "working" }, to: "broadcast", type: "ack", replyToMessageId: UNKNOWN }],
  ["type", { to: "any:tester", type: "question" }],
] as const)("refuses a bad %s in words", async (field, bad) => {
  const { a, b } = freshIds();
  const alice = await TestClient.connect(a);
  const frame = { action: "send_message", to: b, type: "task", content: "x", ...bad } as never;
  const { code, error } = await alice.ask(frame);
  expect(code).toBe("invalid_payload");
  expect(error).toContain(`${field}: `);
});

it("nobody connects, or goes on, as the hub itself", async () => {
  const { a } = freshIds();
  const own = "system@hub:cc2cc/tasks";
  await expect(TestClient.connect(own)).rejects.toThrow("403");
  await expect(TestClient.connect(own, { version: 1 })).rejects.toThrow("403");
  const alice = await TestClient.connect(a);
  expect(await alice.ask({ action: "session_update", newInstanceId: own })).toMatchObject({ code: "forbidden" });
});

it("[E6] an answer to a task whose message the hub has forgotten is no answer to nothing", async () => {
  const { a, bob, taskId } = await askedBob();
  await bob.ackAll();
  await storeRows(
    "DELETE FROM deliveries WHERE position = (SELECT position FROM messages WHERE message_id = ?)",
    taskId,
  );
  await storeRows("DELETE FROM messages WHERE message_id = ?", taskId);
  const answer = await bob.message(a, "late", { type: "result", replyToMessageId: taskId });
  expect(answer.replyToUnknown).toBeUndefined();
  expect(await taskOf(taskId)).toMatchObject({ state: "completed" });
  await expect.poll(() => journalOf(env).message(answer.messageId as string)).not.toBeNull();
});

it("[T5] shows the opening and the last 500 steps of a long course, and says that it is cut", async () => {
  const { bob, taskId } = await askedBob();
  const steps = Array.from({ length: 501 }, (_, n) => ({
    action: "update_task" as const,
    taskId,
    state: "working" as const,
    note: `step ${n}`,
  }));
  for (let from = 0; from < steps.length; from += 100) await bob.askAll(...steps.slice(from, from + 100));
  const { course, isCut } = await taskOf(taskId);
  expect([course.length, course[0]?.state, course[1]?.note, course.at(-1)?.note, isCut]).toEqual([
    501,
    "submitted",
    "step 1",
    "step 500",
    true,
  ]);
});
