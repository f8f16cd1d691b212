/** Typed REST over the session cookie. Everything that the page fetches goes through here. */
import type { ErrorCode } from "../../../shared/errors.ts";

/** What a request may take before the hub counts as unreachable. */
const TIMEOUT_MS = 15_000;

/** A request that the hub refused, or that did not reach it (`status` 0, `code` "unreachable"). `message` is for people. */
export class RestProblem extends Error {
  readonly status: number;
  readonly code: ErrorCode | "unreachable";
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: ErrorCode | "unreachable", message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RestOptions {
  query?: Query;
  /** Ends the request early; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Every method rejects with a `RestProblem`. */
export interface Rest {
  get<T>(path: string, options?: RestOptions): Promise<T>;
  post<T>(path: string, body?: unknown, options?: RestOptions): Promise<T>;
  patch<T>(path: string, body: unknown, options?: RestOptions): Promise<T>;
  delete<T>(path: string, options?: RestOptions): Promise<T>;
  /** Tells of every 401: the session has ended, whoever noticed it. */
  onUnauthorized(listen: (problem: RestProblem) => void): void;
}

/** A path whose values are percent-encoded, `/` included: path`/api/topics/${name}`. */
export function path(texts: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: texts }, ...values.map(encodeURIComponent));
}

/** `base` is empty in a page: its own origin. */
export function createRest(base = "", send: typeof fetch = fetch): Rest {
  const listeners = new Set<(problem: RestProblem) => void>();

  async function request<T>(method: string, target: string, body: unknown, options: RestOptions = {}): Promise<T> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let response: Response;
    try {
      response = await send(base + target + searchOf(options.query), {
        method,
        cache: "no-store",
        signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
        ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      });
      if (response.ok) return (await response.json()) as T;
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new RestProblem(0, "unreachable", "The hub does not answer.");
    }
    const problem = await readProblem(response);
    if (problem.status === 401) for (const listen of listeners) listen(problem);
    throw problem;
  }

  return {
    get: (target, options) => request("GET", target, undefined, options),
    post: (target, body = {}, options) => request("POST", target, body, options),
    patch: (target, body, options) => request("PATCH", target, body, options),
    delete: (target, options) => request("DELETE", target, undefined, options),
    onUnauthorized: (listen) => void listeners.add(listen),
  };
}

function searchOf(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}

async function readProblem(response: Response): Promise<RestProblem> {
  try {
    const { error, code, retryAfterMs } = (await response.json()) as {
      error?: string;
      code?: ErrorCode;
      retryAfterMs?: number;
    };
    if (error !== undefined && code !== undefined) return new RestProblem(response.status, code, error, retryAfterMs);
  } catch {
    // Not from the hub itself, such as a proxy's page.
  }
  return new RestProblem(response.status, "internal", `The hub answered ${response.status} without a reason.`);
}
