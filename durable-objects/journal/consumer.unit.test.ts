import { describe, expect, it } from "vitest";
import { Consumer, Texts } from "./consumer.ts";

const MIB = 1_048_576;

function makeConsumer(version: 1 | 2) {
  const sent: string[] = [];
  const ws = { serializeAttachment: () => undefined, send: (text: string) => sent.push(text) };
  const consumer = Consumer.open(ws as unknown as WebSocket, { version, cursor: 0, openedAt: 1_000 });
  return { consumer, sent };
}

describe("consumer", () => {
  it("may be sent 32 MiB between two pings, then waits for the next", () => {
    const { consumer } = makeConsumer(2);
    const texts = new Texts(["x".repeat(MIB)]);
    for (let i = 1; i <= 32; i++) {
      expect(consumer.hasAllowance(1_000 + i)).toBe(true);
      consumer.send(texts, i);
    }
    expect(consumer.hasAllowance(60_000)).toBe(false);
    consumer.notePing(60_000);
    expect(consumer.hasAllowance(60_000)).toBe(true);
  });

  it("gets its allowance back with time when it is a v1 client, which sends no ping", () => {
    const { consumer } = makeConsumer(1);
    consumer.send(new Texts(["x".repeat(40 * MIB)]), 1);
    expect(consumer.hasAllowance(2_000)).toBe(false);
    expect(consumer.hasAllowance(27_000)).toBe(true);
  });

  it("B1: gets arrays of at most 200 events and a quarter of a megabyte, or one event a text", () => {
    const lines = Array.from({ length: 450 }, (_, i) => `{"cursor":${i}}`);
    expect(new Texts(lines).of(2).map((text) => JSON.parse(text).length)).toEqual([200, 200, 50]);
    expect(new Texts(lines).of(1)).toEqual(lines);
    const large = Array.from({ length: 4 }, () => JSON.stringify("y".repeat(100_000)));
    expect(new Texts(large).of(2).map((text) => JSON.parse(text).length)).toEqual([2, 2]);
  });
});
