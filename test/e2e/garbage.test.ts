import fc from "fast-check";
import { expect, it } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });

let clients = 0;
const connect = () => TestSocket.openV2(hub(), `fuzz@host:project/${++clients}`);

it.each([
  ["no JSON", "hello", "invalid_json"],
  ["half of a frame", '{"action":"send_mess', "invalid_json"],
  ["nothing", "", "invalid_json"],
  ["a number", "7", "invalid_payload"],
  ["null", "null", "invalid_payload"],
  ["no action", '{"to":"a@b:c/d"}', "invalid_payload"],
  ["an action that is no text", '{"action":{"$ne":1}}', "invalid_payload"],
  ["an unknown action", '{"action":"format_disk"}', "unknown_action"],
  ["a name from the prototype", '{"action":"__proto__"}', "unknown_action"],
  ["wrong types", '{"action":"send_message","to":7,"type":[],"content":{}}', "invalid_payload"],
  ["too much content", JSON.stringify(sendOf("x".repeat(65_537))), "content_too_large"],
  ["more bytes than characters", JSON.stringify(sendOf("é".repeat(32_769))), "content_too_large"],
  ["no frames", "[]", "invalid_payload"],
  ["too many frames", JSON.stringify(new Array(201).fill({ action: "list_instances" })), "invalid_payload"],
  ["nested frames", '[[{"action":"list_instances"}]]', "invalid_payload"],
  ["deep nesting", "[".repeat(200_000), "invalid_json"],
  ["deep nesting that ends", `${"[".repeat(200_000)}${"]".repeat(200_000)}`, /^invalid_(json|payload)$/],
])("answers %s and goes on (E1, B1)", async (_name, text, code) => {
  const socket = await connect();
  socket.ws.send(text);
  const reply = await socket.untilFrame((frame) => "code" in frame, "an error");
  expect(reply).toEqual({ error: expect.stringMatching(/\w \w.*\.$/), code: expect.stringMatching(code) });
  expect(await socket.ask({ action: "list_instances" })).toHaveProperty("instances");
  await socket.close();
});

it("answers binary and goes on", async () => {
  const socket = await connect();
  socket.ws.send(Buffer.from('{"action":"list_instances"}'), { binary: true });
  await socket.untilFrame((frame) => frame.code === "invalid_payload", "an error");
  expect(await socket.ask({ action: "list_instances" })).toHaveProperty("instances");
  await socket.close();
});

it("gives a bad frame its error under its request id, also among good ones (E1)", async () => {
  const socket = await connect();
  socket.send([
    { action: "list_instances", requestId: "good" },
    { action: "send_message", requestId: "bad", to: 1 },
    { action: "nonsense", requestId: "worse" },
  ]);
  await socket.untilFrame((frame) => frame.requestId === "good", "the good one's reply");
  expect(socket.frames).toContainEqual(expect.objectContaining({ requestId: "bad", code: "invalid_payload" }));
  expect(socket.frames).toContainEqual(expect.objectContaining({ requestId: "worse", code: "unknown_action" }));
  await socket.close();
});

it("takes a text of exactly 1 MiB, and closes with 4013 for one byte more", async () => {
  const socket = await connect();
  socket.ws.send(`"${"x".repeat(1_048_574)}"`);
  await socket.untilFrame((frame) => frame.code === "invalid_payload", "an error for 1 MiB");
  socket.ws.send(`"${"x".repeat(1_048_575)}"`);
  expect(await socket.untilClosed()).toBe(4013);
});

it("closes a flood of refused frames with 4029", async () => {
  const socket = await connect();
  for (let i = 0; i < 300; i++) socket.ws.send("?");
  expect(await socket.untilClosed()).toBe(4029);
});

it("stays up whatever comes, as text or as bytes", async () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.uint8Array({ maxLength: 200 }),
    fc
      .record({ action: fc.constantFrom("send_message", "ack", "status", "get_messages", "ping") })
      .chain((frame) => fc.object({ depthSize: "small" }).map((fields) => JSON.stringify({ ...fields, ...frame }))),
  );
  const socket = await connect();
  let texts = 0;
  await fc.assert(
    fc.asyncProperty(anything, async (data) => {
      socket.ws.send(data);
      // Below the flood limit, the link stays.
      if (++texts % 200 === 0) expect(await socket.ask({ action: "ping", to: "a@b:c/d" })).toHaveProperty("online");
    }),
    { numRuns: 200, endOnFailure: true },
  );
  expect(await socket.ask({ action: "ping", to: "a@b:c/d" })).toHaveProperty("online");
  await socket.close();
});

function sendOf(content: string): object {
  return { action: "send_message", to: "a@b:c/d", type: "task", content };
}
