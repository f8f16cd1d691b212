/**
 * Reads what was added to a session's transcript since the last look: it proves what the model was shown. What lines mean
 * is the host's business (`hosts/`). Claude Code 2.1.332 writes a line within some 100 ms after the request that it tells
 * of has left, and shows at once what it has taken into its own queue.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
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

/** How one host program writes its transcripts: a line of JSON each. */
export interface TranscriptFormat {
  /** Whether a line is of this format. */
  isKnown(value: unknown): boolean;
  newsOf(value: unknown): TranscriptNews;
}

/** What is known of a transcript's format: nothing before its first line is written. */
type Format = "unwritten" | "understood" | "foreign";

export class Transcript {
  readonly #lines: TranscriptFormat;
  #path: string | undefined;
  #offset = 0;
  #format: Format = "unwritten";

  constructor(lines: TranscriptFormat) {
    this.#lines = lines;
  }

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
      if (!isKnown) this.#format = this.#lines.isKnown(value) ? "understood" : "foreign";
      const { shown, queued } = this.#lines.newsOf(value);
      news.shown.push(...shown);
      news.queued.push(...queued);
    }
    return news;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
