/** M2: what a message may say, for all that makes one: frames, REST, schedules. */
import { z } from "zod";
import { CONTENT_MAX_BYTES } from "./limits.ts";
import { fitsUtf8, MessageType, Metadata } from "./message.ts";
import { WellFormedText } from "./well-formed-text.ts";

/** Told apart from other bad payloads, since its code is its own. */
export const CONTENT_TOO_LARGE = `content may have at most ${CONTENT_MAX_BYTES} bytes of UTF-8; put more into a file and send its path`;

export const MessageContent = WellFormedText.min(1, "must not be empty").refine(
  (text) => fitsUtf8(text, CONTENT_MAX_BYTES),
  CONTENT_TOO_LARGE,
);

/** What a message says, however it enters. */
export const MessageBody = z.object({ type: MessageType, content: MessageContent, metadata: Metadata.optional() });
