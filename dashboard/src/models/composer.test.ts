import { describe, expect, it } from "vitest";
import type { InstanceInfo } from "../../../shared/message.ts";
import { makeAddressBar } from "../test-kit/stand-in-address-bar.ts";
import { makeRecord, makeStandInHub, OWN_ID, settle } from "../test-kit/stand-in-hub.ts";
import { createUrlState } from "../url-state.ts";
import { ComposerModel } from "./composer.ts";
import { InstancesModel } from "./instances.ts";
import { MessageStoreModel } from "./message-store.ts";
import { OutboxModel } from "./outbox.ts";
import { SessionModel } from "./session.ts";
import { TopicsModel } from "./topics.ts";

const ANA = "ana@desk:web/1";
const BOB = "bob@desk:api/1";
const timestamp = "2026-11-22T12:00:00.000Z";

function makeStorage() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

async function makeComposer({ href = "/", drafts = makeStorage(), known = [] as Partial<InstanceInfo>[] } = {}) {
  const hub = makeStandInHub();
  const messages = new MessageStoreModel();
  const url = createUrlState(makeAddressBar(href));
  const session = new SessionModel(hub);
  void session.signIn("key");
  hub.take("/api/session").answer({ scope: "member" });
  const instances = new InstancesModel(hub);
  const topics = new TopicsModel(hub);
  void instances.load();
  const base = { project: "web", connectedAt: timestamp, lastSeenAt: timestamp, queueDepth: 0, topics: [] };
  hub.take("/api/instances").answer(known.map((info) => ({ ...base, status: "online", ...info })));
  await settle();
  const outbox = new OutboxModel(hub, messages);
  const composer = new ComposerModel({ url, session, instances, topics, messages, outbox, drafts });
  return { hub, url, messages, instances, topics, composer };
}

describe("a draft", () => {
  it("is kept for each target, over a reload too", async () => {
    const drafts = makeStorage();
    const { composer } = await makeComposer({ drafts });
    composer.setTarget(ANA);
    composer.setText("for ana");
    composer.setType("question");
    composer.setTarget(BOB);
    expect([composer.text.value, composer.type.value]).toEqual(["", "task"]);
    composer.setTarget(ANA);
    expect([composer.text.value, composer.type.value]).toEqual(["for ana", "question"]);
    const reloaded = await makeComposer({ drafts, href: `/?to=${encodeURIComponent(ANA)}` });
    expect(reloaded.composer.text.value).toBe("for ana");
  });

  it("without a target goes to the first that is chosen, and only there", async () => {
    const { composer } = await makeComposer();
    composer.setText("for whom?");
    composer.setTarget(ANA);
    expect(composer.text.value).toBe("for whom?");
    composer.setTarget(BOB);
    expect(composer.text.value).toBe("");
  });

  it("[Q6] that did not reach all whom it was for says whose queue is full, until something is changed", async () => {
    const { hub, composer } = await makeComposer({ href: "/?to=role:reviewer" });
    const send = async (reply: object) => {
      composer.setText("look");
      composer.send();
      hub.frames.shift()?.answer({ ok: true, reply: { ...reply } });
      await settle();
      return composer.complaint.value;
    };
    expect(await send({ refused: [{ instanceId: ANA, code: "queue_full", error: "The queue of ana is full." }] })).toBe(
      "Not sent to one: The queue of ana is full.",
    );
    composer.setText("again");
    expect(composer.complaint.value).toBeNull();
    expect(await send({ refused: 3 })).toBe("Not sent to 3: their queues are full.");
    expect(await send({ messages: [] })).toBeNull();
  });

  it("that cannot be sent says why when it is tried, until something is changed", async () => {
    const { hub, composer } = await makeComposer();
    composer.setText("for whom?");
    expect(composer.complaint.value).toBeNull();
    composer.send();
    expect(composer.complaint.value).toBe("Choose whom to send to.");
    composer.setTarget(ANA);
    expect(composer.complaint.value).toBeNull();
    composer.setText(" ");
    composer.send();
    expect(composer.complaint.value).toBe("Write something first.");
    composer.setText("now");
    composer.send();
    expect([composer.complaint.value, hub.frames.length]).toEqual([null, 1]);
  });

  it("that is sent is gone; its type stays", async () => {
    const { hub, composer } = await makeComposer({ href: `/?to=${ANA}` });
    composer.setType("question");
    composer.setText("what?");
    composer.send();
    expect(hub.frames.map(({ frame }) => frame)).toMatchObject([{ to: ANA, type: "question", content: "what?" }]);
    expect([composer.text.value, composer.type.value]).toEqual(["", "question"]);
  });
});

