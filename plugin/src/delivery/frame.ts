/**
 * The form in which every path shows a message to the model: one element whose name is a mark that only this plugin can
 * make. The mark closes the frame, whatever the body holds; and where a transcript shows it, the message was shown.
 */
import { createHmac } from "node:crypto";
import { factsOf, shortIdOf } from "../../../shared/message-facts.ts";
import { neutralise } from "../../../shared/neutralise.ts";
import type { DeliveredMessage } from "../../../shared/protocol.ts";

const MARK_PREFIX = "cc2cc-";
/** 40 bits: a body of 64 KiB holds some 4,000 guesses. */
const MARK_LENGTH = 8;
const MARK = new RegExp(`${MARK_PREFIX}[0-9a-v]{${MARK_LENGTH}}(?![0-9a-z])`, "g");

export class FrameWriter {
  readonly #secret: string;

  /** The secret is the one that holds the session's id, so that a resumed session recognises the marks of the one before. */
  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The mark of a message: a text that a peer cannot guess. */
  markOf(messageId: string): string {
    const digest = createHmac("sha256", this.#secret).update(`mark ${messageId.toLowerCase()}`).digest();
    // 32 characters that a name may hold: five bits of each byte.
    const characters = [...digest.subarray(0, MARK_LENGTH)].map((byte) => (byte & 31).toString(32));
    return MARK_PREFIX + characters.join("");
  }

  /**
   * The message as one element, its body neutralised. A UUID costs a model some 30 tokens, so a session's is cut short.
   * Below a headline that tells type and sender, the element does not repeat them.
   */
  write(message: DeliveredMessage, isBelowHeadline = false): string {
    const mark = this.markOf(message.messageId);
    const { type, from, ...more } = factsOf(message);
    const facts = isBelowHeadline ? more : { type, from: shortIdOf(from), ...more };
    const attributes = Object.entries(facts).map(([name, value]) => ` ${name}="${value}"`);
    return `<${mark}${attributes.join("")}>\n${neutralise(message.content)}\n</${mark}>`;
  }
}

/** Everything in a text that has the form of a mark. */
export function marksIn(text: string): string[] {
  return text.match(MARK) ?? [];
}
