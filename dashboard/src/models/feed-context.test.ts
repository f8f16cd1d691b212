import { expect, it } from "vitest";
import { makeRecord, makeStandInHub, settle } from "../test-kit/stand-in-hub.ts";
import { readAround } from "./feed-context.ts";

const bodyOf = (n: number) => makeRecord(n).content;

it("reads what came before and after a message, the span after it as long as it needs to be", async () => {
  const hub = makeStandInHub();
  const reading = readAround(hub, makeRecord(5).messageId);
  hub.take(`/api/messages/${makeRecord(5).messageId}`).answer(makeRecord(5));
  await settle();
  const older = hub.take("/api/messages");
  expect(older.query).toEqual({ q: "before:2026-11-22T12:00:05.001Z", limit: 50 });
  older.answer({ items: [5, 4, 3].map((n) => makeRecord(n)), nextCursor: "x" });
  const later = hub.take("/api/messages");
  expect(later.query.q).toBe("after:2026-11-22T12:00:05.001Z before:2026-11-22T12:10:05.001Z");
  // More than fit: those next to the message would be left out.
  later.answer({ items: [900, 899].map((n) => makeRecord(n)), nextCursor: "y" });
  await settle();
  const shorter = hub.take("/api/messages");
  expect(shorter.query.q).toBe("after:2026-11-22T12:00:05.001Z before:2026-11-22T12:01:20.001Z");
  shorter.answer({ items: [7, 6].map((n) => makeRecord(n)) });
  const { page, hasOlder } = await reading;
  expect(page.items.map(({ content }) => content)).toEqual([7, 6, 5, 4, 3].map(bodyOf));
  expect(hasOlder).toBe(true);
});

it("has the message itself among more of one moment than a page holds", async () => {
  const hub = makeStandInHub();
  const { messageId, timestamp } = makeRecord(5);
  const reading = readAround(hub, messageId);
  hub.take(`/api/messages/${messageId}`).answer(makeRecord(5));
  await settle();
  hub.take("/api/messages").answer({ items: [6, 7].map((n) => makeRecord(n, { timestamp })) });
  const later = Array.from({ length: 20 }, (_, n) => makeRecord(40 - n));
  hub.take("/api/messages").answer({ items: later });
  expect((await reading).page.items.filter((item) => item.messageId === messageId)).toHaveLength(1);
});
