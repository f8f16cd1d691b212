import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../../../test/helpers/temp-dir.ts";
import { CLAUDE_TRANSCRIPT } from "../hosts/claude-code/transcript-lines.ts";
import { FrameWriter } from "./frame.ts";
import { Transcript } from "./transcript.ts";

const writer = new FrameWriter("secret");
const mark = (n: number) => writer.markOf(String(n));
const line = (n: number) => `${JSON.stringify({ type: "user", message: { content: `<${mark(n)}>` } })}\n`;

function follow(path: string): Transcript {
  const transcript = new Transcript(CLAUDE_TRANSCRIPT);
  transcript.follow(path);
  return transcript;
}

it("reads each line once, a half-written one when it is whole", () => {
  const path = join(makeTempDir(), "t.jsonl");
  writeFileSync(path, line(1));
  const transcript = follow(path);
  expect(transcript.readNews().shown).toEqual([mark(1)]);
  expect(transcript.readNews().shown).toEqual([]);
  const half = line(2).length - 20;
  appendFileSync(path, line(2).slice(0, half));
  expect(transcript.readNews().shown).toEqual([]);
  appendFileSync(path, `${line(2).slice(half)}${line(3)}`);
  expect(transcript.readNews().shown).toEqual([mark(2), mark(3)]);
});

it("begins anew with another transcript, and with one that was rewritten shorter", () => {
  const folder = makeTempDir();
  const [a, b] = [join(folder, "a.jsonl"), join(folder, "b.jsonl")];
  writeFileSync(a, line(1) + line(2));
  writeFileSync(b, line(3));
  const transcript = follow(a);
  expect(transcript.readNews().shown).toEqual([mark(1), mark(2)]);
  transcript.follow(b);
  expect(transcript.readNews().shown).toEqual([mark(3)]);
  writeFileSync(b, "");
  expect(transcript.readNews().shown).toEqual([]);
  writeFileSync(b, line(4));
  expect(transcript.readNews().shown).toEqual([mark(4)]);
});

it("of a long one reads the end, and of none nothing", () => {
  const path = join(makeTempDir(), "t.jsonl");
  writeFileSync(path, `${line(1)}${`${"x".repeat(1_023)}\n`.repeat(6 * 1_024)}${line(2)}`);
  expect(follow(path).readNews().shown).toEqual([mark(2)]);
  expect(follow(join(path, "none")).readNews().shown).toEqual([]);
  expect(new Transcript(CLAUDE_TRANSCRIPT).readNews().shown).toEqual([]);
});

it("tells what the model was shown from what only waits for it, and from what merely repeats it", () => {
  const path = join(makeTempDir(), "t.jsonl");
  const text = (n: number) => `<${mark(n)} from="x">`;
  const lines = [
    { type: "queue-operation", operation: "enqueue", content: text(1) },
    { type: "queue-operation", operation: "dequeue", content: text(2) },
    { type: "attachment", attachment: { type: "queued_command", prompt: text(3) } },
    { type: "assistant", message: { content: [{ type: "text", text: text(4) }] } },
    { type: "api-request-blob", message: { content: text(5) } },
    { type: "user", isSidechain: true, message: { content: text(6) } },
    { type: "user", isSidechain: false, message: { content: text(7) } },
    { type: "attachment", attachment: { type: "hook_success", stdout: text(8) } },
    { type: "attachment", attachment: { type: "hook_additional_context", content: [text(9)] } },
    { type: "user", message: { content: "preview" }, toolUseResult: text(10) },
    { type: "system", subtype: "informational", content: text(11) },
  ];
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{ no JSON ${text(12)}\n`);
  const transcript = follow(path);
  expect(transcript.readNews()).toEqual({ shown: [mark(3), mark(7), mark(9)], queued: [mark(1)] });
});

it("counts as understood before it is written, and not where another client writes it", () => {
  const path = join(makeTempDir(), "t.jsonl");
  const transcript = new Transcript(CLAUDE_TRANSCRIPT);
  expect(transcript.isUnderstood).toBe(false);
  transcript.follow(path);
  transcript.readNews();
  expect(transcript.isUnderstood).toBe(true);
  writeFileSync(path, `${JSON.stringify({ type: "response_item", payload: {} })}\n`);
  transcript.readNews();
  expect(transcript.isUnderstood).toBe(false);
  appendFileSync(path, line(1));
  expect([transcript.readNews().shown, transcript.isUnderstood]).toEqual([[mark(1)], true]);
});

it("is understood from its first lines on, which only name the session and its settings", () => {
  const path = join(makeTempDir(), "t.jsonl");
  writeFileSync(path, `${JSON.stringify({ type: "mode", mode: "normal", sessionId: "s" })}\n`);
  const transcript = follow(path);
  transcript.readNews();
  expect(transcript.isUnderstood).toBe(true);
  // Codex's rollout.
  writeFileSync(path, `${JSON.stringify({ type: "session_meta", payload: { id: "s" } })}\n`);
  const other = follow(path);
  other.readNews();
  expect(other.isUnderstood).toBe(false);
});
