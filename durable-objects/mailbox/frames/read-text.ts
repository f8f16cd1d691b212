/** One text message of a client as frames (B1). */
import { type Failure, failure, success } from "../../../shared/errors.ts";
import { FRAMES_PER_TEXT } from "../../../shared/limits.ts";
import { type FrameOf, type ReadFrame, readFrame } from "../../../shared/protocol.ts";

/** Reads a text message: its frames in order, or why none of it is done. Never throws. */
export function readText(text: string, version: 1 | 2): ReadFrame[] | Failure {
  let value: unknown;
  try {
    value = JSON.parse(wellFormed(text));
  } catch {
    return failure("invalid_json", "A text message must be JSON: one frame, or for v2 clients an array of frames.");
  }
  if (!Array.isArray(value)) return [readOne(value)];
  if (version === 1) return failure("invalid_payload", "Only v2 clients may send several frames in one text message.");
  if (value.length === 0 || value.length > FRAMES_PER_TEXT) {
    return failure(
      "invalid_payload",
      `One text message holds 1 to ${FRAMES_PER_TEXT} frames; this one has ${value.length}.`,
    );
  }
  if (value.some(Array.isArray)) return failure("invalid_payload", "Arrays of frames cannot be nested.");
  return value.map(readOne);
}

/** An escape of half a character, of a whole one, or any other. */
const ESCAPE = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|[\s\S])/g;
const MAY_BE_HALF = /\\u[dD][89a-fA-F]/;

/** JSON in which half a character, which only an escape can write, is U+FFFD. */
function wellFormed(json: string): string {
  if (!MAY_BE_HALF.test(json)) return json;
  return json.replace(ESCAPE, (found: string, half: string | undefined) => (half === undefined ? found : "\\ufffd"));
}

/** The frame that comes most, an ack of all up to a seq and nothing else, is read without the schemas: they take ten times as long. */
function readOne(value: unknown): ReadFrame {
  return readPlainAck(value) ?? readFrame(value);
}

function readPlainAck(value: unknown): ReadFrame | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { action, upTo, ...rest } = value as Partial<FrameOf<"ack">>;
  if (action !== "ack" || !Number.isSafeInteger(upTo) || (upTo as number) < 0) return undefined;
  for (const _ in rest) return undefined;
  return { requestId: undefined, result: success({ action, upTo, state: "acked" }) };
}
