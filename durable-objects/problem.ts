import { ERROR_STATUS, type ErrorCode, type Failure } from "../shared/errors.ts";

/** An RFC 9457 problem that also carries the protocol's `error` and `code` (section 7). */
export function problem(code: ErrorCode, error: string, more: Record<string, unknown> = {}): Response {
  const status = ERROR_STATUS[code];
  const body = { type: "about:blank", title: code, status, detail: error, error, code, ...more };
  const headers = new Headers({ "content-type": "application/problem+json" });
  // RFC 9110, 11.6.1: a 401 says how to come back.
  if (status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(body), { status, headers });
}

/** A failure as a problem: its details become members of their own. */
export function problemOf({ code, error, details, retryAfterMs }: Failure): Response {
  const response = problem(code, error, { ...details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  if (retryAfterMs !== undefined) response.headers.set("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  return response;
}
