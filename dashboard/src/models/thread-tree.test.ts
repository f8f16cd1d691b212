import { describe, expect, it } from "vitest";
import { INDENT_MAX, layOutThread } from "./thread-tree.ts";

/** `a`, `b<a` answers a, `c<a!` is an ack of a, `#d` is published; in the order of time. */
function messages(...texts: string[]) {
  return texts.map((text, index) => {
    const [messageId = "", parent] = text.replace(/[!#]/, "").split("<");
    const type = text.endsWith("!") ? ("ack" as const) : ("task" as const);
    const timestamp = new Date(index * 1_000).toISOString();
    const topic = text.startsWith("#") ? { topicName: "t", to: "topic:t" } : { to: "b@h:p/2" };
    return { messageId, from: "a@h:p/1", content: text, replyToMessageId: parent, type, timestamp, ...topic };
  });
}

const shown = (...texts: string[]) =>
  layOutThread(messages(...texts)).map(({ message, depth, indent, answers }) =>
    [message.messageId, depth, indent, answers?.messageId].filter((part) => part !== undefined).join(" "),
  );

describe("layOutThread", () => {
  it("keeps an exchange in one column, acks aside", () => {
    expect(shown("a", "b<a!", "c<a", "d<c", "e<d!", "f<d")).toEqual([
      "a 0 0",
      "b 1 1",
      "c 1 1 a",
      "d 2 1",
      "e 3 1",
      "f 3 1 d",
    ]);
  });

  it("steps to the right where a message has several answers, and says what a row answers that is not above it", () => {
    expect(shown("a", "b<a", "c<b", "d<b", "e<c", "f<a")).toEqual([
      "a 0 0",
      "b 1 1",
      "c 2 2",
      "e 3 2",
      "d 2 2 b",
      "f 1 1 a",
    ]);
  });

  it("gives a message whose parent is not there a tree of its own", () => {
    expect(shown("b<gone", "c<b", "d")).toEqual(["b 0 0", "c 1 1", "d 0 0"]);
  });

  it("puts what answers a copy of a publication below the publication", () => {
    expect(shown("#a", "b<copy", "c<b", "d<copy")).toEqual(["a 0 0", "b 1 1", "c 2 1", "d 1 1 a"]);
  });

  it("orders answers by time, whatever order they came in", () => {
    expect(layOutThread(messages("a", "b<a", "c<a").toReversed()).map(({ message }) => message.messageId)).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  it("lays out 10,000 levels, none further right than the limit", () => {
    const deep = ["0", ...Array.from({ length: 10_000 }, (_, n) => [`${n + 1}<${n}`, `x${n}<${n}`]).flat()];
    const rows = layOutThread(messages(...deep));
    expect(rows).toHaveLength(20_001);
    expect(Math.max(...rows.map(({ indent }) => indent))).toBe(INDENT_MAX);
    expect(Math.max(...rows.map(({ depth }) => depth))).toBe(10_000);
  });

  it("leaves out messages that answer each other in a circle, which have no beginning", () => {
    expect(shown("a", "b<c", "c<b")).toEqual(["a 0 0"]);
  });

  it("[M3] puts the copies of a message for a role in one row, and below it what any of them is answered", () => {
    const copyId = (n: number) => `00000000-0000-5000-8000-00000000000${n}`;
    const [root] = messages("a");
    if (root === undefined) throw new Error("there is one");
    const copy = (n: number) => ({
      ...root,
      messageId: copyId(n),
      replyToMessageId: "a",
      role: "reviewer",
      content: "look",
    });
    const answer = (messageId: string, n: number, at: number) => ({
      ...root,
      messageId,
      from: `r${n}@h:p/1`,
      replyToMessageId: copyId(n),
      timestamp: new Date(at).toISOString(),
    });
    const rows = layOutThread([root, copy(1), copy(2), answer("x", 2, 5_000), answer("y", 1, 6_000)]);
    expect(rows.map(({ message, depth }) => `${message.messageId} ${depth}`)).toEqual([
      "a 0",
      `${copyId(1)} 1`,
      "x 2",
      "y 2",
    ]);
    expect(rows.map(({ members }) => members?.length)).toEqual([undefined, 2, undefined, undefined]);
  });
});
