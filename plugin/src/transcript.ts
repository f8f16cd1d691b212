/** Reads what was added to a session's transcript since the last look: proof of what the model was shown. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";
import { messageIdsIn } from "./wrap-message.ts";

/** A first look at a long transcript reads only its end: messages of this process cannot be further back. */
const LOOK_BACK_BYTES = 4 * 1_048_576;
/** A write may be half done when we look; the part after the last line break is looked at again. */
const LINE_BREAK = 0x0a;

export interface TranscriptNews {
  /** Ids of messages that are in the model's context. */
  shown: string[];
  /** Ids of those that Claude Code has taken in and will show when the turn at hand is over. */
  queued: string[];
}

/** What a transcript's lines are told apart by. */
const Line = z.object({ type: z.string(), operation: z.string().optional(), isSidechain: z.boolean().optional() });
/** Lines of these kinds are what the model was given. Others repeat it, or are ahead of it. */
const SHOWN_TYPES = ["user", "attachment"];

export class Transcript {
  #path: string | undefined;
  #offset = 0;

  /** What the lines that are new say. A transcript that cannot be read proves nothing. */
  readNews(path: string): TranscriptNews {
    if (path !== this.#path) {
      this.#path = path;
      this.#offset = 0;
    }
    try {
      return newsOf(this.#readLines(path).split("\n"));
    } catch {
      return { shown: [], queued: [] };
    }
  }

  #readLines(path: string): string {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      if (size < this.#offset) this.#offset = 0;
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
}

function newsOf(lines: readonly string[]): TranscriptNews {
  const news: TranscriptNews = { shown: [], queued: [] };
  for (const line of lines) {
    const ids = messageIdsIn(line);
    if (ids.length === 0) continue;
    const { type, operation, isSidechain } = readLine(line);
    if (SHOWN_TYPES.includes(type) && isSidechain !== true) news.shown.push(...ids);
    else if (type === "queue-operation" && operation === "enqueue") news.queued.push(...ids);
  }
  return news;
}

function readLine(line: string): z.infer<typeof Line> {
  try {
    return Line.parse(JSON.parse(line));
  } catch {
    return { type: "" };
  }
}
