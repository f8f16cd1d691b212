import { expect, it } from "vitest";
import type { DeliveredMessage } from "../protocol.ts";
import { Inbox } from "./inbox.ts";

const message = (messageId: string, seq?: number) => ({ messageId, seq }) as DeliveredMessage;
const ids = (messages: DeliveredMessage[]) => messages.map(({ messageId }) => messageId);

it("hands each message on once, and has an ack said again that the hub did not hear (Q4)", () => {
  const inbox = new Inbox();
  expect(ids(inbox.take([message("a", 1), message("b", 2)]).fresh)).toEqual(["a", "b"]);
  expect(inbox.take([message("a", 1)])).toEqual({ fresh: [], doneIds: [] });
  inbox.done("a");
  expect(inbox.take([message("a", 1), message("b", 2)])).toEqual({ fresh: [], doneIds: ["a"] });
  expect(inbox.heldCount).toBe(1);
});

it("hands on again what was given back (Q3)", () => {
  const inbox = new Inbox();
  inbox.take([message("a", 1)]);
  inbox.giveBack("a");
  expect(ids(inbox.take([message("a", 1)]).fresh)).toEqual(["a"]);
});

it("does not hold what wants no ack", () => {
  const inbox = new Inbox();
  expect(ids(inbox.take([message("live")]).fresh)).toEqual(["live"]);
  expect(inbox.heldCount).toBe(0);
});
