/** Reads what was added to a session's transcript since the last look: proof of what the model was shown. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { messageIdsIn } from "./wrap-message.ts";

/** A first look at a long transcript reads only its end: messages of this process cannot be further back. */
const LOOK_BACK_BYTES = 4 * 1_048_576;
/** A write may be half done when we look; the part after the last line break is looked at again. */
const LINE_BREAK = 0x0a;

export class Transcript {
  #path: string | undefined;
  #offset = 0;

  /** Ids of messages in the lines that are new. A transcript that cannot be read proves nothing. */
  readNewIds(path: string): string[] {
    if (path !== this.#path) {
      this.#path = path;
      this.#offset = 0;
    }
    try {
      return messageIdsIn(this.#readLines(path));
    } catch {
      return [];
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
