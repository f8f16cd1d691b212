import { expect, it } from "vitest";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { call } from "../../test/helpers/workerd/rest.ts";
import { taskOf } from "../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

it("[Q6] says how many subscribers could not take a publication, and gives it to the others", async () => {
  const { a, b, c } = freshIds();
  const clients = [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)] as const;
  const [alice, bob, carol] = clients;
  for (const client of [bob, carol]) await client.ask({ action: "subscribe_topic", topic: "full/queue" });
  await bob.close();
  await alice.messages(b, ["1", "2", "3", "4", "5"]);
  const publish = {
    action: "publish_topic",
    topic: "full/queue",
    type: "task",
    content: "news",
    persistent: true,
  } as const;
  expect(await alice.ask(publish)).toMatchObject({ delivered: 1, queued: 0, refused: 1 });
  await carol.untilDelivered(1);
  // M3: the same again is answered as it was, also with room meanwhile.
  const again = { ...publish, messageId: crypto.randomUUID() };
  expect(await alice.ask(again)).toMatchObject({ delivered: 1, refused: 1 });
  await (await TestClient.connect(b, { isAcking: true })).untilDelivered(5);
  expect(await alice.ask(again)).toMatchObject({ delivered: 1, queued: 0, refused: 1, duplicate: true });
});

it("[Q6] what the hub has to say comes into a full queue", async () => {
  const { a, b } = freshIds();
  const [alice, bob] = [await TestClient.connect(a), await TestClient.connect(b)];
  const { messageId: taskId } = await alice.message(b, "do it");
  await bob.untilDelivered(1);
  await bob.close();
  await alice.messages(b, ["1", "2", "3", "4"]);
  expect(await alice.message(b, "no room")).toMatchObject({ code: "queue_full" });
  expect(await alice.ask({ action: "cancel_task", taskId: taskId as string })).toMatchObject({
    task: { state: "canceled" },
  });
  expect(await alice.message(b, "still no room")).toMatchObject({ code: "queue_full" });
  const back = await TestClient.connect(b);
  await back.untilDelivered(6);
  expect(back.delivered.at(-1)).toMatchObject({ from: "system@hub:cc2cc/tasks", replyToMessageId: taskId });
});

it("[Q6] [T6] refuses to give a task to who has no room, and leaves it where it is", async () => {
  const { a, b, c } = freshIds();
  const [alice, bob, carol] = [await TestClient.connect(a), await TestClient.connect(b), await TestClient.connect(c)];
  const { messageId: taskId } = await alice.message(b, "whose?");
  await carol.close();
  const ids = await alice.messages(c, ["1", "2", "3", "4", "5"]);
  const reassign = () => call(`POST /api/tasks/${taskId as string}/reassign`, { body: { to: c } });
  expect(await reassign()).toMatchObject({ body: { code: "queue_full" } });
  expect(await taskOf(taskId)).toMatchObject({ owner: b });
  const back = await TestClient.connect(c, { isAcking: true });
  await back.untilDelivered(ids.length);
  await back.sync();
  expect(await reassign()).toMatchObject({ status: 200 });
  await Promise.all([back.untilDelivered(ids.length + 1), bob.untilDelivered(2)]);
});
