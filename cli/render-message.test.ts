import { expect, it } from "vitest";
import { describeEvent } from "./render-event.ts";
import { renderMessage, shortName, wrap } from "./render-message.ts";

const message = {
  messageId: "01a224ed-8a50-794e-b27b-31239605d228",
  from: "ana@atlas:storefront/0b0e3c1e-8f0a-4f57-a2a3-1d2f4f2c9d11",
  to: "ben@orion:payments/7b0e3c1e-8f0a-4f57-a2a3-1d2f4f2c9d11",
  type: "question",
  content: "Does the refund endpoint take a partial amount?\nThe docs say nothing about it, and the tests neither.",
  timestamp: "2026-11-29T12:00:00.000Z",
} as const;

it("fits 80 columns, names and all", () => {
  const long = {
    ...message,
    from: `${"a".repeat(64)}@${"b".repeat(64)}:c/1`,
    content: `${"word ".repeat(60)}${"x".repeat(200)}`,
  };
  for (const lines of [renderMessage(message, { width: 80 }), renderMessage(long, { width: 80, mark: "delivered" })]) {
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  }
  expect(renderMessage(message, { width: 80 })[0]).toMatch(
    /^\d\d:\d\d:\d\d {2}ana@atlas:storefront\/0b0e → ben@orion:payments\/7b0e {2}question$/,
  );
});

it("shows the beginning of a long text, and how much more there is", () => {
  const lines = renderMessage(
    { ...message, content: Array.from({ length: 40 }, (_, n) => `line ${n}`).join("\n") },
    { width: 80 },
  );
  expect(lines.at(-1)?.trim()).toBe("… 35 more lines");
});

it("lets no message move the cursor, colour the screen or turn the text round", () => {
  const content = "\u001b[2Jgone\u0007 \u009b31m \u202Eevil\r\ttab";
  const lines = renderMessage({ ...message, content }, { width: 80 });
  expect(lines[1]?.trim()).toBe("[2Jgone 31m evil  tab");
  const event = {
    event: "instance:joined",
    timestamp: message.timestamp,
    instanceId: "a\u001b@b:c/1",
    cursor: 1,
  } as const;
  expect(describeEvent(event, 80, false).join()).not.toContain("\u001b");
});

it("cuts the session that an agent made up, and keeps one that somebody chose", () => {
  expect(shortName(message.from)).toBe("ana@atlas:storefront/0b0e");
  expect(shortName(`${message.from}-0a1b2c`)).toBe("ana@atlas:storefront/0b0e");
  expect(shortName("ada@desk:cli/deploy")).toBe("ada@desk:cli/deploy");
  expect(shortName("topic:builds")).toBe("topic:builds");
});

it("breaks lines between words where it can", () => {
  expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
  expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(wrap("", 4)).toEqual([""]);
});

it("tells what went wrong with a message, and how far each got only when asked", () => {
  const state = (state: "acked" | "expired") =>
    ({
      event: "message:state",
      timestamp: message.timestamp,
      messageId: "m",
      instanceId: "a@b:c/1",
      state,
      at: message.timestamp,
      cursor: 1,
    }) as const;
  expect(describeEvent(state("acked"), 80, false)).toEqual([]);
  expect(describeEvent(state("acked"), 80, true)).toHaveLength(1);
  expect(describeEvent(state("expired"), 80, false)).toHaveLength(1);
});
