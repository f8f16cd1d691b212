import { expect, it } from "vitest";
import { composeMessage, packParcel } from "../compose.ts";
import { copyOf } from "../parcels.ts";
import { readSegment, writeSegment } from "./archive.ts";
import { digestOf } from "./digest.ts";
import { type Row, State } from "./store.ts";

const NOW = 1_700_000_000_000;

function row(seq: number, body: string, more: Partial<Row> = {}): Row {
  return {
    seq,
    messageId: body.slice(14, 50),
    sender: "a@h:p/1",
    body,
    digest: null,
    bytes: body.length,
    logPosition: 7,
    state: State.acked,
    attempts: 1,
    epoch: 3,
    leaseUntil: 0,
    expiresAt: NOW + 1,
    queuedAt: NOW,
    deliveredAt: NOW,
    ackedAt: NOW + 5,
    seenAt: 0,
    endedAt: null,
    reason: null,
    ...more,
  };
}

function bodyOf(content: string, to = "u@h:p/to"): string {
  return packParcel(composeMessage({ type: "task", content }, { from: "a@h:p/1", role: null }, to, NOW), to, NOW).body;
}

/** What the archive keeps of a row. */
function kept(row: Row): Row {
  return { ...row, body: "", digest: digestOf(row.body), bytes: 0, expiresAt: 0 };
}

it("keeps of messages what may still be asked, with what they share written once", () => {
  const rows = [
    row(1, bodyOf("one")),
    row(2, bodyOf("two")),
    row(3, copyOf(bodyOf("copy", "topic:x"), "u@h:p/to")),
    row(4, bodyOf("four"), { state: State.seen, seenAt: NOW + 9, attempts: 2, sender: "b@h:p/2" }),
  ];
  const segment = writeSegment(rows);
  expect(readSegment(segment)).toEqual(rows.map(kept));
  expect(segment.split("\n")).toHaveLength(4 + 2);
  expect(writeSegment(readSegment(segment))).toBe(segment);
});

it("reads what older versions wrote, texts and all", () => {
  const body = bodyOf('old "text"');
  const copy = copyOf(bodyOf("old copy", "topic:x"), "u@h:p/to");
  const lines = [row(1, body), row(2, copy)].map((r) => {
    const { body: text, digest: _d, leaseUntil: _l, endedAt: _e, reason: _r, ...fields } = r;
    return `${JSON.stringify(fields).slice(0, -1)},"message":${text}}`;
  });
  expect(readSegment(lines.join("\n"))).toEqual([
    row(1, body, { digest: digestOf(body) }),
    row(2, copy, { digest: digestOf(copy) }),
  ]);
});
