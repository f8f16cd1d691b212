/** Approvals: keys of people alone, an answer at once or none (H2). */
import { expect, it, onTestFinished } from "vitest";
import { useClock } from "../../../test/helpers/workerd/clock.ts";
import {
  answer,
  askApproval,
  askHuman,
  decided,
  decisionOf,
  fromInbox,
  personWith,
} from "../../../test/helpers/workerd/decisions.ts";
import { crash, crashExchange, freshIds, runAlarm } from "../../../test/helpers/workerd/hub.ts";
import { mint, problemWith } from "../../../test/helpers/workerd/rest.ts";
import { goAway } from "../../../test/helpers/workerd/tasks.ts";
import { TestClient } from "../../../test/helpers/workerd/test-client.ts";

const untilDecided = (client: TestClient, count = 1) =>
  client.until(() => decided(client).length >= count, `${count} decisions`);

/** A hub that starts as the test does: one that a test before started ahead of its time would count absence from then on. */
async function useClockOfStart() {
  await crash();
  onTestFinished(crash);
  return useClock();
}

it("[H2] is answered by an approver alone, and its session hears that at once, by a frame", async () => {
  const ada = await TestClient.connect(freshIds().a);
  const { decisionId } = await askApproval(ada);
  expect(await decisionOf(decisionId)).toMatchObject({ kind: "approval", tool: "Bash", question: "rm -rf build" });
  for (const options of [{}, await mint("member"), await personWith()]) {
    expect(await answer(decisionId, "allow", options)).toMatchObject(problemWith(403, "forbidden"));
  }
  const approver = await mint("approver");
  expect(await answer(decisionId, "yes", approver)).toMatchObject(problemWith(400, "invalid_payload"));
  expect(decided(ada)).toEqual([]);
  expect(await answer(decisionId, "deny", { ...approver, note: "too much" })).toMatchObject({ status: 200 });
  await untilDecided(ada);
  const told = { action: "decision", decisionId, state: "answered", answer: "deny", answeredBy: "a approver" };
  expect(decided(ada)).toEqual([{ ...told, note: "too much" }]);
  expect(fromInbox(ada)).toEqual([]);
  expect(await answer(decisionId, "allow", approver)).toMatchObject(problemWith(409, "conflict"));
});

it("[H2] is answered by an approver who signed in, too", async () => {
  const ada = await TestClient.connect(freshIds().a);
  const { decisionId } = await askApproval(ada);
  expect(await answer(decisionId, "allow", await personWith(await mint("approver")))).toMatchObject({ status: 200 });
  await untilDecided(ada);
  expect(decided(ada)).toMatchObject([{ answer: "allow" }]);
});

it("[H2] is answered by nobody with the key of the session that asks, and by an approver of others only for these", async () => {
  const { a } = freshIds();
  const { key } = await mint("approver");
  const ada = await TestClient.connect(a, { headers: { authorization: `Bearer ${key}` } });
  const { decisionId } = await askApproval(ada);
  for (const options of [{ key }, await personWith({ key })]) {
    const refused = await answer(decisionId, "allow", options);
    expect(refused).toMatchObject(problemWith(403, "forbidden"));
    expect((refused.body as { error: string }).error).toContain("this very key");
  }
  const others = await mint("approver", { pattern: "bob@*" });
  expect(await answer(decisionId, "allow", others)).toMatchObject(problemWith(403, "forbidden"));
  const own = await mint("approver", { pattern: "u@*" });
  expect(await answer(decisionId, "allow", own)).toMatchObject({ status: 200 });
});

it("[H2] is the session's key also when it comes back with another one", async () => {
  const { a } = freshIds();
  const { key } = await mint("approver");
  const ada = await TestClient.connect(a);
  const { decisionId } = await askApproval(ada);
  await ada.close();
  await TestClient.connect(a, { headers: { authorization: `Bearer ${key}` } });
  expect(await answer(decisionId, "allow", { key })).toMatchObject(problemWith(403, "forbidden"));
});

it("[H2] has the state that it has by now for a session that asks again under its id", async () => {
  const { a } = freshIds();
  const ada = await TestClient.connect(a);
  const { decisionId, until } = await askApproval(ada);
  await ada.close();
  await answer(decisionId, "allow", await mint("approver"));
  const again = await TestClient.connect(a);
  expect(await askApproval(again, decisionId)).toMatchObject({
    decisionId,
    until,
    state: "answered",
    answer: "allow",
    answeredBy: "a approver",
  });
  expect(decided(again)).toEqual([]);
});

it("[H2] is withdrawn when its session is away for a minute, and not before; a question is not", async () => {
  const clock = await useClockOfStart();
  const ada = await TestClient.connect(freshIds().a);
  const approval = await askApproval(ada);
  const question = await askHuman(ada);
  const states = async () => {
    await runAlarm();
    return [(await decisionOf(approval.decisionId)).state, (await decisionOf(question.decisionId)).state];
  };
  clock.advance(120_000);
  expect(await states()).toEqual(["open", "open"]);
  await goAway(ada);
  clock.advance(59_000);
  expect(await states()).toEqual(["open", "open"]);
  clock.advance(2_000);
  expect(await states()).toEqual(["withdrawn", "open"]);
});

it("[H2] waits for a session as long after a crash of the hub, from when it could come back", async () => {
  const clock = await useClockOfStart();
  const ada = await TestClient.connect(freshIds().a);
  const { decisionId } = await askApproval(ada);
  await goAway(ada);
  clock.advance(50_000);
  await crashExchange();
  expect((await decisionOf(decisionId)).state).toBe("open");
  clock.advance(50_000);
  await runAlarm();
  expect((await decisionOf(decisionId)).state).toBe("open");
  clock.advance(11_000);
  await runAlarm();
  expect((await decisionOf(decisionId)).state).toBe("withdrawn");
});

it("[H2] tells its session that the time is over", async () => {
  const clock = useClock();
  const ada = await TestClient.connect(freshIds().a);
  const { decisionId } = await askApproval(ada, crypto.randomUUID(), 60);
  clock.advance(61_000);
  await runAlarm();
  await untilDecided(ada);
  expect(decided(ada)).toEqual([{ action: "decision", decisionId, state: "expired" }]);
  expect(fromInbox(ada)).toEqual([]);
});
