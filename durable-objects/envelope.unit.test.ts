import { expect, it } from "vitest";
import { utf8Length } from "../shared/message.ts";
import { fc } from "../test/helpers/property.ts";
import { composeMessage, packParcel } from "./compose.ts";
import { fromColumns, fromLoggedColumns, messageIdOf, senderOf, toColumns, toLoggedColumns } from "./parcels.ts";

const NOW = 1_700_000_000_000;
const content = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: "binary", minLength: 1 }));
const draft = fc.record(
  {
    type: fc.constantFrom("task" as const, "result" as const, "question" as const),
    content,
    messageId: fc.uuid(),
    metadata: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))),
    replyToMessageId: fc.uuid(),
    ttlSeconds: fc.integer({ min: 1, max: 2_592_000 }),
  },
  { requiredKeys: ["type", "content"] },
);
const sender = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}@h:p\/[A-Za-z0-9-]{1,64}$/);
const role = fc.option(fc.stringMatching(/^[a-z]{1,9}$/));

it("finds message id and sender in the body of every message without parsing it", () => {
  fc.assert(
    fc.property(draft, sender, role, (draft, from, role) => {
      const message = composeMessage(draft, { from, role }, "u@h:p/to", NOW);
      const { body, bytes } = packParcel(message, message.to, NOW);
      expect(messageIdOf(body)).toBe(message.messageId);
      expect(senderOf(body)).toBe(from);
      expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(message)));
      expect(bytes).toBe(utf8Length(body));
    }),
  );
});

it("writes a body without line breaks, since the log separates bodies by them", () => {
  fc.assert(
    fc.property(draft, (draft) => {
      const message = composeMessage(
        { ...draft, content: `a\nb\r\n\u2028${draft.content}` },
        { from: "u@h:p/s", role: null },
        "u@h:p/t",
        NOW,
      );
      expect(packParcel(message, message.to, NOW).body).not.toMatch(/[\n\r]/);
    }),
  );
});

it("M1 stamps time, sender, sender's role and expiry", () => {
  const author = { from: "u@h:p/s", role: "lead" };
  const message = composeMessage({ type: "task", content: "x", ttlSeconds: 60 }, author, "u@h:p/t", NOW);
  expect(message).toMatchObject({
    from: "u@h:p/s",
    fromRole: "lead",
    timestamp: new Date(NOW).toISOString(),
    expiresAt: new Date(NOW + 60_000).toISOString(),
  });
  expect(packParcel(message, message.to, NOW).expiresAt).toBe(NOW + 60_000);
});

it("expires after seven days what says nothing else, without saying so in the message", () => {
  const message = composeMessage({ type: "task", content: "x" }, { from: "u@h:p/s", role: null }, "u@h:p/t", NOW);
  expect(message.expiresAt).toBeUndefined();
  expect(packParcel(message, message.to, NOW).expiresAt).toBe(NOW + 7 * 86_400_000);
});

it("gives back from columns what went in", () => {
  const parcel = fc.record({ to: fc.string(), body: fc.string(), bytes: fc.nat(), expiresAt: fc.nat() });
  const logged = fc.record({
    to: fc.constant("u@h:p/t"),
    body: fc.string(),
    bytes: fc.nat(),
    expiresAt: fc.nat(),
    position: fc.nat(),
    acceptedAt: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(parcel), fc.array(logged), (parcels, loggedParcels) => {
      expect(fromColumns(toColumns(parcels))).toEqual(parcels);
      expect(fromLoggedColumns("u@h:p/t", toLoggedColumns(loggedParcels))).toEqual(loggedParcels);
    }),
  );
});
