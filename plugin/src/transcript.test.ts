import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { Transcript } from "./transcript.ts";

const id = (n: number) => `01a204f0-d0c6-7e9d-b4f0-${String(n).padStart(12, "0")}`;
const line = (n: number) => `${JSON.stringify({ type: "user", text: `<channel message_id="${id(n)}">` })}\n`;

it("reads each line once, a half-written one when it is whole", () => {
  const path = join(makeTempDir(), "t.jsonl");
  writeFileSync(path, line(1));
  const transcript = new Transcript();
  expect(transcript.readNews(path).shown).toEqual([id(1)]);
  expect(transcript.readNews(path).shown).toEqual([]);
  const half = line(2).length - 20;
  appendFileSync(path, line(2).slice(0, half));
  expect(transcript.readNews(path).shown).toEqual([]);
  appendFileSync(path, `${line(2).slice(half)}${line(3)}`);
  expect(transcript.readNews(path).shown).toEqual([id(2), id(3)]);
});

it("begins anew with another transcript, and with one that was rewritten shorter", () => {
  const folder = makeTempDir();
  const [a, b] = [join(folder, "a.jsonl"), join(folder, "b.jsonl")];
  writeFileSync(a, line(1) + line(2));
  writeFileSync(b, line(3));
  const transcript = new Transcript();
  expect(transcript.readNews(a).shown).toEqual([id(1), id(2)]);
  expect(transcript.readNews(b).shown).toEqual([id(3)]);
  writeFileSync(b, "");
  expect(transcript.readNews(b).shown).toEqual([]);
  writeFileSync(b, line(4));
  expect(transcript.readNews(b).shown).toEqual([id(4)]);
});

it("of a long one reads the end, and of none nothing", () => {
  const path = join(makeTempDir(), "t.jsonl");
  writeFileSync(path, `${line(1)}${`${"x".repeat(1_023)}\n`.repeat(6 * 1_024)}${line(2)}`);
  expect(new Transcript().readNews(path).shown).toEqual([id(2)]);
  expect(new Transcript().readNews(join(path, "none")).shown).toEqual([]);
});

it("tells what the model was shown from what only waits for it, and from what others were shown", () => {
  const path = join(makeTempDir(), "t.jsonl");
  const text = (n: number) => `<channel message_id="${id(n)}">`;
  const lines = [
    { type: "queue-operation", operation: "enqueue", content: text(1) },
    { type: "queue-operation", operation: "dequeue", content: text(2) },
    { type: "attachment", attachment: { type: "queued_command", prompt: text(3) } },
    { type: "assistant", message: { content: [{ type: "text", text: text(4) }] } },
    { type: "api-request-blob", message: { content: text(5) } },
    { type: "user", isSidechain: true, message: { content: text(6) } },
    { type: "user", isSidechain: false, message: { content: text(7) } },
  ];
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{ no JSON ${text(8)}\n`);
  expect(new Transcript().readNews(path)).toEqual({ shown: [id(3), id(7)], queued: [id(1)] });
});
