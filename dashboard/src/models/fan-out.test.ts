import { expect, it } from "vitest";
import { RestProblem } from "../adapter/rest.ts";
import { makeRecord, makeStandInHub, sent, settle } from "../test-kit/stand-in-hub.ts";
import { FanOutModel } from "./fan-out.ts";
import { MessageStoreModel } from "./message-store.ts";

const ID = "00000000-0000-5000-8000-000000000001";
const OTHER = "00000000-0000-5000-8000-000000000002";
const PATH = `/api/messages/${ID}/recipients`;
const AT = "2026-11-22T12:00:00.000Z";
const tally = (answered: number) => ({ delivered: 2, acked: 0, seen: 0, ended: 0, answered });
const pageOf = (answered = 0) => ({
  messageId: ID,
  total: 2,
  tally: tally(answered),
  items: [ID, OTHER].map((messageId, index) => ({ instanceId: `b${index}@desk:web/1`, messageId, state: "delivered" })),
});

async function open() {
  const hub = makeStandInHub();
  const store = new MessageStoreModel();
  const model = new FanOutModel(hub, store, ID);
  return { hub, store, model };
}

it("reads who got it, and again when any copy moves or is answered, but not for what concerns others", async () => {
  const { hub, model } = await open();
  hub.take(PATH).answer(pageOf());
  await settle();
  expect(model.page.value?.tally.answered).toBe(0);
  hub.tell(sent(makeRecord(7, { replyToMessageId: makeRecord(8).messageId })));
  hub.tell({
    event: "message:state",
    timestamp: AT,
    messageId: makeRecord(8).messageId,
    instanceId: "x",
    state: "seen",
    at: AT,
  });
  hub.tell(sent(makeRecord(9, { replyToMessageId: OTHER })));
  await expect.poll(() => hub.requests.length).toBe(1);
  hub.take(PATH).answer(pageOf(1));
  await settle();
  expect(model.page.value?.tally.answered).toBe(1);
  hub.tell({ event: "message:state", timestamp: AT, messageId: OTHER, instanceId: "x", state: "seen", at: AT });
  await expect.poll(() => hub.requests.length).toBe(1);
  model[Symbol.dispose]();
});

it("is not read for events about others", async () => {
  const { hub, model } = await open();
  hub.take(PATH).answer(pageOf());
  await settle();
  hub.tell(sent(makeRecord(7, { replyToMessageId: makeRecord(8).messageId })));
  model.refresh();
  hub.take(PATH).answer(pageOf());
  await settle();
  expect(hub.requests).toEqual([]);
  model[Symbol.dispose]();
});

it("waits for history, which takes in what was just sent a little later", async () => {
  const { hub, model } = await open();
  hub.take(PATH).refuse(new RestProblem(404, "not_found", "unknown"));
  await expect.poll(() => hub.requests.length).toBe(1);
  hub.take(PATH).answer(pageOf());
  await settle();
  expect(model.loading.value.kind).toBe("ready");
  model[Symbol.dispose]();
});

it("reads further recipients when it is asked to, and keeps all of them true", async () => {
  const { hub, model } = await open();
  hub.take(PATH).answer({ ...pageOf(), nextCursor: "200" });
  await settle();
  expect(model.hasMore.value).toBe(true);
  void model.loadMore();
  hub.take(PATH).answer({ ...pageOf(), nextCursor: "200" });
  await settle();
  const second = hub.take(PATH);
  expect(second.query).toMatchObject({ cursor: "200" });
  second.answer({ ...pageOf(), items: [{ instanceId: "z@desk:web/1", messageId: "z", state: "queued" }] });
  await settle();
  expect(model.page.value?.items.map(({ instanceId }) => instanceId)).toEqual([
    "b0@desk:web/1",
    "b1@desk:web/1",
    "z@desk:web/1",
  ]);
  expect(model.hasMore.value).toBe(false);
  model[Symbol.dispose]();
});

it("brings an answer once", async () => {
  const { hub, store, model } = await open();
  hub.take(PATH).answer(pageOf(1));
  const answer = makeRecord(5, { content: "fine" });
  void model.readAnswer(answer.messageId);
  hub.take(`/api/messages/${answer.messageId}`).answer(answer);
  await settle();
  expect(store.get(answer.messageId)?.value.content).toBe("fine");
  await model.readAnswer(answer.messageId);
  expect(hub.requests).toEqual([]);
  model[Symbol.dispose]();
});
