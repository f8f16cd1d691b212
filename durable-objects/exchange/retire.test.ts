/** Instances that nobody will miss are let go; those that are owed something are not. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { useClock } from "../../test/helpers/workerd/clock.ts";
import { freshIds, runAlarm } from "../../test/helpers/workerd/hub.ts";
import { call, mint, pathOf } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../env.ts";

const DAY_MS = 86_400_000;

async function listed(...instanceIds: string[]): Promise<string[]> {
  const all = await exchangeOf(env).listInstances();
  return all.map((instance) => instance.instanceId).filter((id) => instanceIds.includes(id));
}

async function gone(instanceId: string): Promise<void> {
  await (await TestClient.connect(instanceId)).close();
  const status = async () =>
    (await exchangeOf(env).listInstances()).find((known) => known.instanceId === instanceId)?.status;
  await expect.poll(status).toBe("offline");
}

it("lets an instance go that was away for seven days with an empty queue, and frees its id", async () => {
  const clock = useClock();
  const { a, b, c } = freshIds();
  await gone(a);
  await gone(b);
  const online = await TestClient.connect(c);
  await online.message(b, "still owed", { ttlSeconds: 30 * 86_400 });
  clock.advance(7 * DAY_MS - 3_600_000);
  await runAlarm();
  expect(await listed(a, b, c)).toEqual([a, b, c]);
  clock.advance(2 * 3_600_000);
  await runAlarm();
  expect(await listed(a, b, c)).toEqual([b, c]);
  expect(await online.message(a, "to nobody")).toMatchObject({ code: "unknown_instance" });
  expect((await TestClient.connect(a, { identity: "another_secret_of_another_one" })).welcome.instanceId).toBe(a);
});

it("[C8] keeps the id of an instance that was let go for its secret, until an admin frees it", async () => {
  const clock = useClock();
  const { a, b } = freshIds();
  const headers = { authorization: `Bearer ${(await mint("member")).key}` };
  const stranger = { identity: "another_secret_of_another_one", headers };
  await gone(a);
  clock.advance(8 * DAY_MS);
  await runAlarm();
  expect(await listed(a)).toEqual([]);
  await expect(TestClient.connect(a, stranger)).rejects.toThrow(/409.*kept for it/);
  const moving = await TestClient.connect(b, { headers });
  expect(await moving.ask({ action: "session_update", newInstanceId: a })).toMatchObject({ code: "identity_taken" });
  await (await TestClient.connect(a, { headers })).close();
  await expect.poll(() => listed(a)).toEqual([a]);
  clock.advance(8 * DAY_MS);
  await runAlarm();
  await call(`DELETE /api/instances/${pathOf(a)}`);
  expect((await TestClient.connect(a, stranger)).welcome.instanceId).toBe(a);
});

it("lets ids that are bound to a browser tab go within minutes", async () => {
  const clock = useClock();
  const { a } = freshIds();
  const tab = `dashboard@hub.local:dashboard/${crypto.randomUUID()}`;
  await gone(tab);
  await gone(a);
  clock.advance(240_000);
  await runAlarm();
  expect(await listed(tab, a)).toEqual([tab, a].sort());
  clock.advance(120_000);
  await runAlarm();
  expect(await listed(tab, a)).toEqual([a]);
});
