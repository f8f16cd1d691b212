/** CC2CC_STORE_MAX_MB: what all queues together, and what is remembered of them, may hold; here 4 MB (vitest.config.ts). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { freshIds, runAlarm } from "../../test/helpers/workerd/hub.ts";
import { type Reply, TestClient } from "../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../env.ts";

const MAX_BYTES = 4 * 1_048_576;
const LARGE = "x".repeat(60_000);

/** What the journal has not taken yet. */
const untakenLines = () =>
  runInDurableObject(
    exchangeOf(env),
    (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM outbox").one().n,
  );

const storeBytes = () => runInDurableObject(exchangeOf(env), (_, { storage }) => storage.sql.databaseSize);

/** Fills the store with live publications, which nobody waits for; the answers to the last ones. */
async function flood(clients: readonly TestClient[], topic: string): Promise<Reply[]> {
  const publish = { action: "publish_topic", topic, type: "task", content: LARGE } as const;
  const replies: Reply[] = [];
  for (let n = 0; n < 9; n++) {
    for (const client of clients) replies.push(...(await client.askAll(...new Array(5).fill(publish))));
  }
  return replies;
}

/** Lets pass as much time as what ended is kept in a store that is nearly full. */
async function makeRoom(clock: ReturnType<typeof useClock>): Promise<void> {
  clock.advance(61_000);
  for (let n = 0; n < 5; n++) await runAlarm();
}

it("[Q6] refuses in words what the store cannot take, and makes room of what ended, the oldest first", async () => {
  const clock = useClock();
  // What others have left in the store goes now, and not while this looks.
  await makeRoom(clock);
  const { a, b, c } = freshIds();
  const clients = [await TestClient.connect(a), await TestClient.connect(b)] as const;
  await clients[0].ask({ action: "subscribe_topic", topic: "flood" });
  await (await TestClient.connect(c)).close();
  const waiting = await clients[0].message(c, "it waits all the while");
  const replies = await flood(clients, "flood");
  // The journal takes its part out of the store behind the senders, the later the busier this machine is.
  await expect
    .poll(async () => {
      // E4: as much time as a sender has for so many.
      clock.advance(10_000);
      const last = (await flood(clients, "flood")).at(-1);
      return [await untakenLines(), last?.code];
    })
    .toEqual([0, "queue_full"]);
  const refused = replies.filter(({ code }) => code === "queue_full");
  expect(refused[0]?.error).toMatch(/holds as much as it may \(4 MB\).*CC2CC_STORE_MAX_MB/);
  expect(refused.length).toBeLessThan(replies.length);
  expect(await storeBytes()).toBeLessThan(1.2 * MAX_BYTES);
  expect(await clients[1].message(c, "no room")).toMatchObject({ code: "queue_full" });
  // What was accepted is still asked for: acks and questions go on.
  expect(await clients[0].ask({ action: "status", messageId: waiting.messageId as string })).toMatchObject({
    state: "queued",
  });
  await makeRoom(clock);
  expect(await storeBytes()).toBeLessThan(0.75 * MAX_BYTES);
  expect(await clients[1].message(c, "there is room")).toMatchObject({ queued: true });
  const receiver = await TestClient.connect(c);
  await receiver.untilDelivered(2);
  expect(receiver.contents).toEqual(["it waits all the while", "there is room"]);
});
