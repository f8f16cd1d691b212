/** G1: sessions that only talk to each other, as they see it. The limit is that of the hub, 30; here with its rate limits. */
import { describe, expect, it } from "vitest";
import { LOOP_SILENCE_MS, LOOP_STOP_MS } from "../../../shared/limits.ts";
import type { LoopStop } from "../../../shared/loops.ts";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { crashExchange, freshIds, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf, signIn } from "../../../test/helpers/workerd/rest.ts";
import { goAway } from "../../../test/helpers/workerd/tasks.ts";
import { type Reply, TestClient } from "../../../test/helpers/workerd/test-client.ts";

const GUARD = "system@hub:cc2cc/guard";
const LIMIT = 30;
const acking = { isAcking: true };

async function some(count: number): Promise<TestClient[]> {
  const { a, b, c } = freshIds();
  return Promise.all([a, b, c].slice(0, count).map((id) => TestClient.connect(id, acking)));
}

const say = (from: TestClient, to: TestClient, more: object = {}) =>
  from.message(to.instanceId, "thanks", { type: "result", ...more });

/** The word goes to and fro so many times; returns the last reply. */
async function exchange(one: TestClient, other: TestClient, turns: number): Promise<Reply | undefined> {
  let last: Reply | undefined;
  for (let n = 0; n < turns; n++) last = n % 2 === 0 ? await say(one, other) : await say(other, one);
  return last;
}

const stopsOf = async (client: TestClient) => {
  const { body } = await call("GET /api/loops");
  return (body as LoopStop[]).filter(({ instances }) => instances.includes(client.instanceId));
};
const toldBy = (client: TestClient) => client.delivered.filter(({ from }) => from === GUARD);

async function stopped(): Promise<{ ada: TestClient; bob: TestClient; loopId: string }> {
  const [ada, bob] = (await some(2)) as [TestClient, TestClient];
  await exchange(ada, bob, LIMIT);
  const refused = await say(ada, bob);
  return { ada, bob, loopId: String(refused.details?.loopId) };
}

describe("[G1] two sessions that thank each other", () => {
  it("are stopped at the 31st turn, told once, and go on when a person says so", async () => {
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    expect((await exchange(ada, bob, LIMIT))?.code).toBeUndefined();
    const refused = await say(ada, bob);
    expect(refused).toMatchObject({
      code: "loop_guard",
      error: expect.stringContaining(`You and ${bob.instanceId} exchanged ${LIMIT} messages without a person`),
    });
    expect(await say(bob, ada)).toMatchObject({ code: "loop_guard" });
    expect(await say(ada, bob)).toMatchObject({ code: "loop_guard" });
    const [stop] = await stopsOf(ada);
    expect(stop).toMatchObject({ kind: "pair", messages: LIMIT, instances: [ada.instanceId, bob.instanceId] });
    for (const client of [ada, bob]) {
      await client.until(() => toldBy(client).length > 0, "the word of the hub");
      await client.sync();
      expect(toldBy(client)).toMatchObject([{ type: "ack", content: expect.stringContaining("The hub stopped") }]);
    }
    expect(await call(`POST /api/loops/${stop?.loopId}/resume`)).toMatchObject({ status: 200, body: stop });
    for (const client of [ada, bob]) {
      await client.until(() => toldBy(client).length > 1, "that they may go on");
    }
    expect(await stopsOf(ada)).toEqual([]);
    expect((await exchange(ada, bob, 4))?.code).toBeUndefined();
    expect(await call(`POST /api/loops/${stop?.loopId}/resume`)).toMatchObject({ status: 404 });
  });

  it("may report in a row what they like: that is one turn", async () => {
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    for (let n = 0; n < 10; n++) await say(bob, ada);
    expect((await exchange(ada, bob, LIMIT - 1))?.code).toBeUndefined();
    for (let n = 0; n < 10; n++) expect((await say(ada, bob)).code).toBeUndefined();
    expect((await say(bob, ada)).code).toBe("loop_guard");
  });

  it("begin anew after an hour of silence", async () => {
    const clock = useClock();
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    await exchange(ada, bob, LIMIT);
    clock.advance(LOOP_SILENCE_MS);
    expect((await say(ada, bob)).code).toBeUndefined();
  });

  it("begin anew with a new task, and with a task's end", async () => {
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    await exchange(ada, bob, LIMIT);
    const task = await ada.message(bob.instanceId, "do it");
    expect(task.code).toBeUndefined();
    await exchange(bob, ada, LIMIT);
    // The 31st turn ends the task, by its type alone.
    expect((await say(bob, ada, { replyToMessageId: task.messageId })).code).toBeUndefined();
    expect((await exchange(ada, bob, 2))?.code).toBeUndefined();
  });

  it("are known under their next ids, and a crash lets nobody slip through", async () => {
    const { ada, bob } = await stopped();
    const { c } = freshIds();
    await bob.ask({ action: "session_update", newInstanceId: c });
    expect(await bob.message(ada.instanceId, "x", { type: "result" })).toMatchObject({ code: "loop_guard" });
    await crashExchange();
    expect(await bob.message(ada.instanceId, "x", { type: "result" })).toMatchObject({ code: "loop_guard" });
    expect(await ada.message(c, "x", { type: "result" })).toMatchObject({ code: "loop_guard" });
    expect((await stopsOf(ada))[0]?.instances).toContain(c);
  });

  it("are counted over a session change", async () => {
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    await exchange(ada, bob, LIMIT - 1);
    const { c } = freshIds();
    await bob.ask({ action: "session_update", newInstanceId: c });
    expect((await bob.message(ada.instanceId, "x", { type: "result" })).code).toBeUndefined();
    expect((await ada.message(c, "x", { type: "result" })).code).toBe("loop_guard");
  });

  it("who send again what was accepted are answered as before [M3]", async () => {
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    const again = { messageId: crypto.randomUUID() };
    await say(ada, bob, again);
    await exchange(bob, ada, LIMIT);
    expect(await say(ada, bob, again)).toMatchObject({ duplicate: true });
    expect((await stopsOf(ada)).length).toBe(1);
  });
});

