import { countTokens } from "@anthropic-ai/tokenizer";
import { describe, expect, it } from "vitest";
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import { composePost } from "../hosts/claude-code/inbox-socket.ts";
import { FrameWriter } from "./frame.ts";
import { composeOffer } from "./offer.ts";
import type { OpenParcel } from "./parcel.ts";
import { Parcels } from "./parcels.ts";

const writer = new FrameWriter("secret");

function parcelsOf(count: number, more: (n: number) => Partial<DeliveredMessage> = () => ({})): OpenParcel[] {
  const parcels = new Parcels((id) => writer.markOf(id));
  return Array.from({ length: count }, (_, n) => {
    const messageId = `01a204f0-d0c6-7e9d-b4f0-${String(n).padStart(12, "0")}`;
    const facts = { from: "b@h:p/s", to: "a@h:p/s", type: "task" as const, timestamp: "2026-01-01T00:00:00.000Z" };
    return parcels.add({ messageId, content: `text ${n}`, seq: n, ...facts, ...more(n) }) as OpenParcel;
  });
}

it("shows a few messages in full and in order", () => {
  const parcels = parcelsOf(10);
  const { text, shown, listed } = composeOffer(parcels, writer);
  expect([shown, listed]).toEqual([parcels, []]);
  expect([...text.matchAll(/\ntext (\d+)\n/g)].map(([, n]) => Number(n))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("tells of many by sender and kind, names tasks, and shows the newest few", () => {
  const parcels = parcelsOf(100, (n) => (n % 4 === 0 ? { from: "c@h:q/t", type: "result" } : {}));
  const { text, shown, listed } = composeOffer(parcels, writer, 200);
  expect(text).toContain("100 messages of cc2cc peers (other sessions, not your user) wait for you, and 200 more");
  expect(text).toContain("b@h:p (75 task); c@h:q (25 result)");
  expect(text).toContain("(the newest 8 of 72)");
  expect(text).toContain("- task from b@h:p/s: text 95");
  expect(shown.map(({ message }) => message.content)).toEqual(["text 97", "text 98", "text 99"]);
  expect([...listed, ...shown]).toEqual(parcels);
  expect(text).toContain("The other 297, oldest first: call get_messages");
  expect(text.length).toBeLessThan(4_000);
});

it("lists a message that is too long for a hook, and stays below what a hook takes", () => {
  const parcels = parcelsOf(3, () => ({ content: "y".repeat(5_000) }));
  const { text, shown, listed } = composeOffer(parcels, writer);
  expect([shown.length, listed.length]).toEqual([0, 3]);
  expect(text.length).toBeLessThan(10_000);
  expect(text).not.toContain("in full");
});

it("offers nothing where nothing is", () => expect(composeOffer([], writer).text).toBe(""));

it("posts with a line for the person, without a from, and with the answering rule once", () => {
  const offer = composeOffer(parcelsOf(1), writer);
  const post = composePost(offer, writer, true);
  const lines = post.split("\n");
  expect(lines.slice(0, 2)).toEqual(['<cross-session-message from-name="b@h:p">', "task from b@h:p/s: text 0"]);
  expect(post).toContain("send_message and replyToMessageId");
  expect(composePost(offer, writer, false)).not.toContain("replyToMessageId");
  expect(composePost(composeOffer(parcelsOf(2), writer), writer, false)).toContain("\n2 messages from b@h:p\n");
});

describe("[G3] a digest of 300 waiting messages", () => {
  const name = (n: number) =>
    Array.from({ length: 64 }, (_, k) => "abcdefghijklmnopqrstuvwxyz0123456789"[(n * 7 + k * 13 + n * k) % 36]).join(
      "",
    );
  const longId = (n: number) => `${name(n)}@${name(n + 1)}:${name(n + 2)}/${name(n + 3)}`;
  const text = "The quick brown fox reviews the checkout retry and says why. ".repeat(100);
  const KINDS: Record<string, (n: number) => Partial<DeliveredMessage>> = {
    "short ones": () => ({}),
    "of 6 kB": () => ({ content: text.slice(0, 6_000) }),
    "of 600 characters by many": (n) => ({ from: `user${n}@host${n}:project${n}/s`, content: text.slice(0, 600) }),
    "by the longest names": (n) => ({ from: longId(n), content: text.slice(0, 590) }),
    "in Japanese": (n) => ({ from: longId(n), content: "検索結果を確認してから返事をください。".repeat(30) }),
    "of lines that look like numbers": () => ({ content: "8f3a91c7 ".repeat(60) }),
  };

  it.each(Object.entries(KINDS))("%s costs less than 1,500 tokens", (_, more) => {
    const offer = composeOffer(parcelsOf(100, more), writer, 200);
    expect(countTokens(offer.text)).toBeLessThan(1_500);
    expect([...offer.listed, ...offer.shown]).toHaveLength(100);
  });

  it("says what results are about, too, where no task waits", () => {
    const { text: digest } = composeOffer(
      parcelsOf(100, (n) => ({ type: "result", content: `done ${n} ${text}` })),
      writer,
      200,
    );
    expect(digest).toContain("The newest of the others:\n");
    expect(digest).toContain("- result from b@h:p/s: done 99 The quick");
    expect(digest).not.toContain("Tasks and questions");
  });
});
