import { expect, it } from "vitest";
import { type Message, utf8Length } from "../shared/message.ts";
import { fc } from "../test/helpers/property.ts";
import { type Author, compose, composeMessage, type Draft } from "./compose.ts";
import {
  bodyOf,
  copyOf,
  messageIdOf,
  readMessage,
  senderOf,
  withMessageId,
  withRecipient,
  withSeq,
} from "./envelope.ts";
import { fanOutId } from "./fan-out-id.ts";

const NOW = 1_700_000_000_000;
const content = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: "binary", minLength: 1 }),
  fc.string({ unit: fc.constantFrom('"', "\\", '","to":"', '{"messageId":"', "\n", "é"), minLength: 1 }),
);
const draft = fc.record(
  {
    type: fc.constantFrom("task" as const, "result" as const, "question" as const),
    content,
    messageId: fc.uuid(),
    metadata: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))),
    replyToMessageId: fc.uuid(),
    ttlSeconds: fc.integer({ min: 1, max: 2_592_000 }),
  },
  { requiredKeys: ["type", "content"] },
);
const instanceId = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}@h:p\/[A-Za-z0-9-]{1,64}$/);
const author = fc.record({ from: instanceId, role: fc.option(fc.stringMatching(/^[a-z]{1,9}$/)) });
const to = fc.oneof(instanceId, fc.constantFrom("role:a/b", "u@h:p", "broadcast"));

/** A message as it would be after JSON. */
function plain(message: Message): Message {
  return JSON.parse(JSON.stringify(message)) as Message;
}

function holds(check: (message: Message, body: string) => void): void {
  fc.assert(
    fc.property(draft, author, to, (said: Draft, by: Author, address) => {
      const message = composeMessage(said, by, address, NOW);
      check(plain(message), bodyOf(message));
    }),
  );
}

it("writes every message so that it reads as it was, on one line", () => {
  holds((message, body) => {
    expect(readMessage(body)).toEqual(message);
    expect(body).not.toMatch(/[\n\r]/);
  });
});

it("finds message id and sender without parsing", () => {
  holds((message, body) => {
    expect([messageIdOf(body), senderOf(body)]).toEqual([message.messageId, message.from]);
  });
});

it("changes the message id, and nothing else", () => {
  const id = "0193f2b0-0000-7000-8000-000000000001";
  holds((message, body) => expect(readMessage(withMessageId(body, id))).toEqual({ ...message, messageId: id }));
});

it("changes the recipient, and nothing else", () => {
  holds((message, body) => expect(readMessage(withRecipient(body, "x@y:z/1"))).toEqual({ ...message, to: "x@y:z/1" }));
});

it("leaves a publication its topic", () => {
  const body = compose({ type: "task", content: "x" }, { from: "u@h:p/s", role: null }, "topic:a", NOW).body;
  expect(withRecipient(body, "x@y:z/1")).toBe(body);
});

it("M3 makes a recipient's copy under its own id", () => {
  holds((message, body) => {
    const messageId = fanOutId(message.messageId, "x@y:z/1");
    expect(readMessage(copyOf(body, "x@y:z/1"))).toEqual({ ...message, messageId });
  });
});

it("adds the place in the queue", () => {
  holds((message, body) => expect(JSON.parse(withSeq(body, 7, 2))).toEqual({ seq: 7, attempt: 2, ...message }));
});

it("Q10 reads what is broken as null", () => {
  expect(readMessage('{"messageId":')).toBeNull();
});

it("M1 stamps time, sender, sender's role and expiry, and knows the size", () => {
  const by = { from: "u@h:p/s", role: "lead" };
  const said = { type: "task", content: "é", ttlSeconds: 60 } as const;
  expect(composeMessage(said, by, "u@h:p/t", NOW)).toMatchObject({
    from: "u@h:p/s",
    fromRole: "lead",
    timestamp: new Date(NOW).toISOString(),
    expiresAt: new Date(NOW + 60_000).toISOString(),
  });
  const { body, bytes, expiresAt } = compose(said, by, "u@h:p/t", NOW);
  expect([bytes, expiresAt]).toEqual([utf8Length(body), NOW + 60_000]);
});

it("expires after seven days what says nothing else, without saying so in the message", () => {
  const { body, expiresAt } = compose({ type: "task", content: "x" }, { from: "u@h:p/s", role: null }, "u@h:p/t", NOW);
  expect(readMessage(body)?.expiresAt).toBeUndefined();
  expect(expiresAt).toBe(NOW + 7 * 86_400_000);
});
