/** What becomes of tasks with the months. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { freshIds, runAlarm, storeRows } from "../../../test/helpers/workerd/hub.ts";
import { taskOf } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../../env.ts";

const MONTH_MS = 31 * 86_400_000;

/** Of one task alone: a clock that is set on by a month ends what all other tests of a hub have left in it. */
async function age(taskId: string): Promise<void> {
  await storeRows("UPDATE tasks SET changed_at = changed_at - ? WHERE task_id = ?", MONTH_MS, taskId);
  await runAlarm();
}

it("what nobody touched for as long as history goes back fails, and is forgotten after as long again", async () => {
  const { a, b } = freshIds();
  const alice = await TestClient.connect(a);
  await TestClient.connect(b);
  const { messageId = "" } = await alice.message(b, "for ever");
  await age(messageId);
  expect(await taskOf(messageId)).toMatchObject({
    state: "failed",
    note: expect.stringContaining("nothing had happened"),
  });
  await age(messageId);
  expect(await exchangeOf(env).task(messageId)).toBeNull();
  expect(
    await storeRows("SELECT 1 FROM task_steps JOIN tasks ON task = tasks.number WHERE task_id = ?", messageId),
  ).toEqual([]);
});
