/** H3: pauses as sessions, people and REST see them. Each thing that does not happen has its twin that shows it would. */
import { describe, expect, it } from "vitest";
import type { Pause } from "../../../shared/pauses.ts";
import type { ClientFrameInput } from "../../../shared/protocol.ts";
import { crash, crashExchange, freshIds, storeRows } from "../../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf, signIn } from "../../../test/helpers/workerd/rest.ts";
import { goAway } from "../../../test/helpers/workerd/tasks.ts";
import { type ConnectOptions, TestClient } from "../../../test/helpers/workerd/test-client.ts";

const pause = (target: string, reason?: string) => call("POST /api/pauses", { body: { target, reason } });
const resume = (target: string) => call(`DELETE /api/pauses?target=${pathOf(target)}`);
const framesOf = (client: TestClient) =>
  client.frames.filter(({ action }) => action === "paused" || action === "resumed").map(({ action }) => action);

async function two(options: ConnectOptions = {}) {
  const { a, b } = freshIds();
  return [await TestClient.connect(a), await TestClient.connect(b, options)] as const;
}

/** As a browser does, which signed in. */
async function person(): Promise<TestClient> {
  const { cookie } = await signIn();
  return TestClient.connect(freshIds().a, { headers: { cookie, origin: "http://hub" } });
}

const ask = { type: "question" } as const;