describe("[G1] while an exchange is stopped", () => {
  it("passes what people say and are told, and nothing else", async () => {
    const { ada, bob } = await stopped();
    const { cookie } = await signIn();
    const pia = await TestClient.connect(freshIds().c, { ...acking, headers: { cookie, origin: "http://hub" } });
    expect((await say(pia, bob)).code).toBeUndefined();
    expect((await say(bob, pia)).code).toBeUndefined();
    expect((await say(bob, ada)).code).toBe("loop_guard");
    expect((await ada.message(bob.instanceId, "a task")).code).toBe("loop_guard");
  });

  it("passes that a task is blocked, has failed, or is done", async () => {
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    const open = async () => (await ada.message(bob.instanceId, "do it")).messageId as string;
    const [first, second, third] = [await open(), await open(), await open()];
    await bob.ask({ action: "update_task", taskId: first, state: "working" });
    await exchange(bob, ada, LIMIT);
    expect((await say(bob, ada)).code).toBe("loop_guard");
    const answer = (replyToMessageId: string, state?: "input_required" | "failed" | "working") =>
      say(bob, ada, { replyToMessageId, ...(state === undefined ? {} : { task: { state } }) });
    expect((await answer(first, "working")).code).toBe("loop_guard");
    expect((await answer(first, "input_required")).code).toBeUndefined();
    expect((await answer(second, "failed")).code).toBeUndefined();
    expect((await answer(third)).code).toBeUndefined();
    // An end is said once.
    expect((await answer(third)).code).toBe("loop_guard");
    expect(await bob.ask({ action: "update_task", taskId: first, state: "completed" })).toHaveProperty("task");
  });

  it("lets it go on who may: no key whose pattern has none of them", async () => {
    const { ada, loopId } = await stopped();
    const path = `POST /api/loops/${loopId}/resume` as const;
    const observer = await mint("observer");
    const foreign = await mint("member", { pattern: "nobody@*" });
    expect(await call(path, { key: observer.key })).toMatchObject({ status: 403 });
    expect(await call(path, { key: foreign.key })).toMatchObject({ status: 403 });
    expect(await stopsOf(ada)).toHaveLength(1);
    const own = await mint("member", { pattern: ada.instanceId.split("/")[0] as string });
    expect(await call(path, { key: own.key })).toMatchObject({ status: 200 });
    expect(await stopsOf(ada)).toEqual([]);
  });

  it("ends with one of the two, and after seven days", async () => {
    const { ada, bob } = await stopped();
    await goAway(bob);
    await call(`DELETE /api/instances/${pathOf(bob.instanceId)}`);
    expect(await stopsOf(ada)).toEqual([]);
    const clock = useClock();
    const other = await stopped();
    expect(await stopsOf(other.ada)).toHaveLength(1);
    clock.advance(LOOP_STOP_MS);
    await runAlarm();
    expect(await stopsOf(other.ada)).toEqual([]);
  });
});

