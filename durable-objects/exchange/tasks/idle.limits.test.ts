/** What becomes of tasks with the months. Here, since such a time ends what all other tests of a hub have left in it. */
import { env } from "cloudflare:workers";
import { expect, it, onTestFinished } from "vitest";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { crash, freshIds, runAlarm, storeRows } from "../../../test/helpers/workerd/hub.ts";
import { taskOf } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../../env.ts";

it("what nobody touched for as long as history goes back fails, and is forgotten after as long again", async () => {
  const clock = useClock();
  // What an object remembers of a time to come is not for the tests after this one.
  onTestFinished(crash);
  const { a, b } = freshIds();
  const alice = await TestClient.connect(a);
  await TestClient.connect(b);
  const { messageId } = await alice.message(b, "for ever");
  clock.advance(31 * 86_400_000);
  await runAlarm();
  expect(await taskOf(messageId)).toMatchObject({ state: "failed" });
  clock.advance(31 * 86_400_000);
  await runAlarm();
  expect(await exchangeOf(env).task(messageId as string)).toBeNull();
  expect(
    await storeRows("SELECT 1 FROM task_steps JOIN tasks ON task = tasks.number WHERE task_id = ?", messageId ?? ""),
  ).toEqual([]);
});
