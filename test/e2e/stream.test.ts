import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { HubEvent } from "../../shared/events.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { StreamClient } from "../helpers/stream-client.ts";
import { shareHub } from "../helpers/test-hub.ts";
import { type HubAddress, TestSocket } from "../helpers/test-socket.ts";

const ROUNDS = 60;
const BATCH = 10;
const SEED = 7;

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });

it("section 8: a consumer that comes back with its cursor misses nothing and hears nothing twice, over kill -9 too", async () => {
  const [alice, bob] = await Promise.all(
    ["alice", "bob"].map((user) => HubClient.connect(hub(), { instanceId: `${user}@host:traffic/s`, acks: "silent" })),
  );
  if (alice === undefined || bob === undefined) throw new Error("two clients");
  const steady = await StreamClient.connect(hub());
  const fickle = await StreamClient.connect(hub());
  const accepted: string[] = [];
  const random = new SeededRandom(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const answers = alice.sendAll(
      Array.from({ length: BATCH }, (_, i) => ({ to: bob.instanceId, content: `traffic ${round}.${i}` })),
    );
    if (round % 7 === 3) fickle.dropLink();
    // Not a wait for anything: the kill comes somewhere in the round's traffic.
    if (round % 20 === 10) await sleep(random.int(0, 120)).then(() => hub().crash());
    for (const answer of await Promise.all(answers)) accepted.push((answer as { messageId: string }).messageId);
  }
  await bob.untilReceived(ROUNDS * BATCH);
  // What is told again after a crash is told before anything newer, so nothing more comes once this one is acked.
  const last = ((await alice.send(bob.instanceId, "the last")) as { messageId: string }).messageId;
  accepted.push(last);
  for (const consumer of [steady, fickle]) {
    const states = (state: string) =>
      consumer
        .of("message:state")
        .filter((event) => event.state === state)
        .map((event) => event.messageId)
        .sort();
    await consumer.until(() => states("acked").length >= accepted.length, "every ack");
    await consumer.until(() => states("delivered").length >= accepted.length, "every delivery");
    await consumer.until(() => consumer.of("message:sent").length >= accepted.length, "every message");
    await consumer.until(() => states("acked").includes(last), "the ack of the last message");
    const sent = consumer.of("message:sent").map((event) => event.message.messageId);
    expect(sent.sort()).toEqual([...accepted].sort());
    expect(states("delivered")).toEqual([...accepted].sort());
    expect(states("acked")).toEqual([...accepted].sort());
    const { cursors } = consumer;
    expect(cursors).toEqual(cursors.map((_, index) => (cursors[0] as number) + index));
  }
  await Promise.all([alice, bob, steady, fickle].map((client) => client.goOffline()));
});

it("section 8: v1 hears the events of section 8 one a text, and each is of its declared shape", async () => {
  const v1 = await StreamClient.connect(hub(), { version: 1 });
  const alice = await HubClient.connect(hub(), { instanceId: "alice@host:shapes/s" });
  const bob = await TestSocket.openV1(hub(), "bob@host:shapes/s");
  await bob.ask({ action: "set_role", role: "reviewer" });
  await bob.ask({ action: "subscribe_topic", topic: "shapes/area" });
  await alice.send("bob@host:shapes/s", "hello");
  await alice.ask({ action: "send_message", to: "role:reviewer", type: "question", content: "hello, reviewer" });
  await alice.ask({ action: "publish_topic", topic: "shapes/area", type: "task", content: "hello, topic" });
  await alice.ask({ action: "broadcast", type: "task", content: "hello, all" });
  await bob.ask({ action: "unsubscribe_topic", topic: "shapes/area" });
  await bob.close();
  await alice.send("bob@host:shapes/s", "for later");
  const names = [
    "instance:joined",
    "instance:role_updated",
    "topic:created",
    "topic:subscribed",
    "message:sent",
    "message:state",
    "topic:message",
    "broadcast:sent",
    "topic:unsubscribed",
    "instance:left",
    "queue:stats",
  ] as const;
  for (const name of names) await v1.until(() => v1.of(name).length > 0, name);
  await v1.until(() => v1.of("message:sent").length === 3, "what was sent last");
  for (const event of v1.events) expect(HubEvent.safeParse(event).error, JSON.stringify(event)).toBeUndefined();
  expect(v1.texts.every((text) => text.startsWith("{"))).toBe(true);
  expect(v1.of("message:sent").map((event) => event.message.content)).toEqual([
    "hello",
    "hello, reviewer",
    "for later",
  ]);
  await Promise.all([alice.goOffline(), v1.goOffline()]);
});

it("C2, C3: the stream wants a key, and a cursor that is one", async () => {
  const refusalOf = async (address: HubAddress, since?: number) => {
    const stranger = new StreamClient(address, since === undefined ? {} : { since });
    void stranger.goOnline().catch(() => undefined);
    await expect.poll(() => stranger.refusal).toBeDefined();
    await stranger.goOffline();
    return stranger.refusal;
  };
  expect(await refusalOf({ url: hub().url, key: "x".repeat(32) })).toContain("401");
  expect(await refusalOf(hub(), -1)).toContain("400");
  const known = { authorization: `Bearer ${hub().key}` };
  expect((await fetch(`${hub().url}/ws/dashboard`, { headers: known })).status).toBe(400);
});
