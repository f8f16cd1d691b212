/** What all together may ask, and what of it is remembered (H1). Other tests of the hub have their own open, so these only look at their own. */
import { expect, it } from "vitest";
import { DECISIONS_ENDED_MAX } from "../../../shared/limits.ts";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import { answer, askHuman, decisionOf, fromInbox } from "../../../test/helpers/workerd/decisions.ts";
import { crashExchange, freshIds, runAlarm, storeRows } from "../../../test/helpers/workerd/hub.ts";
import { call } from "../../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";

const ROWS = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
  INSERT INTO decisions (decision_id, kind, state, asker, asked_with, question, opened_at, expires_at, ended_at)
  SELECT printf('%08x-0000-4000-8000-' || ?2, i), 'question', ?3, 0, 'test', 'q?', 1, 1, ?4 FROM n`;

/** Rows of nobody that is there any more, as a hub has them that was asked much. */
async function fill(count: number, state: "open" | "withdrawn"): Promise<string> {
  const mark = crypto.randomUUID().slice(-12);
  await storeRows(ROWS, count, mark, state, state === "open" ? null : Date.now());
  await crashExchange();
  return mark;
}

async function countOf(mark: string): Promise<number> {
  const [row] = await storeRows<{ n: number }>(
    "SELECT count(*) AS n FROM decisions WHERE decision_id LIKE ?",
    `%${mark}`,
  );
  return row?.n ?? 0;
}

it("[H1] is full for everybody at once, and says so", async () => {
  const mark = await fill(2_000, "open");
  const ada = await TestClient.connect(freshIds().a);
  expect(await askHuman(ada)).toMatchObject({ code: "conflict", error: expect.stringContaining("no more fit") });
  await storeRows("DELETE FROM decisions WHERE decision_id LIKE ?", `%${mark}`);
  await crashExchange();
  expect(await askHuman(ada)).toMatchObject({ state: "open" });
});

it("[H1] forgets first what nobody answered, beyond what is remembered", async () => {
  const ada = await TestClient.connect(freshIds().a);
  const answered = await askHuman(ada);
  await answer(answered.decisionId, "yes");
  const mark = await fill(DECISIONS_ENDED_MAX, "withdrawn");
  const last = await askHuman(ada);
  await ada.ask({ action: "withdraw_decision", decisionId: last.decisionId });
  expect(await countOf(mark)).toBeLessThan(DECISIONS_ENDED_MAX);
  expect(await decisionOf(answered.decisionId)).toMatchObject({ state: "answered" });
  await storeRows("DELETE FROM decisions WHERE decision_id LIKE ?", `%${mark}`);
  await crashExchange();
});

it("[H1] ends many at once in pieces, and tells of each", async () => {
  const clock = useClock();
  const clients = await Promise.all(
    Array.from({ length: 4 }, () => TestClient.connect(freshIds().a, { isAcking: true })),
  );
  await Promise.all(
    clients.flatMap((client) => Array.from({ length: 40 }, () => askHuman(client, { timeoutSeconds: 30 }))),
  );
  clock.advance(31_000);
  for (let n = 0; n < 3; n++) await runAlarm();
  await Promise.all(clients.map((client) => client.until(() => fromInbox(client).length === 40, "all outcomes")));
  expect((await call("GET /api/decisions?limit=1")).status).toBe(200);
});

it("[H1b] owes a webhook nothing where none is set", async () => {
  const ada = await TestClient.connect(freshIds().a);
  const { decisionId } = await askHuman(ada);
  await answer(decisionId, "yes");
  expect(await storeRows("SELECT owes FROM decisions WHERE decision_id = ?", decisionId)).toEqual([{ owes: null }]);
});
