/** What an operator or a load balancer asks (section 7). */
import { directoryOf, type Env, exchangeOf, readSettings } from "../durable-objects/env.ts";
import { PROTOCOL_VERSION } from "../shared/protocol.ts";

/** An object that does not answer by then is counted as not answering. */
const ANSWER_WITHIN_MS = 5_000;

let startedAt = 0;

/** 200 when the objects answer, 503 and `degraded` when one does not. `kind` "ready" answers with the status alone. */
export async function health(env: Env, kind: "full" | "ready" = "full"): Promise<Response> {
  // Global scope has no clock: the launcher's first question starts it.
  startedAt ||= Date.now();
  // Asking the exchange also wakes it, so that after a start nothing that was accepted waits for the next client.
  const answers = Promise.all([directoryOf(env).health(), exchangeOf(env).health()]);
  const [, exchange] = (await answerOf(answers)) ?? [null, null];
  const isUp = exchange !== null;
  const status = isUp ? "ok" : "degraded";
  const body = {
    status,
    connectedInstances: exchange?.online ?? 0,
    storage: isUp ? "ok" : "unavailable",
    uptime: Math.round((Date.now() - startedAt) / 1_000),
    version: readSettings(env).version,
  };
  return Response.json(kind === "full" ? body : { status }, { status: isUp ? 200 : 503 });
}

export function live(): Response {
  return Response.json({ status: "ok" });
}

export function version(env: Env): Response {
  return Response.json({ version: readSettings(env).version, protocol: PROTOCOL_VERSION });
}

async function answerOf<T>(answer: Promise<T>): Promise<T | null> {
  const late = scheduler.wait(ANSWER_WITHIN_MS).then(() => null);
  return Promise.race([answer.catch(() => null), late]);
}