describe("[G1] a thread", () => {
  /** Each answers the one before; returns the replies. */
  async function ring(team: readonly TestClient[], turns: number): Promise<Reply[]> {
    const replies: Reply[] = [];
    for (let n = 0; n < turns; n++) {
      const [from, to] = [team[n % team.length], team[(n + 1) % team.length]] as [TestClient, TestClient];
      const replyToMessageId = replies.at(-1)?.messageId;
      replies.push(await say(from, to, replyToMessageId === undefined ? {} : { replyToMessageId }));
    }
    return replies;
  }

  it("that goes round three sessions is stopped at the 31st turn, also after a crash", async () => {
    const team = await some(3);
    const replies = await ring(team, LIMIT + 1);
    expect(replies.slice(0, LIMIT).filter(({ code }) => code !== undefined)).toEqual([]);
    expect(replies.at(-1)).toMatchObject({ code: "loop_guard", error: expect.stringContaining("this thread") });
    const [ada, bob] = team as [TestClient, TestClient];
    expect(await stopsOf(ada)).toMatchObject([{ kind: "thread", threadId: replies[0]?.messageId, messages: LIMIT }]);
    await crashExchange();
    const last = replies[LIMIT - 1]?.messageId;
    expect(await say(ada, bob, { replyToMessageId: last })).toMatchObject({ code: "loop_guard" });
    // What is no answer in it is none of it.
    expect((await say(ada, bob)).code).toBeUndefined();
  });

  it.each([true, false])("of publications is stopped as well, persistent %s", async (persistent) => {
    const [ada, bob] = (await some(2)) as [TestClient, TestClient];
    const topic = `t${crypto.randomUUID().slice(0, 8)}`;
    for (const client of [ada, bob]) await client.ask({ action: "subscribe_topic", topic });
    const publish = (from: TestClient, replyToMessageId?: string) =>
      from.ask({
        action: "publish_topic",
        topic,
        type: "result",
        content: "thanks",
        persistent,
        ...(replyToMessageId === undefined ? {} : { replyToMessageId }),
      });
    await publish(ada);
    let refused: Reply | undefined;
    for (let n = 1; n <= LIMIT + 1 && refused === undefined; n++) {
      const [from, count] = [n % 2 === 0 ? ada : bob, Math.ceil(n / 2)];
      await from.untilDelivered(count);
      const reply = await publish(from, from.delivered.at(-1)?.messageId);
      if (reply.code !== undefined) refused = reply;
    }
    expect(refused).toMatchObject({ code: "loop_guard" });
    expect(await stopsOf(ada)).toMatchObject([{ kind: "thread" }]);
  });

  it("in which many answer one question goes on", async () => {
    const [ada] = (await some(1)) as [TestClient];
    const topic = `t${crypto.randomUUID().slice(0, 8)}`;
    const { partial } = freshIds();
    const team = await Promise.all(
      Array.from({ length: LIMIT + 5 }, (_, n) => TestClient.connect(`${partial}/s${n}`, acking)),
    );
    for (const client of team) await client.ask({ action: "subscribe_topic", topic });
    await ada.ask({ action: "publish_topic", topic, type: "question", content: "who?", persistent: true });
    for (const client of team) {
      await client.untilDelivered(1);
      const replyToMessageId = client.delivered[0]?.messageId;
      const answer = await say(client, ada, { replyToMessageId });
      expect(answer.code).toBeUndefined();
      expect((await say(ada, client, { type: "ack", replyToMessageId: answer.messageId })).code).toBeUndefined();
    }
  });
});
