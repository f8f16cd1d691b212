import { describe, expect, it } from "vitest";
import { type ReadFrame, readFrame } from "../../../shared/protocol.ts";
import { fc } from "../../../test/helpers/property.ts";
import { readText } from "./read-text.ts";

const PING = { action: "list_instances" };

describe("B1 a text message of a v2 client", () => {
  it("is one frame or an array of them, in order", () => {
    expect(readText(JSON.stringify(PING), 2)).toHaveLength(1);
    const frames = ["a", "b", "c"].map((requestId) => ({ ...PING, requestId }));
    const read = readText(JSON.stringify(frames), 2) as ReadFrame[];
    expect(read.map((frame) => frame.requestId)).toEqual(["a", "b", "c"]);
  });

  it("has bad frames among good ones refused one by one", () => {
    const read = readText(JSON.stringify([PING, { action: "nope" }, 7]), 2) as ReadFrame[];
    expect(read.map(({ result }) => (result.ok ? "ok" : result.code))).toEqual([
      "ok",
      "unknown_action",
      "invalid_payload",
    ]);
  });

  it("takes 200 frames and refuses 201, none, and nested ones as a whole", () => {
    expect(readText(JSON.stringify(new Array(200).fill(PING)), 2)).toHaveLength(200);
    for (const bad of [new Array(201).fill(PING), [], [PING, [PING]], [[]]]) {
      expect(readText(JSON.stringify(bad), 2)).toMatchObject({ ok: false, code: "invalid_payload" });
    }
  });
});

it("B1 is for v2: a v1 client sends one frame a text", () => {
  expect(readText(JSON.stringify([PING]), 1)).toMatchObject({ ok: false, code: "invalid_payload" });
  expect(readText(JSON.stringify(PING), 1)).toHaveLength(1);
});

it.each(["", " ", "{", "ping", "{'action':1}", "[1,", "\u0000", '{"action":"x"}}', "NaN", "undefined"])(
  "E1 answers %j with invalid_json",
  (text) => expect(readText(text, 2)).toMatchObject({ ok: false, code: "invalid_json" }),
);

it("reads acks as the schemas do, also those it reads without them", () => {
  const upTo = fc.oneof(fc.nat(), fc.constantFrom(-1, 0.5, 2 ** 53, "1", null, [1]));
  const ack = fc.record(
    {
      action: fc.constantFrom("ack", "acks"),
      upTo,
      requestId: fc.oneof(fc.string(), fc.nat()),
      state: fc.constantFrom("acked", "seen", "x"),
      messageIds: fc.array(fc.uuid()),
      other: fc.nat(),
    },
    { requiredKeys: ["action"] },
  );
  fc.assert(
    fc.property(fc.oneof(ack, fc.record({ action: fc.constant("ack"), upTo })), (frame) => {
      const value = JSON.parse(JSON.stringify(frame)) as unknown;
      expect(readText(JSON.stringify(frame), 2)).toEqual([readFrame(value)]);
    }),
  );
});

it("E1 never throws, whatever the text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.string({ unit: fc.constantFrom(...'[]{}",:0a\\') }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(1 as const, 2 as const), (text, version) => {
      const read = readText(text, version);
      expect(Array.isArray(read) ? read.length > 0 : read.error.length > 0).toBe(true);
    }),
  );
});

it("E1 reads 100 000 levels of nesting without running out of stack", () => {
  const depth = 100_000;
  const nested = `{"action":"send_message","to":"u@h:p/s","type":"task","content":"x","metadata":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
  const [read] = readText(nested, 2) as ReadFrame[];
  expect(read?.result).toMatchObject({ ok: false, code: "invalid_payload" });
  expect(readText("[".repeat(depth) + "]".repeat(depth), 2)).toMatchObject({ code: "invalid_payload" });
});
