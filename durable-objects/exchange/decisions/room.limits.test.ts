/** Q6, H1: what a store that is nearly full keeps of decisions; here it may hold 4 MB (vitest.config.ts). */
import { expect, it, onTestFinished } from "vitest";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { answer, askHuman, decisionOf } from "../../../test/helpers/workerd/decisions.ts";
import { flood } from "../../../test/helpers/workerd/flood.ts";
import { crash, freshIds, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { call } from "../../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";

it("[Q6] [H1] forgets ended decisions, and keeps what people are asked", async () => {
  const clock = useClock();
  // As in room.limits.test.ts of tasks: when room was made last is a time to come for who sets the clock back.
  await crash();
  onTestFinished(crash);
  const { a, b } = freshIds();
  const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
  const [ended, open] = [await askHuman(alice), await askHuman(alice, { question: "And this?" })];
  await answer(ended.decisionId, "yes");
  await flood([alice, bob]);
  clock.advance(61_000);
  for (let n = 0; n < 5; n++) await runAlarm();
  expect((await call(`GET /api/decisions/${ended.decisionId}`)).status).toBe(404);
  expect(await decisionOf(open.decisionId)).toMatchObject({ state: "open" });
});
