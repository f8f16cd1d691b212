/** Q6, T5, H1: what a store that is nearly full keeps of tasks and decisions; here it may hold 4 MB (vitest.config.ts). */
import { env } from "cloudflare:workers";
import { expect, it, onTestFinished } from "vitest";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { answer, askHuman, decisionOf } from "../../../test/helpers/workerd/decisions.ts";
import { crash, freshIds, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../../env.ts";

const LARGE = "x".repeat(60_000);

it("[Q6] [T5] [H1] forgets what ended and tasks that nobody took up, and keeps what somebody has or waits for", async () => {
  const clock = useClock();
  // When room was made last is a time to come for who sets the clock back: not from the test before, nor for the next.
  await crash();
  onTestFinished(crash);
  const { a, b, c } = freshIds();
  const alice = await TestClient.connect(a);
  const bob = await TestClient.connect(b, { isAcking: true });
  const carol = await TestClient.connect(c);
  const ask = async (to: string, content: string) => (await alice.message(to, content)).messageId as string;
  const [untouched, ended, taken] = [await ask(b, "untouched"), await ask(b, "ended"), await ask(b, "taken")];
  await bob.ask({ action: "update_task", taskId: ended, state: "failed" });
  await bob.ask({ action: "update_task", taskId: taken, state: "accepted" });
  const [unread, waiting] = [await ask(c, "unread"), await ask(`any:nobody-${crypto.randomUUID()}`, "waiting")];
  await carol.untilDelivered(1);
  const [answered, open] = [await askHuman(carol), await askHuman(carol, { question: "And this?" })];
  await answer(answered.decisionId, "yes");
  const topic = `flood-${crypto.randomUUID()}`;
  await alice.ask({ action: "subscribe_topic", topic });
  const publish = { action: "publish_topic", topic, type: "result", content: LARGE } as const;
  for (const client of [alice, bob])
    for (let n = 0; n < 8; n++) await client.askAll(publish, publish, publish, publish);
  clock.advance(61_000);
  for (let n = 0; n < 5; n++) await runAlarm();
  const states = async (ids: string[]) =>
    Promise.all(ids.map(async (id) => (await exchangeOf(env).task(id))?.state ?? "forgotten"));
  expect(await states([untouched, ended])).toEqual(["forgotten", "forgotten"]);
  expect(await exchangeOf(env).decision(answered.decisionId)).toBeNull();
  expect(await decisionOf(open.decisionId)).toMatchObject({ state: "open" });
  expect(await states([taken, unread, waiting])).toEqual(["accepted", "submitted", "submitted"]);
});
