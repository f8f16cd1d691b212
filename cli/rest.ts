/** Questions to the hub over HTTP. */
import type { HubAddress } from "./find-hub.ts";
import { CliProblem, ExitCode, problemOf } from "./problem.ts";

const TIMEOUT_MS = 10_000;

/** The answer's JSON. Throws a CliProblem for a hub that is away or refuses. */
export async function askRest<T>({ url, key }: HubAddress, path: string, method = "GET", body?: unknown): Promise<T> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw awayProblem(url, error);
  });
  const answer = (await response.json().catch(() => undefined)) as { error?: unknown; code?: string } | undefined;
  if (response.ok && answer !== undefined) return answer as T;
  const isFromHub = typeof answer?.error === "string" && typeof answer.code === "string";
  if (isFromHub) throw problemOf(answer as { error: string });
  throw new CliProblem(ExitCode.away, `what answers at ${url.origin} is not a cc2cc hub (status ${response.status}).`);
}

function awayProblem(url: URL, error: unknown): CliProblem {
  const { message, cause } = error as Error & { cause?: Error & { code?: string } };
  const why = cause?.message || cause?.code || message;
  const remedy = /certificate|issuer/i.test(why)
    ? "name the file of its CA in NODE_EXTRA_CA_CERTS"
    : "start it with `cc2cc`, or name another one in CC2CC_HUB_URL";
  return new CliProblem(ExitCode.away, `the hub at ${url.origin} cannot be reached (${why}): ${remedy}.`);
}
