/** Conversations by REST (section 7); how they are found is the journal's matter. */
import { expect, it } from "vitest";
import type { Thread, ThreadPage } from "../../shared/history.ts";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { call, pathOf, problemWith } from "../../test/helpers/workerd/rest.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

it("tells a question and its answer as one conversation, in lists and from either message", async () => {
  const { a, b } = freshIds();
  const alice = await TestClient.connect(a);
  const bob = await TestClient.connect(b, { isAcking: true });
  const { messageId: question } = await alice.message(b, "an ibis, or not?", { type: "question" });
  const find = async (query: string) =>
    (await call(`GET /api/threads?q=${pathOf(`ibis from:${a}`)}${query}`)).body as ThreadPage;
  await expect.poll(async () => (await find("&unanswered=true")).items.map((item) => item.rootId)).toEqual([question]);
  const { messageId: answer } = await bob.message(a, "a heron", { type: "result", replyToMessageId: question });
  await expect
    .poll(async () => (await find("&unanswered=false")).items)
    .toMatchObject([
      { rootId: question, last: { messageId: answer }, messages: 2, participants: [a, b], isUnanswered: false },
    ]);
  expect((await find("&unanswered=true")).items).toEqual([]);
  for (const id of [question, answer]) {
    const thread = (await call(`GET /api/threads/${id}`)).body as Thread;
    expect(thread.items.map((item) => item.messageId)).toEqual([question, answer]);
  }
});

it("refuses what it does not understand, and says that history has no such message", async () => {
  for (const query of ["unanswered=maybe", "limit=0", "q=is:nonsense", "cursor=x"]) {
    expect(await call(`GET /api/threads?${query}`)).toMatchObject(problemWith(400, "invalid_payload"));
  }
  const never = "0193f2b0-0000-7000-8000-000000000001";
  expect(await call(`GET /api/threads/${never}`)).toMatchObject(problemWith(404, "not_found"));
});
