/** E1: whatever a client sends, it gets the error that says what is wrong, and the socket lives or closes as documented. */
import { describe, expect, it } from "vitest";
import { TEXT_MAX_BYTES } from "../../shared/limits.ts";
import { CLIENT_ACTIONS, readFrame } from "../../shared/protocol.ts";
import { fc } from "../../test/helpers/property.ts";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";

/** Sends a text and resolves with the codes of the errors that answer it; the socket must live. */
async function errorsOf(client: TestClient, text: string | ArrayBuffer): Promise<(string | undefined)[]> {
  const before = client.frames.length;
  client.sendText(text);
  await client.ask({ action: "ping", to: "u@h:p/s" });
  expect(client.closed).toBeUndefined();
  return client.frames.slice(before).flatMap((frame) => ("code" in frame ? [frame.code as string] : []));
}

describe("E1 texts", () => {
  it.each([
    ["no JSON", "hello", "invalid_json"],
    ["nothing", "", "invalid_json"],
    ["half a frame", '{"action":"send_', "invalid_json"],
    ["a null character", "\u0000", "invalid_json"],
    ["the text ping in quotes", '"ping"', "invalid_payload"],
    ["a number", "7", "invalid_payload"],
    ["null", "null", "invalid_payload"],
    ["an object without action", "{}", "invalid_payload"],
    ["an action of another type", '{"action":{}}', "invalid_payload"],
    ["an unknown action", '{"action":"frobnicate"}', "unknown_action"],
    ["an action of every object", '{"action":"constructor"}', "unknown_action"],
    ["a prototype for an action", '{"__proto__":{"action":"list_instances"}}', "invalid_payload"],
    ["a wrong type", '{"action":"get_messages","limit":"all"}', "invalid_payload"],
    ["a number beyond numbers", '{"action":"ack","upTo":1e999}', "invalid_payload"],
    ["a request id that is an object", '{"action":"list_instances","requestId":{}}', "invalid_payload"],
    ["no frames", "[]", "invalid_payload"],
    ["frames in frames", '[[{"action":"list_instances"}]]', "invalid_payload"],
    ["100 000 levels of arrays", "[".repeat(100_000) + "]".repeat(100_000), "invalid_payload"],
    ["90 000 levels of objects", `${'{"action":'.repeat(90_000)}1${"}".repeat(90_000)}`, "invalid_payload"],
    ["a lone surrogate for an address", '{"action":"ping","to":"\\ud800"}', "invalid_payload"],
    [
      "content of 1 000 000 bytes",
      `{"action":"send_message","to":"u@h:p/s","type":"task","content":"${"x".repeat(1_000_000)}"}`,
      "content_too_large",
    ],
  ])("answers %s", async (_, text, code) => {
    const client = await TestClient.connect(freshIds().a);
    expect(await errorsOf(client, text)).toEqual([code]);
  });

  it("answers a binary message", async () => {
    const client = await TestClient.connect(freshIds().a);
    expect(
      await errorsOf(client, new TextEncoder().encode('{"action":"list_instances"}').buffer as ArrayBuffer),
    ).toEqual(["invalid_payload"]);
    expect(await errorsOf(client, new ArrayBuffer(0))).toEqual(["invalid_payload"]);
  });

  it("4013: closes for a text of more than 1 MiB, and answers one of just as much", async () => {
    const { a, b } = freshIds();
    const fits = await TestClient.connect(a);
    expect(await errorsOf(fits, " ".repeat(TEXT_MAX_BYTES))).toEqual(["invalid_json"]);
    const closed = await TestClient.connect(b);
    closed.sendText("é".repeat(TEXT_MAX_BYTES / 2 + 1));
    expect((await closed.untilClosed()).code).toBe(4013);
    await (await TestClient.connect(b)).sync();
  });
});

describe("E1 by chance", () => {
  const oddText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.json());
  const key = fc.constantFrom(
    "to",
    "type",
    "content",
    "metadata",
    "limit",
    "topic",
    "role",
    "messageId",
    "upTo",
    "__proto__",
    "constructor",
  );
  const wrong = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.double(), fc.constant("x".repeat(5_000)));
  const action = fc.constantFrom<unknown>(...CLIENT_ACTIONS, "nope", 1, null, ["ping"], { action: "ping" });
  const frame = fc
    .tuple(action, fc.dictionary(key, wrong, { maxKeys: 5 }))
    .map(([action, rest]) => ({ ...rest, action }));

  it("texts of any characters are answered, and the next frame is heard", { timeout: 20_000 }, async () => {
    const client = await TestClient.connect(freshIds().a);
    for (const text of fc.sample(oddText, 150)) {
      if (text === "ping") continue;
      const errors = await errorsOf(client, text);
      expect(errors.length, text).toBeGreaterThan(0);
      expect(
        errors.every((code) => ["invalid_json", "invalid_payload", "unknown_action"].includes(code as string)),
      ).toBe(true);
    }
  });

  it("frames with any fields get one reply each, with the code that their reading gives", {
    timeout: 20_000,
  }, async () => {
    const client = await TestClient.connect(freshIds().a);
    const frames = fc
      .sample(frame, 200)
      .map((fields, i) => JSON.parse(JSON.stringify({ ...fields, requestId: `f${i}` })));
    for (let from = 0; from < frames.length; from += 20) {
      const batch = frames.slice(from, from + 20);
      client.sendText(JSON.stringify(batch));
      for (const fields of batch) {
        const reply = await client.reply(fields.requestId);
        const { result } = readFrame(fields);
        if (!result.ok) expect(reply).toMatchObject({ code: result.code, error: result.error });
        // What reads well may still be refused for what it names, never for a failure of the hub.
        else expect(reply.code).not.toBe("internal");
      }
    }
    const ids = client.frames.map((reply) => reply.requestId).filter((id) => String(id).startsWith("f"));
    expect(ids.length).toBe(frames.length);
    expect(client.closed).toBeUndefined();
  });

  it("what is valid beside garbage is done", async () => {
    const { a, b } = freshIds();
    const [sender, receiver] = [await TestClient.connect(a), await TestClient.connect(b)];
    const garbage = fc.sample(
      frame.filter((fields) => !readFrame(fields).result.ok),
      50,
    );
    const valid = { action: "send_message", to: b, type: "task", content: "through" };
    sender.sendText(JSON.stringify([...garbage.slice(0, 25), valid, ...garbage.slice(25)]));
    await receiver.untilDelivered(1);
    expect(receiver.contents).toEqual(["through"]);
    await sender.until(() => sender.errors.length === 50, "50 errors");
  });
});
