/** Bodies of requests, read after the headers have said who asks: bounded in size, in time and in number. */
import { createMiddleware } from "hono/factory";
import { problem, problemOf } from "../durable-objects/problem.ts";
import { type Failure, failure, type Result, success } from "../shared/errors.ts";
import { BODY_DEADLINE_MS, KEYED_BODIES_MAX, SIGN_IN_BODY_MAX_BYTES, STRANGERS_BODIES_MAX } from "../shared/limits.ts";
import type { HubEnv } from "./hub-env.ts";
import { Places } from "./places.ts";

const RETRY_MS = 1_000;

/** Reads a body to its end, or says why not; what is left of it then is not read. */
async function read(request: Request, maxBytes: number, places: Places): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const tooLarge = failure("content_too_large", `The body of this request may have at most ${maxBytes} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return tooLarge;
  if (request.body === null) return success(new Uint8Array());
  const reader = request.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const { promise: late, resolve: ring } = Promise.withResolvers<void>();
  const timer = setTimeout(ring, BODY_DEADLINE_MS);
  const { promise: lost, resolve: giveWay } = Promise.withResolvers<void>();
  const place = places.enter(giveWay);
  try {
    const result = await Promise.race([
      collect(reader, maxBytes, tooLarge),
      late.then(() => failure("too_slow", TOO_SLOW)),
      lost.then(() => failure("overloaded", OVERLOADED, { retryAfterMs: RETRY_MS })),
    ]);
    // Not awaited: a client that holds its body back holds this back, too.
    if (!result.ok) void reader.cancel().catch(() => undefined);
    return result;
  } finally {
    clearTimeout(timer);
    place.leave();
  }
}

const OVERLOADED = "The hub reads too many requests at once, and this one was slow to come: send it again.";
const TOO_SLOW = `A request's body must be there within ${BODY_DEADLINE_MS / 1_000} s: send it again, in one piece.`;

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
  tooLarge: Failure,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: "lost", value: undefined }) as const);
    if (done === "lost") return failure("invalid_json", "The connection was lost before the body had come.");
    if (done) break;
    size += value.length;
    if (size > maxBytes) return tooLarge;
    chunks.push(value);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return success(body);
}

/** Apart, so that strangers cannot take the places of who has a key. */
const ofStrangers = new Places(STRANGERS_BODIES_MAX);
const ofKeyed = new Places(KEYED_BODIES_MAX);

/** The body of who has shown a key. */
export function readBody(maxBytes: number) {
  return reading(ofKeyed, maxBytes);
}

/** The body in which somebody shows a key: nobody knows yet who that is. */
export const readStrangersBody = reading(ofStrangers, SIGN_IN_BODY_MAX_BYTES);

function reading(places: Places, maxBytes: number) {
  return createMiddleware<HubEnv>(async (c, next) => {
    const request = c.req.raw;
    // Looked at before the body is: what is not JSON is not waited for.
    if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
      return problem("unsupported_media_type", "The body must be JSON, with content-type application/json.");
    }
    const body = await read(request, maxBytes, places);
    if (!body.ok) return problemOf(body);
    const { method, headers } = request;
    c.req.raw = new Request(request.url, { method, headers, body: body.value, ...(request.cf && { cf: request.cf }) });
    return next();
  });
}