describe("sending is refused", () => {
  it.each([
    ["without a target", "/", "text", "Choose whom to send to."],
    ["without a text", `/?to=${ANA}`, " \n ", "Write something first."],
    [
      "with too many bytes",
      `/?to=${ANA}`,
      "é".repeat(32_769),
      "A message has at most 65536 bytes; this has 2 too many.",
    ],
  ])("%s", async (_, href, text, reason) => {
    const { hub, composer } = await makeComposer({ href });
    composer.setText(text);
    composer.send();
    expect(composer.refusal.value).toContain(reason);
    expect([hub.frames, composer.text.value]).toEqual([[], text]);
  });

  it("and allowed again at the limit itself, which the counter tells of", async () => {
    const { composer } = await makeComposer({ href: `/?to=${ANA}` });
    composer.setText("x".repeat(10));
    expect([composer.refusal.value, composer.bytesLeft.value]).toEqual([null, null]);
    composer.setText("é".repeat(32_768));
    expect([composer.refusal.value, composer.bytesLeft.value]).toEqual([null, 0]);
  });
});

describe("an answer", () => {
  it.each([
    ["goes to whoever wrote it", {}, ANA],
    ["to one's own goes to whom that went", { from: OWN_ID, to: BOB }, BOB],
    ["to a publication goes to its topic", { to: "topic:news", topicName: "news" }, "topic:news"],
  ])("%s", async (_, changes, to) => {
    const { hub, messages, composer } = await makeComposer();
    const record = makeRecord(1, { from: ANA, to: OWN_ID, ...changes });
    messages.put(record);
    composer.reply(record.messageId);
    expect([composer.target.value, composer.focusRequests.value]).toEqual([to, 1]);
    composer.setText("so");
    composer.send();
    expect(hub.frames[0]?.frame).toMatchObject({ to, type: "result", replyToMessageId: record.messageId });
    expect(composer.replyToId.value).toBeNull();
  });
});

describe("the forecast", () => {
  const known: Partial<InstanceInfo>[] = [
    { instanceId: ANA, role: "reviewer" },
    { instanceId: BOB, role: "reviewer", status: "offline", queueDepth: 3 },
    { instanceId: "eve@desk:web/1", status: "offline", queueDepth: 1 },
    // What goes to many does not come back to this tab.
    { instanceId: OWN_ID },
  ];

  it.each([
    [ANA, "Online: delivered at once.", false],
    [BOB, "Offline: it will be queued behind 3 others until it comes back.", true],
    ["eve@desk:web/1", "Offline: it will be queued behind 1 other until it comes back.", true],
    ["eve@desk:x/1", "The hub does not know this instance now; it may refuse the message.", true],
    ["role:reviewer", "1 instance online; queued for 1 offline.", true],
    ["role:nobody", "Nobody has this role.", true],
    ["broadcast", "To the 1 instance online now; nobody else will have it.", false],
  ])("of %s", async (to, text, isWarning) => {
    const { composer } = await makeComposer({ href: `/?to=${encodeURIComponent(to)}`, known });
    expect(composer.forecast.value).toMatchObject({ text, isWarning });
  });

  it("of a topic depends on whether it is kept for who is away, and follows who comes", async () => {
    const { hub, topics, instances, composer } = await makeComposer({ href: "/?to=topic:news", known });
    void topics.load();
    hub.take("/api/topics").answer([{ name: "news", subscribers: [ANA, BOB] }]);
    await settle();
    expect(composer.forecast.value?.text).toBe("1 subscriber online; 1 offline will not have it.");
    composer.setPersistent(true);
    expect(composer.forecast.value?.text).toBe("1 subscriber online; queued for 1 offline.");
    instances.apply([{ event: "instance:joined", timestamp, instanceId: BOB }]);
    expect(composer.forecast.value).toMatchObject({ text: "2 subscribers online.", isWarning: false });
    topics.apply([{ event: "topic:subscribed", timestamp, name: "news", instanceId: OWN_ID }]);
    expect(composer.forecast.value?.text).toBe("2 subscribers online.");
  });
});
