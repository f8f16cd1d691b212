/**
 * Reads what was added to a session's transcript since the last look: it proves what the model was shown. A line is
 * written within some 100 ms after the request that it tells of has left; a post that the client has taken into its own
 * queue shows there at once (both seen on Claude Code 2.1.332).
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";
import { marksIn } from "./frame.ts";

/** A first look at a long transcript reads only its end: what is still unproven cannot be further back. */
const LOOK_BACK_BYTES = 4 * 1_048_576;
/** A write may be half done when we look; the part after the last line break is looked at again. */
const LINE_BREAK = 0x0a;

export interface TranscriptNews {
  /** Marks of messages that are in the model's context. */
  shown: string[];
  /** Marks of those that the client has in its own queue, which it loses when it ends. */
  queued: string[];
}

export const NO_NEWS: TranscriptNews = { shown: [], queued: [] };

/**
 * The kinds of lines that tell them. Others repeat what a hook printed or what the person's screen shows, and a tool's
 * full output stands beside the part that the model was given.
 */
const Line = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user"), isSidechain: z.boolean().optional(), message: z.unknown() }),
  z.object({
    type: z.literal("attachment"),
    isSidechain: z.boolean().optional(),
    attachment: z.object({ type: z.enum(["hook_additional_context", "queued_command"]) }).loose(),
  }),
  z.object({ type: z.literal("queue-operation"), operation: z.literal("enqueue"), content: z.unknown() }),
]);

/**
 * A line of this format. A transcript begins with some that only name the session and a setting of it (`mode`,
 * `permission-mode`, `tools-used`), and it holds nothing else yet when the first post reaches the session. What another
 * client writes has other kinds, and no session's name in each line (Codex's rollout).
 */
const KnownLine = z.union([
  z.object({ type: z.enum(["user", "assistant", "attachment", "queue-operation", "system"]) }),
  z.object({ type: z.string(), sessionId: z.string() }),
]);

/** What is known of a transcript's format: nothing before its first line is written. */
type Format = "unwritten" | "understood" | "foreign";

export class Transcript {
  #path: string | undefined;
  #offset = 0;
  #format: Format = "unwritten";

  /**
   * Whether what it does not show was not shown. A session's first prompt is told before its transcript is begun, so one
   * that is not there yet counts as one that can be read.
   */
  get isUnderstood(): boolean {
    return this.#path !== undefined && this.#format !== "foreign";
  }

  /** From now on another file is read, from its last 4 MiB on. */
  follow(path: string): void {
    if (path === this.#path) return;
    this.#path = path;
    this.#offset = 0;
    this.#format = "unwritten";
  }

  /** Returns the marks in lines that are new. A transcript that cannot be read proves nothing. */
  readNews(): TranscriptNews {
    if (this.#path === undefined) return NO_NEWS;
    try {
      const text = this.#readLines(this.#path);
      return text === "" ? NO_NEWS : this.#newsOf(text.split("\n"));
    } catch {
      return NO_NEWS;
    }
  }

  #readLines(path: string): string {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      if (size < this.#offset) this.#offset = 0;
      if (size === this.#offset) return "";
      const from = Math.max(this.#offset, size - LOOK_BACK_BYTES);
      const bytes = Buffer.alloc(size - from);
      const length = readSync(file, bytes, 0, bytes.length, from);
      const end = bytes.lastIndexOf(LINE_BREAK, length - 1) + 1;
      this.#offset = from + end;
      return bytes.toString("utf8", 0, end);
    } finally {
      closeSync(file);
    }
  }

  #newsOf(lines: readonly string[]): TranscriptNews {
    const news: TranscriptNews = { shown: [], queued: [] };
    for (const text of lines) {
      const isKnown = this.#format === "understood";
      if (text === "" || (isKnown && marksIn(text).length === 0)) continue;
      const value = parse(text);
      if (!isKnown) this.#format = KnownLine.safeParse(value).success ? "understood" : "foreign";
      const line = Line.safeParse(value);
      if (line.success) collect(line.data, news);
    }
    return news;
  }
}

function collect(line: z.infer<typeof Line>, news: TranscriptNews): void {
  if (line.type === "queue-operation") news.queued.push(...marksIn(JSON.stringify(line.content ?? "")));
  else if (line.isSidechain === true) return;
  else if (line.type === "user") news.shown.push(...marksIn(JSON.stringify(line.message ?? "")));
  else news.shown.push(...marksIn(JSON.stringify(line.attachment)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
