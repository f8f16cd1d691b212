import { expect, it } from "vitest";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
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
});
