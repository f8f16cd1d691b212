import { expect, it } from "vitest";
import { UNREAD_MAX_BYTES } from "../../../shared/limits.ts";
import { ClientSocket } from "./client-socket.ts";

/** As workerd has it. */
Object.assign(globalThis, { WebSocket: Object.assign(globalThis.WebSocket, { READY_STATE_OPEN: 1 }) });
const PIECE = "x".repeat(1_000_000);

function makeSocket(version: 1 | 2 = 2) {
  const texts: string[] = [];
  const closed: number[] = [];
  const ws = { readyState: 1, send: (text: string) => texts.push(text), close: (code: number) => closed.push(code) };
  const socket = new ClientSocket(ws as unknown as WebSocket, version, Date.now());
  const send = (count: number) => {
    for (let i = 0; i < count; i++) socket.sendJson(PIECE);
    socket.flush();
  };
  return { socket, texts, closed, send };
}

const UNREAD_PIECES = Math.ceil(UNREAD_MAX_BYTES / PIECE.length);

it("closes a client that shows no sign of reading what it is sent, and before that takes no more for it that is not owed", () => {
  const { socket, closed, send } = makeSocket();
  send(UNREAD_PIECES / 2 - 1);
  expect([socket.isBehind, closed]).toEqual([false, []]);
  send(2);
  expect([socket.isBehind, closed]).toEqual([true, []]);
  send(UNREAD_PIECES);
  expect(closed).toEqual([4008]);
});

it("keeps one that pings or acks, however much it is sent", () => {
  const { socket, closed, send } = makeSocket();
  for (let round = 0; round < 5; round++) {
    send(UNREAD_PIECES - 1);
    socket.noteReading(Date.now());
  }
  expect(closed).toEqual([]);
});

it("B1 puts the frames of a turn into one text for a v2 client, and each into its own for v1", async () => {
  for (const [version, expected] of [
    [2, ['[{"a":1},{"a":2}]']],
    [1, ['{"a":1}', '{"a":2}']],
  ] as const) {
    const { socket, texts } = makeSocket(version);
    socket.send({ a: 1 });
    socket.send({ a: 2 });
    await Promise.resolve();
    expect(texts).toEqual(expected);
  }
});
