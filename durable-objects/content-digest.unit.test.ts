import { expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import { compose, type Draft } from "./compose.ts";
import { digestOf } from "./content-digest.ts";

const draft = fc.record(
  {
    type: fc.constantFrom("task" as const, "result" as const),
    content: fc.oneof(
      fc.string({ minLength: 1 }),
      fc.string({ unit: fc.constantFrom('"', "\\", ",", "timestamp", ":", "é", "type"), minLength: 1 }),
    ),
    metadata: fc.dictionary(fc.constantFrom("a", "fromRole", "timestamp"), fc.oneof(fc.string(), fc.integer())),
    replyToMessageId: fc.uuid(),
  },
  { requiredKeys: ["type", "content"] },
);
const stamps = fc.record({
  from: fc.constantFrom("a@h:p/1", "a@h:p/2"),
  role: fc.constantFrom(null, "lead", "a.b/c"),
  topicName: fc.constantFrom(undefined, "team"),
  ttlSeconds: fc.constantFrom(undefined, 5, 60),
  now: fc.integer({ min: 0, max: 4e12 }),
});
type Stamps = typeof stamps extends fc.Arbitrary<infer T> ? T : never;

function bodyWith(said: Draft, { from, role, topicName, ttlSeconds, now }: Stamps): string {
  return compose({ ...said, topicName, ttlSeconds }, { from, role }, "u@h:p/to", now).body;
}

it("is that of what a message says, whoever sends it, when, and under which id", () => {
  fc.assert(
    fc.property(draft, stamps, stamps, (said, one, other) => {
      expect(digestOf(bodyWith(said, one))).toBe(digestOf(bodyWith(said, other)));
    }),
  );
});

it("tells any two messages apart that say something else", () => {
  const sayings = (said: Draft) => JSON.stringify([said.type, said.content, said.replyToMessageId, said.metadata]);
  fc.assert(
    fc.property(draft, draft, stamps, (a, b, how) => {
      expect(digestOf(bodyWith(a, how)) === digestOf(bodyWith(b, how))).toBe(sayings(a) === sayings(b));
    }),
  );
  const contents = Array.from({ length: 20_000 }, (_, i) => String(i));
  const how: Stamps = { from: "a@h:p/1", role: null, topicName: undefined, ttlSeconds: undefined, now: 1 };
  expect(new Set(contents.map((content) => digestOf(bodyWith({ type: "task", content }, how)))).size).toBe(20_000);
});

it("[Q10] has one for what is no message, too", () => {
  for (const broken of ["", "{", '{"messageId":"', '","type":"task","timestamp":"']) {
    expect(digestOf(broken)).toMatch(/^[0-9a-f]{16}$/);
  }
});