describe("[H3] mail to a paused session", () => {
  it("waits, and its sender is told by whom and why; resumed, it comes in order", async () => {
    const [ada, bob] = await two();
    expect(await pause(bob.instanceId, "its owner is at lunch")).toMatchObject({
      status: 200,
      body: { target: bob.instanceId, by: "an admin", reason: "its owner is at lunch" },
    });
    const first = await ada.message(bob.instanceId, "1", ask);
    expect(first).toMatchObject({
      queued: true,
      warning: `${bob.instanceId} is paused by an admin: “its owner is at lunch”; the message waits.`,
    });
    await ada.messages(bob.instanceId, ["2", "3"]);
    await bob.sync();
    expect(bob.contents).toEqual([]);
    expect(await bob.ask({ action: "get_messages" })).toMatchObject({
      messages: [],
      paused: { target: bob.instanceId, by: "an admin" },
    });
    expect(await resume(bob.instanceId)).toMatchObject({ body: { resumed: true } });
    await bob.untilDelivered(3);
    expect(bob.contents).toEqual(["1", "2", "3"]);
    expect(framesOf(bob)).toEqual(["paused", "resumed"]);
    expect(await ada.message(bob.instanceId, "4", ask)).toMatchObject({ queued: false });
    expect(await resume(bob.instanceId)).toMatchObject({ body: { resumed: false } });
  });

  it("waits over a crash of the hub and a reconnect, and is whole afterwards", async () => {
    const { a, b } = freshIds();
    const ada = await TestClient.connect(a);
    const before = await TestClient.connect(b);
    await ada.message(b, "given before", ask);
    await before.untilDelivered(1);
    await pause(b);
    await ada.messages(b, ["1", "2"]);
    await crash();
    const bob = await TestClient.connect(b);
    expect(bob.welcome).toMatchObject({ pending: 3, paused: { target: b, by: "an admin" } });
    await bob.sync();
    expect(bob.contents).toEqual([]);
    await resume(b);
    await bob.untilDelivered(3);
    expect(bob.contents).toEqual(["given before", "1", "2"]);
    expect(bob.delivered.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("waits under the next id of the session, and under the former one again", async () => {
    const { a, b, c } = freshIds();
    const [ada, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
    await pause(b);
    await bob.ask({ action: "session_update", newInstanceId: c });
    expect(await ada.message(c, "1", ask)).toMatchObject({
      queued: true,
      warning: expect.stringContaining("is paused"),
    });
    await bob.ask({ action: "session_update", newInstanceId: b });
    expect(await ada.message(b, "2", ask)).toMatchObject({ queued: true });
    await bob.sync();
    expect(bob.contents).toEqual([]);
    expect((await call("GET /api/pauses")).body).toContainEqual(expect.objectContaining({ target: b }));
    await resume(c);
    await bob.untilDelivered(2);
    expect(bob.contents).toEqual(["1", "2"]);
  });

  it("is not held from a session of another project, nor of another id", async () => {
    const [ada, bob] = await two();
    const { a: other } = freshIds();
    const eve = await TestClient.connect(other);
    const project = `project:${bob.instanceId.slice(4).split("/")[0]}`;
    await pause(project);
    expect(await ada.message(bob.instanceId, "1", ask)).toMatchObject({ code: "paused" });
    expect(await eve.message(bob.instanceId, "2", ask)).toMatchObject({ queued: true });
    expect(await eve.message(other, "3", ask)).toMatchObject({ queued: false });
    await resume(project);
    await bob.untilDelivered(1);
    expect(bob.contents).toEqual(["2"]);
  });

  it("holds live publications and broadcasts back for good, and persistent ones until it is resumed", async () => {
    const [ada, bob] = await two();
    const topic = `t${crypto.randomUUID().slice(0, 8)}`;
    await bob.ask({ action: "subscribe_topic", topic });
    const publish = (content: string, persistent: boolean) =>
      ada.ask({ action: "publish_topic", topic, type: "result", content, persistent });
    expect(await publish("live before", false)).toMatchObject({ delivered: 1 });
    await pause(bob.instanceId);
    expect(await publish("live", false)).toMatchObject({ delivered: 0, queued: 0 });
    expect(await publish("kept", true)).toMatchObject({ delivered: 0, queued: 1 });
    await resume(bob.instanceId);
    await bob.untilDelivered(2);
    expect(bob.contents).toEqual(["live before", "kept"]);
  });

  it("for any of a role goes to another", async () => {
    const [ada, bob] = await two();
    const cy = await TestClient.connect(freshIds().a);
    const role = `r${crypto.randomUUID().slice(0, 8)}`;
    for (const client of [bob, cy]) await client.ask({ action: "set_role", role });
    await pause(bob.instanceId);
    for (const n of ["1", "2"]) {
      expect(await ada.message(`any:${role}`, n)).toMatchObject({ to: cy.instanceId, queued: false });
    }
    await resume(bob.instanceId);
    expect(await ada.message(`any:${role}`, "3")).toMatchObject({ to: bob.instanceId, queued: false });
  });
});

describe("[H3] what a paused session sends", () => {
  it("is refused with a sentence, and nothing of it is stored; the rest of its frames pass", async () => {
    const [ada, bob] = await two();
    const topic = `t${crypto.randomUUID().slice(0, 8)}`;
    await ada.ask({ action: "subscribe_topic", topic });
    const task = await ada.message(bob.instanceId, "do it");
    await bob.untilDelivered(1);
    await pause(bob.instanceId, "wait for review");
    const refused = await bob.askAll(
      { action: "send_message", type: "question", to: ada.instanceId, content: "x" },
      { action: "publish_topic", topic, type: "result", content: "x" },
      { action: "broadcast", type: "result", content: "x" },
      { action: "send_message", type: "task", to: "any:nobody", content: "x" },
      { action: "update_task", taskId: task.messageId as string, state: "completed" },
    );
    for (const reply of refused) {
      expect(reply).toMatchObject({ code: "paused", error: expect.stringContaining("an admin: “wait for review”") });
    }
    const passing = await bob.askAll(
      { action: "ack", messageIds: [task.messageId as string] },
      { action: "update_task", taskId: task.messageId as string, state: "working" },
      { action: "list_instances" },
      { action: "claim", names: [topic] },
      { action: "release" },
      { action: "set_role", role: "x" },
    );
    for (const reply of passing) expect(reply.code).toBeUndefined();
    const own = passing[2]?.instances?.find(({ instanceId }) => instanceId === bob.instanceId);
    expect(own?.paused).toMatchObject({ target: bob.instanceId, reason: "wait for review" });
    expect(ada.contents).toEqual([]);
    await resume(bob.instanceId);
    expect(await bob.message(ada.instanceId, "now", ask)).toMatchObject({ queued: false });
  });

  it("passes as input_required to who asked for the task, and to nobody else", async () => {
    const [ada, bob] = await two();
    const carol = await TestClient.connect(freshIds().a);
    const role = `r${crypto.randomUUID().slice(0, 8)}`;
    const topic = `t${role}`;
    await carol.ask({ action: "set_role", role });
    await carol.ask({ action: "subscribe_topic", topic });
    const { messageId: taskId } = await ada.message(bob.instanceId, "do it");
    await bob.ask({ action: "update_task", taskId: taskId as string, state: "working" });
    await pause(bob.instanceId);
    const cry = {
      type: "question",
      content: "x",
      replyToMessageId: taskId,
      task: { state: "input_required" },
    } as const;
    const refused = await bob.askAll(
      { action: "send_message", to: carol.instanceId, ...cry },
      { action: "send_message", to: `role:${role}`, ...cry },
      { action: "publish_topic", topic, persistent: true, ...cry, task: undefined } as ClientFrameInput,
      { action: "send_message", to: `topic:${topic}`, persistent: true, ...cry },
    );
    for (const reply of refused) expect(reply).toMatchObject({ code: "paused" });
    expect(await bob.ask({ action: "send_message", to: ada.instanceId, ...cry })).toMatchObject({ queued: false });
    await carol.sync();
    expect(carol.contents).toEqual([]);
  });

  it("and it does not leave a paused project, but may change its session in it", async () => {
    const { a, b, c } = freshIds();
    const bob = await TestClient.connect(b);
    const project = /:([^/]*)/.exec(b)?.[1];
    await pause(`project:${project}`);
    const change = (newInstanceId: string) => bob.ask({ action: "session_update", newInstanceId });
    const elsewhere = a.replace(`:${project}/`, `:${project}-2/`);
    expect(await change(elsewhere)).toMatchObject({ code: "paused" });
    expect(await change(c)).toMatchObject({ instanceId: c });
    await resume(`project:${project}`);
    expect(await change(elsewhere)).toMatchObject({ instanceId: elsewhere });
  });

  it("is answered as before where it was accepted before [M3]", async () => {
    const [ada, bob] = await two();
    const again = { ...ask, messageId: crypto.randomUUID() };
    await bob.message(ada.instanceId, "x", again);
    await pause(bob.instanceId);
    expect(await bob.message(ada.instanceId, "x", again)).toMatchObject({ duplicate: true });
    expect(await bob.message(ada.instanceId, "x", ask)).toMatchObject({ code: "paused" });
  });
});

describe("[H3] what passes a pause", () => {
  it("is what people say and are told, at once, before all that waits", async () => {
    const [ada, bob] = await two();
    const pia = await person();
    await pause(bob.instanceId);
    await ada.messages(bob.instanceId, ["1", "2"]);
    expect(await pia.message(bob.instanceId, "from a person", ask)).toMatchObject({ queued: false });
    await bob.untilDelivered(1);
    expect(await bob.message(pia.instanceId, "to a person", ask)).toMatchObject({ queued: false });
    await pia.untilDelivered(1);
    await resume(bob.instanceId);
    await bob.untilDelivered(3);
    expect(bob.contents).toEqual(["from a person", "1", "2"]);
    expect(bob.delivered.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("comes after a reconnect, too, and by get_messages", async () => {
    const [ada, bob] = await two();
    const pia = await person();
    await pause(bob.instanceId);
    await goAway(bob);
    await ada.messages(bob.instanceId, ["1", "2"]);
    await pia.message(bob.instanceId, "from a person", ask);
    const again = await TestClient.connect(bob.instanceId);
    await again.untilDelivered(1);
    expect(again.contents).toEqual(["from a person"]);
    const { messages } = await again.ask({ action: "get_messages" });
    expect(messages?.map(({ content }) => content)).toEqual(["from a person"]);
    expect(
      await storeRows(
        "SELECT 1 FROM deliveries WHERE passes = 1 AND state < 2 AND owner = (SELECT number FROM instances WHERE instance_id = ?)",
        bob.instanceId,
      ),
    ).toEqual([]);
  });

  it("is that a task cannot go on, in both directions, and what the hub says", async () => {
    const [ada, bob] = await two();
    const stuck = await ada.message(bob.instanceId, "do it");
    const failing = await ada.message(bob.instanceId, "do that, too");
    await bob.untilDelivered(2);
    await bob.askAll(
      { action: "update_task", taskId: stuck.messageId as string, state: "working" },
      { action: "update_task", taskId: failing.messageId as string, state: "working" },
    );
    for (const { instanceId } of [ada, bob]) await pause(instanceId);
    const replies = await bob.askAll(
      { action: "update_task", taskId: stuck.messageId as string, state: "input_required", note: "which one?" },
      {
        action: "send_message",
        type: "result",
        to: ada.instanceId,
        content: "no",
        replyToMessageId: failing.messageId as string,
        task: { state: "failed" },
      },
    );
    for (const reply of replies) expect(reply.code).toBeUndefined();
    await ada.untilDelivered(2);
    expect(ada.contents).toEqual(["which one?", "no"]);
    // The hub's own word.
    expect(await ada.ask({ action: "cancel_task", taskId: stuck.messageId as string })).toHaveProperty("task");
    await bob.untilDelivered(3);
    expect(bob.contents.at(-1)).toContain("canceled the task");
  });

  it("is published by a person, and not by a key", async () => {
    const [, bob] = await two();
    const topic = `t${crypto.randomUUID().slice(0, 8)}`;
    await bob.ask({ action: "subscribe_topic", topic });
    await pause(bob.instanceId);
    const body = { type: "result", content: "news", persistent: false };
    const path = `POST /api/topics/${topic}/publish` as const;
    expect((await call(path, { body })).body).toMatchObject({ delivered: 0 });
    const { cookie } = await signIn();
    const headers = { cookie, origin: "http://hub" };
    expect((await call(path, { key: null, headers, body })).body).toMatchObject({ delivered: 1 });
    const pia = await person();
    expect(
      await pia.ask({ action: "publish_topic", topic, type: "result", content: "kept", persistent: true }),
    ).toMatchObject({ delivered: 1 });
    await bob.untilDelivered(2);
  });

  it("is everything, for a person, whatever is paused", async () => {
    const [ada] = await two();
    const pia = await person();
    try {
      await pause("all", "everybody out");
      expect(await ada.message(pia.instanceId, "help", ask)).toMatchObject({ queued: false });
      expect(await pia.message(ada.instanceId, "I come", ask)).toMatchObject({ queued: false });
      expect(await ada.message(ada.instanceId, "x", ask)).toMatchObject({
        code: "paused",
        error: expect.stringContaining("All sessions are paused by an admin: “everybody out”"),
      });
    } finally {
      await resume("all");
    }
    expect(await ada.message(ada.instanceId, "x", ask)).toMatchObject({ queued: false });
  });
});

describe("[H3] pausing", () => {
  it("is for admins, and of a session for who answers for it", async () => {
    const [ada, bob] = await two();
    const own = await mint("member", { pattern: ada.instanceId.split("/")[0] as string });
    const member = await mint("member");
    const by = (key: string, target: string) => call("POST /api/pauses", { key, body: { target } });
    for (const target of [ada.instanceId, "all", "project:web"]) {
      expect(await by(member.key, target)).toMatchObject({ status: 403 });
    }
    for (const target of ["all", "project:web"]) expect(await by(own.key, target)).toMatchObject({ status: 403 });
    expect(await by(own.key, ada.instanceId)).toMatchObject({ status: 200, body: { by: "a member" } });
    expect(await call(`DELETE /api/pauses?target=${pathOf(ada.instanceId)}`, { key: member.key })).toMatchObject({
      status: 403,
    });
    expect(await by(own.key, ada.instanceId.replace("/a", "/nobody"))).toMatchObject({ status: 404 });
    expect(await by(own.key, "everything")).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("must be all, project:<name>") },
    });
    await resume(ada.instanceId);
    expect(await ada.message(bob.instanceId, "x", ask)).toMatchObject({ queued: false });
  });

  it("twice is one pause, and a new reason is known", async () => {
    const [ada] = await two();
    const first = (await pause(ada.instanceId, "one")).body as Pause;
    expect((await pause(ada.instanceId)).body).toEqual(first);
    expect((await pause(ada.instanceId, "two")).body).toEqual({ ...first, reason: "two" });
    const { body } = await call("GET /api/pauses");
    expect((body as Pause[]).filter(({ target }) => target === ada.instanceId)).toHaveLength(1);
    await resume(ada.instanceId);
  });

  it("is told to a client whose link was down meanwhile, once", async () => {
    const [ada] = await two();
    await crashExchange();
    await pause(ada.instanceId);
    await ada.until(() => framesOf(ada).length > 0, "the frame");
    await crashExchange();
    await resume(ada.instanceId);
    await ada.until(() => framesOf(ada).includes("resumed"), "the second frame");
    expect(framesOf(ada)).toEqual(["paused", "resumed"]);
  });

  it("ends with its session", async () => {
    const [ada] = await two();
    await pause(ada.instanceId);
    await goAway(ada);
    await call(`DELETE /api/instances/${pathOf(ada.instanceId)}`);
    const again = await TestClient.connect(ada.instanceId);
    expect(again.welcome.paused).toBeUndefined();
  });

  it("keeps 500 messages of 30 sessions, and gives them all in order", async () => {
    const { a } = freshIds();
    const ada = await TestClient.connect(a);
    const project = `p${crypto.randomUUID().slice(0, 8)}`;
    const team = await Promise.all(
      Array.from({ length: 30 }, (_, n) => TestClient.connect(`u@h:${project}/s${n}`, { isAcking: true })),
    );
    await pause(`project:${project}`);
    const contents = Array.from({ length: 17 }, (_, n) => String(n));
    for (const { instanceId } of team) await ada.messages(instanceId, contents);
    for (const client of team) expect(client.contents).toEqual([]);
    await resume(`project:${project}`);
    for (const client of team) {
      await client.untilDelivered(17);
      expect(client.contents).toEqual(contents);
    }
  });
});
