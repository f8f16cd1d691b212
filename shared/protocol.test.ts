import { describe, expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import type { ErrorCode } from "./errors.ts";
import { CONTENT_MAX_BYTES, METADATA_MAX_BYTES, METADATA_MAX_KEYS, REQUEST_ID_MAX_LENGTH } from "./limits.ts";
import { utf8Length } from "./message.ts";
import { CLIENT_ACTIONS, readFrame } from "./protocol.ts";

const UUID = "01a204f0-d0c6-7e9d-b4f0-401d13c33730";
const SEND = { action: "send_message", to: "u@h:p/s", type: "task", content: "hi" };

/** The code that a frame is refused with, or `ok`. */
function codeOf(frame: unknown): ErrorCode | "ok" {
  const { result } = readFrame(frame);
  return result.ok ? "ok" : result.code;
}

describe("E1 what is no frame at all", () => {
  it.each([
    ["null", null],
    ["a number", 7],
    ["a string", "ping"],
    ["true", true],
    ["an array", [SEND]],
    ["an empty object", {}],
    ["an action that is no string", { action: 7 }],
    ["an action in an array", { action: ["ping"] }],
  ])("answers %s with invalid_payload", (_, value) => expect(codeOf(value)).toBe("invalid_payload"));

  it("answers an action nobody knows with unknown_action, and names those there are", () => {
    const { result } = readFrame({ action: "frobnicate", requestId: "r" });
    expect(result).toMatchObject({ ok: false, code: "unknown_action" });
    if (!result.ok) for (const action of CLIENT_ACTIONS) expect(result.error).toContain(action);
  });

  it.each(["constructor", "toString", "__proto__", "hasOwnProperty", ""])("knows no action %j", (action) =>
    expect(codeOf({ action })).toBe("unknown_action"),
  );
});

it("M2 refuses metadata named __proto__ in words, and takes none of it for a prototype", () => {
  const frame = (metadata: string) =>
    JSON.parse(`{"action":"send_message","to":"u@h:p/s","type":"task","content":"hi","metadata":${metadata}}`);
  const { result } = readFrame(frame('{"__proto__":"x","other":1}'));
  expect(result).toMatchObject({ ok: false, code: "invalid_payload", error: expect.stringContaining("__proto__") });
  expect(readFrame(frame('{"__proto__":{"polluted":true}}')).result).toMatchObject({ ok: false });
  expect(readFrame(frame('{"constructor":"x","prototype":1,"toString":null}')).result).toMatchObject({
    ok: true,
    value: { metadata: { constructor: "x", prototype: 1, toString: null } },
  });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

describe("E1 the request id comes back whatever is wrong", () => {
  it.each([
    ["a valid frame", SEND],
    ["an unknown action", { action: "nope" }],
    ["no action", {}],
    ["a bad field", { ...SEND, type: "nope" }],
    ["content that is too large", { ...SEND, content: "x".repeat(CONTENT_MAX_BYTES + 1) }],
  ])("of %s", (_, frame) => expect(readFrame({ ...frame, requestId: "r-1" }).requestId).toBe("r-1"));

  it.each([
    ["empty", ""],
    ["too long", "r".repeat(REQUEST_ID_MAX_LENGTH + 1)],
    ["a number", 7],
    ["an object", {}],
  ])("but not one that is %s: that is itself invalid", (_, requestId) => {
    const read = readFrame({ ...SEND, requestId });
    expect(read.requestId).toBeUndefined();
    expect(read.result).toMatchObject({ ok: false, code: "invalid_payload" });
  });

  it("of the greatest length", () => {
    const requestId = "r".repeat(REQUEST_ID_MAX_LENGTH);
    expect(readFrame({ ...SEND, requestId })).toMatchObject({ requestId, result: { ok: true } });
  });
});

describe("section 4: the fields of each action", () => {
  const bad: [string, Record<string, unknown>][] = [
    ["send_message without to", { ...SEND, to: undefined }],
    ["send_message to nobody", { ...SEND, to: "" }],
    ["send_message to a number", { ...SEND, to: 1 }],
    ["send_message to a novel", { ...SEND, to: "x".repeat(401) }],
    ["send_message of no type", { ...SEND, type: undefined }],
    ["send_message of a strange type", { ...SEND, type: "TASK" }],
    ["send_message without content", { ...SEND, content: undefined }],
    ["send_message with empty content", { ...SEND, content: "" }],
    ["send_message with content that is no text", { ...SEND, content: { text: "hi" } }],
    ["send_message with metadata that is a list", { ...SEND, metadata: ["a"] }],
    ["send_message with nested metadata", { ...SEND, metadata: { a: { b: 1 } } }],
    ["send_message with an infinite number", { ...SEND, metadata: { a: Number.POSITIVE_INFINITY } }],
    ["send_message with a reply to no id", { ...SEND, replyToMessageId: "first" }],
    ["send_message with an id that is no UUID", { ...SEND, messageId: "1" }],
    ["send_message with no time to live", { ...SEND, ttlSeconds: 0 }],
    ["send_message with too long a time to live", { ...SEND, ttlSeconds: 2_592_001 }],
    ["send_message with half a second to live", { ...SEND, ttlSeconds: 1.5 }],
    ["broadcast without content", { action: "broadcast", type: "task" }],
    ["get_messages of none", { action: "get_messages", limit: 0 }],
    ["get_messages of too many", { action: "get_messages", limit: 101 }],
    ["get_messages of a text", { action: "get_messages", limit: "10" }],
    ["get_messages with a peek of 1", { action: "get_messages", peek: 1 }],
    ["session_update to a partial address", { action: "session_update", newInstanceId: "u@h:p" }],
    ["session_update with a short secret", { action: "session_update", newInstanceId: "u@h:p/s", identity: "short" }],
    ["set_role without role", { action: "set_role" }],
    ["set_role to two words", { action: "set_role", role: "two words" }],
    ["subscribe_topic in capitals", { action: "subscribe_topic", topic: "Design" }],
    ["unsubscribe_topic of nothing", { action: "unsubscribe_topic" }],
    ["publish_topic to nothing", { action: "publish_topic", type: "task", content: "x" }],
    ["ping of nobody", { action: "ping" }],
    ["ack up to -1", { action: "ack", upTo: -1 }],
    ["ack up to half", { action: "ack", upTo: 0.5 }],
    ["ack of a thing", { action: "ack", messageIds: [{}] }],
    ["ack of too many", { action: "ack", messageIds: new Array(1_001).fill(UUID) }],
    ["ack as delivered", { action: "ack", upTo: 1, state: "delivered" }],
    ["status of nothing", { action: "status" }],
    ["status of no UUID", { action: "status", messageId: "latest" }],
  ];
  it.each(bad)("refuses %s, and says where it is wrong", (_, frame) => {
    const { result } = readFrame(frame);
    expect(result).toMatchObject({ ok: false, code: "invalid_payload" });
    if (!result.ok) expect(result.error).toContain(`${frame.action} is not valid`);
  });

  const good: Record<string, unknown>[] = [
    SEND,
    { ...SEND, messageId: UUID, replyToMessageId: UUID, ttlSeconds: 1, metadata: { a: "b", c: 1, d: true, e: null } },
    { ...SEND, ttlSeconds: 2_592_000 },
    { action: "broadcast", type: "question", content: "x" },
    { action: "session_update", newInstanceId: "u@h:p/new" },
    { action: "set_role", role: "" },
    { action: "set_role", role: "reviewer" },
    { action: "subscribe_topic", topic: "a/b" },
    { action: "unsubscribe_topic", topic: "a/b" },
    { action: "publish_topic", topic: "a", type: "result", content: "x" },
    { action: "list_instances" },
    { action: "list_topics" },
    { action: "ping", to: "u@h:p" },
    { action: "ack", upTo: 0 },
    { action: "ack", messageIds: [UUID], state: "seen" },
    { action: "status", messageId: UUID },
  ];
  it.each(good.map((frame) => [frame.action as string, frame] as const))("takes %s", (_, frame) =>
    expect(codeOf(frame)).toBe("ok"),
  );

  it("gives what was left out its default", () => {
    expect(readFrame({ action: "get_messages" }).result).toMatchObject({ value: { limit: 10, peek: false } });
    expect(readFrame({ action: "ack", upTo: 1 }).result).toMatchObject({ value: { state: "acked" } });
  });

  it("M1: ignores what a client says of the sender, the time and the sender's role", () => {
    const { result } = readFrame({ ...SEND, from: "other@h:p/s", timestamp: "2000-01-01T00:00:00Z", fromRole: "boss" });
    expect(result).toEqual({ ok: true, value: SEND });
  });
});

describe("M2 sizes are bytes of UTF-8", () => {
  it.each([
    ["one-byte", "x", CONTENT_MAX_BYTES],
    ["two-byte", "é", CONTENT_MAX_BYTES / 2],
    ["three-byte", "日", Math.floor(CONTENT_MAX_BYTES / 3)],
    ["four-byte", "😀", CONTENT_MAX_BYTES / 4],
  ])("takes content of %s characters up to the limit and refuses one more", (_, char, count) => {
    expect(codeOf({ ...SEND, content: char.repeat(count) })).toBe("ok");
    expect(codeOf({ ...SEND, content: char.repeat(count + 1) })).toBe("content_too_large");
  });

  it("names the limit", () => {
    const { result } = readFrame({ ...SEND, content: "x".repeat(CONTENT_MAX_BYTES + 1) });
    if (!result.ok) expect(result.error).toContain(String(CONTENT_MAX_BYTES));
    const metadata = readFrame({ ...SEND, metadata: { a: "x".repeat(METADATA_MAX_BYTES) } }).result;
    if (!metadata.ok) expect(metadata.error).toContain(String(METADATA_MAX_BYTES));
    expect([result.ok, metadata.ok]).toEqual([false, false]);
  });

  it("takes metadata up to its limits and refuses one more", () => {
    const fill = METADATA_MAX_BYTES - utf8Length(JSON.stringify({ a: "" }));
    expect(codeOf({ ...SEND, metadata: { a: "x".repeat(fill) } })).toBe("ok");
    expect(codeOf({ ...SEND, metadata: { a: "x".repeat(fill + 1) } })).toBe("invalid_payload");
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
    expect(codeOf({ ...SEND, metadata: keys(METADATA_MAX_KEYS) })).toBe("ok");
    expect(codeOf({ ...SEND, metadata: keys(METADATA_MAX_KEYS + 1) })).toBe("invalid_payload");
  });

  it("agrees with TextEncoder wherever the limit falls", () => {
    const char = fc.constantFrom("x", "é", "日", "😀", "\u0000", "\ud800");
    fc.assert(
      fc.property(char, fc.integer({ min: -3, max: 3 }), (char, off) => {
        const content = char.repeat(Math.floor(CONTENT_MAX_BYTES / utf8Length(char)) + off);
        expect(codeOf({ ...SEND, content })).toBe(
          utf8Length(content) <= CONTENT_MAX_BYTES ? "ok" : "content_too_large",
        );
      }),
    );
  });
});

describe("nothing that JSON can say breaks the reader", () => {
  const action = fc.constantFrom<unknown>(...CLIENT_ACTIONS, "nope", null, 1, {});
  const keys = fc.constantFrom(
    "to",
    "content",
    "type",
    "limit",
    "requestId",
    "metadata",
    "upTo",
    "messageIds",
    "__proto__",
  );

  it("answers every object with a frame or with a sentence and a code", () => {
    fc.assert(
      fc.property(action, fc.dictionary(keys, fc.jsonValue()), (action, fields) => {
        const { requestId, result } = readFrame(JSON.parse(JSON.stringify({ ...fields, action })));
        if (result.ok) expect(CLIENT_ACTIONS).toContain(result.value.action);
        else expect(result.error).toMatch(/\.$/);
        if (typeof fields.requestId === "string" && fields.requestId !== "") expect(requestId).toBe(fields.requestId);
      }),
    );
  });

  it("leaves prototypes alone", () => {
    const text =
      '{"action":"send_message","to":"u@h:p/s","type":"task","content":"x","__proto__":{"polluted":1},"metadata":{"__proto__":"y","constructor":"z"}}';
    readFrame(JSON.parse(text));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
