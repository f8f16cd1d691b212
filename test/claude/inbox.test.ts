/** H1: the model of the real client asks a person, who answers in the Inbox; the model reads that once. */
import { expect } from "vitest";
import type { Decision } from "../../shared/decisions.ts";
import { shareHub } from "../helpers/test-hub.ts";
import { countOf } from "./model-request.ts";
import { scenario } from "./world.ts";

/** Longer than the headline that a post begins with. */
const FILLER = "The reasons for it are too many for one line, and every one of them is good. ".repeat(4);
const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });

async function ask(path: string, body?: object) {
  const response = await fetch(`${hub().url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function untilAsked(instanceId: string): Promise<Decision> {
  const mine = async () => {
    const { items } = (await ask("/api/decisions?state=open&limit=200")).body as { items: Decision[] };
    return items.filter((decision) => decision.instanceId === instanceId);
  };
  await expect.poll(async () => (await mine()).length, { timeout: 30_000 }).toBe(1);
  return (await mine())[0] as Decision;
}

scenario(
  "a question that the model waits for is answered by the call itself, and comes no second time",
  hub,
  async (world) => {
    const session = await world.open();
    const address = world.person.addressOf(session.id);
    const used = session.use("ask_human", { question: "Drop the old table?", options: ["Drop it", "Keep it"] });
    const { decisionId } = await untilAsked(address);
    const bob = await world.peer();
    const result = {
      action: "send_message",
      to: address,
      type: "result",
      content: "Drop it",
      replyToMessageId: decisionId,
    } as const;
    expect(await bob.ask(result)).toMatchObject({ code: "forbidden" });
    await ask(`/api/decisions/${decisionId}/answer`, { answer: "Keep it", note: "until mark-7f3a is there" });
    expect((await used).text).toContain("until mark-7f3a is there");
    await session.untilIdle();
    await session.ask("anything else");
    await session.untilIdle();
    expect(countOf(world.model.requests.at(-1)?.text ?? "", "mark-7f3a")).toBe(1);
  },
);

scenario("an answer that comes later wakes the session, and the model reads it once", hub, async (world) => {
  const session = await world.open();
  const used = session.use("ask_human", { question: "Ship it on Friday?", waitSeconds: 0 });
  const { decisionId } = await untilAsked(world.person.addressOf(session.id));
  await used;
  await session.untilIdle();
  await ask(`/api/decisions/${decisionId}/answer`, { answer: `No, on Monday. ${FILLER}mark-51c0` });
  await world.model.until((request) => request.hasNew("mark-51c0"), "the answer in a request");
  await session.untilIdle();
  await session.ask("anything else");
  await session.untilIdle();
  expect(countOf(world.model.requests.at(-1)?.text ?? "", "mark-51c0")).toBe(1);
});
