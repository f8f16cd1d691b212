/** E4: one broadcast in five seconds. */
import { expect, it } from "vitest";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { crash, freshIds } from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

it.each(["a reconnect", "a crash"])("[E4] limits broadcasts, also over %s", async (what) => {
  const clock = useClock();
  const { a } = freshIds();
  const alice = await TestClient.connect(a);
  expect(await alice.message("broadcast", "first")).toHaveProperty("delivered");
  if (what === "a crash") await crash();
  else await alice.close();
  const back = await TestClient.connect(a);
  expect(await back.ask({ action: "broadcast", type: "task", content: "too soon" })).toMatchObject({
    code: "rate_limited",
    retryAfterMs: expect.any(Number),
  });
  clock.advance(5_001);
  expect(await back.ask({ action: "broadcast", type: "task", content: "later" })).toHaveProperty("delivered");
});

it("[E4] counts broadcasts over session changes, there and back", async () => {
  const clock = useClock();
  const { a, b, c } = freshIds();
  const alice = await TestClient.connect(a);
  expect(await alice.message("broadcast", "first")).toHaveProperty("delivered");
  for (const newInstanceId of [b, a, c]) {
    expect(await alice.ask({ action: "session_update", newInstanceId })).toMatchObject({ instanceId: newInstanceId });
    expect(await alice.ask({ action: "broadcast", type: "task", content: "too soon" })).toMatchObject({
      code: "rate_limited",
    });
  }
  clock.advance(5_001);
  expect(await alice.ask({ action: "broadcast", type: "task", content: "later" })).toHaveProperty("delivered");
});
