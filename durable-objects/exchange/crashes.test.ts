/** What crashes must not change: each test is a fault that an earlier design had. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { TAB_RETIRE_MS } from "../../shared/limits.ts";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import {
  alarmAt,
  crash,
  crashExchange,
  freshIds,
  queueRows,
  runAlarm,
  storeRows,
} from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";
import { exchangeOf, journalOf } from "../env.ts";

async function depthOf(instanceId: string): Promise<number | undefined> {
  return (await exchangeOf(env).listInstances()).find((known) => known.instanceId === instanceId)?.queueDepth;
}

describe("history", () => {
  it("has every message and state after two crashes in short order", async () => {
    const { a, b, c } = freshIds();
    const ids: string[] = [];
    for (let round = 0; round < 3; round++) {
      const [alice, bob, carol] = await Promise.all(
        [a, b, c].map((id) => TestClient.connect(id, { isAcking: id !== a })),
      );
      ids.push(...((await alice?.messages(b, ["one", "two"])) ?? []), ...((await alice?.messages(c, ["three"])) ?? []));
      await bob?.until(() => bob.delivered.length >= 2, "both");
      await carol?.until(() => carol.delivered.length >= 1, "one");
      await Promise.all([bob?.sync(), carol?.sync()]);
      await crash();
    }
    await runAlarm();
    for (const id of ids) {
      await expect.poll(() => journalOf(env).message(id), { timeout: 3_000 }).toMatchObject({ messageId: id });
    }
    const states = async () => {
      const found = await Promise.all(ids.map((id) => journalOf(env).message(id)));
      return [...new Set(found.map((message) => message?.state))];
    };
    await expect.poll(states, { timeout: 3_000 }).toEqual(["acked"]);
    const stored = await Promise.all([b, c].map(queueRows));
    expect(new Set(stored.flat().map(({ state }) => state))).toEqual(new Set([3]));
  });

  it("is told of what a crash left in the outbox without anybody asking: its row has set the alarm", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await (await TestClient.connect(b)).close();
    await alice.message(b, "x");
    expect(await storeRows("SELECT 1 FROM outbox LIMIT 1")).toHaveLength(1);
    // While it rings there is none.
    const ringsAt = async () => (await alarmAt()) ?? Number.POSITIVE_INFINITY;
    await expect.poll(ringsAt).toBeLessThanOrEqual(Date.now() + 5_000);
  });
});

describe("depths", () => {
  it("are those of the queues after a crash, for lists and for history", async () => {
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    const bob = await TestClient.connect(b);
    await alice.messages(b, ["one", "two"]);
    await bob.untilDelivered(2);
    await crash();
    expect(await depthOf(b)).toBe(2);
    const back = await TestClient.connect(b);
    await back.untilDelivered(2);
    await back.ackAll();
    await crash();
    expect(await depthOf(b)).toBe(0);
    const toldDepth = () => storeRows("SELECT told_depth FROM instances WHERE instance_id = ?", b);
    await expect.poll(toldDepth, { timeout: 3_000 }).toEqual([{ told_depth: 0 }]);
  });

  it("keep an instance whose mail waits, though it left long ago and the hub crashed", async () => {
    const clock = useClock();
    const { a } = freshIds();
    const tab = `dashboard@hub.local:dashboard/${crypto.randomUUID()}`;
    const alice = await TestClient.connect(a);
    await (await TestClient.connect(tab)).close();
    await alice.message(tab, "still owed");
    await crash();
    clock.advance(2 * TAB_RETIRE_MS);
    await runAlarm();
    expect(await depthOf(tab)).toBe(1);
    const back = await TestClient.connect(tab);
    await back.untilDelivered(1);
  });
});

describe("time", () => {
  it("that went ahead and came back does not keep depths from being told", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    const toldOf = () => storeRows("SELECT told_depth AS told FROM instances WHERE instance_id = ?", b);
    const alice = await TestClient.connect(a);
    await (await TestClient.connect(b)).close();
    clock.advance(86_400_000);
    await alice.message(b, "one");
    await expect.poll(toldOf).toEqual([{ told: 1 }]);
    clock.advance(-86_400_000);
    await alice.message(b, "two");
    await expect.poll(toldOf).toEqual([{ told: 2 }]);
  });

  it("[Q6] that went ahead and came back lets messages expire all the same", async () => {
    const clock = useClock();
    const { a, b } = freshIds();
    const alice = await TestClient.connect(a);
    await (await TestClient.connect(b)).close();
    clock.advance(86_400_000);
    await runAlarm();
    clock.advance(-86_400_000);
    const { messageId } = await alice.message(b, "short", { ttlSeconds: 60 });
    clock.advance(61_000);
    await runAlarm();
    await alice.untilReceipt(messageId, "expired");
  });
});

it("[E5] a topic that is subscribed to in the moment of its end is there afterwards", async () => {
  const clock = useClock();
  const { a } = freshIds();
  const alice = await TestClient.connect(a);
  const topic = "fleeting/topic";
  await alice.ask({ action: "subscribe_topic", topic });
  await alice.ask({ action: "unsubscribe_topic", topic });
  clock.advance(3_600_001);
  await Promise.all([runAlarm(), alice.ask({ action: "subscribe_topic", topic })]);
  expect(await exchangeOf(env).subscribers(topic)).toMatchObject({ value: [a] });
});

it("[Q1] [M3] what was sent while the exchange was away is stored once when it is back", async () => {
  const { a, b } = freshIds();
  const alice = await TestClient.connect(a);
  const bob = await TestClient.connect(b);
  const sending = alice.messages(
    b,
    Array.from({ length: 50 }, (_, i) => String(i)),
  );
  await crashExchange();
  const ids = await sending;
  await bob.until(() => new Set(bob.delivered.map(({ messageId }) => messageId)).size === 50, "all");
  expect([...new Set(bob.delivered.map(({ messageId }) => messageId))]).toEqual(ids);
  expect([alice.closed, bob.closed]).toEqual([undefined, undefined]);
});

describe("a message that cannot be stored", () => {
  it("is refused alone: others of the same moment are kept, and nothing of it is left", async () => {
    // The care that a fault leaves behind is over for the tests that follow.
    useClock().advance(-3_600_000);
    const { a, b, c } = freshIds();
    const [alice, bob, carol] = await Promise.all([a, b, c].map((id) => TestClient.connect(id)));
    await storeRows(`CREATE TRIGGER poison BEFORE INSERT ON deliveries
      WHEN (SELECT body FROM messages WHERE position = NEW.position) LIKE '%poison%'
      BEGIN SELECT RAISE(ABORT, 'poisoned'); END`);
    const send = (content: string) => ({ action: "send_message", to: b, type: "task", content }) as const;
    const [bad, good] = await Promise.all([alice?.ask(send("poison")), carol?.ask(send("good"))]);
    expect(bad).toMatchObject({ code: "internal" });
    expect(good).toHaveProperty("messageId");
    await bob?.until(() => bob.delivered.length > 0, "the good one");
    expect(bob?.delivered.map(({ content }) => content)).toEqual(["good"]);
    expect(await storeRows("SELECT body FROM messages WHERE body LIKE '%poison%'")).toEqual([]);
    await storeRows("DROP TRIGGER poison");
    expect(await alice?.ask(send("poison"))).toHaveProperty("messageId");
  });
});
