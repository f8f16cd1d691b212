/** REST as a client sees it. */
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import type { Env } from "../../../durable-objects/env.ts";
import type { ErrorCode } from "../../../shared/errors.ts";
import type { Scope } from "../../../shared/keys.ts";
import worker from "../../../worker/index.ts";

const HUB = "http://hub";

/** What any route may answer with; a test looks at what it expects. */
export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface RequestOptions {
  /** null brings none; by default that of the hub. */
  key?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
  /** Settings other than those the tests run with. */
  settings?: Partial<Env>;
}

/** Calls a path of the hub. A `body` goes as JSON, unless it is a text already. */
export async function call(request: `${string} /${string}`, options: RequestOptions = {}): Promise<Answer> {
  const [method, path] = request.split(" ") as [string, string];
  const { key = env.CC2CC_HUB_API_KEY as string, body, headers, settings } = options;
  const init = {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  };
  const response =
    settings === undefined
      ? await exports.default.fetch(`${HUB}${path}`, init)
      : await worker.fetch(new Request(`${HUB}${path}`, init), { ...env, ...settings });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** What a refusal looks like (section 7). */
export function problemWith(status: number, code: ErrorCode): object {
  return {
    status,
    body: {
      type: "about:blank",
      title: code,
      status,
      code,
      error: expect.stringMatching(/^\S.*[.?]$/s),
      detail: expect.any(String),
    },
  };
}

/** Signs in with a key; returns the cookie as a browser would send it. */
export async function signIn(key = env.CC2CC_HUB_API_KEY as string): Promise<{ cookie: string }> {
  const { status, headers, body } = await call("POST /api/session", { key: null, body: { key } });
  if (status !== 200) throw new Error(`sign-in refused: ${JSON.stringify(body)}`);
  return { cookie: (headers.get("set-cookie") ?? "").split(";", 1)[0] as string };
}

/** Mints a key, with the hub's own where no other one is named. */
export async function mint(
  scope: Scope,
  { pattern, key }: { pattern?: string; key?: string } = {},
): Promise<{ id: string; key: string }> {
  const request = { name: `a ${scope}`, scope, pattern };
  const { body } = await call("POST /api/keys", { body: request, ...(key === undefined ? {} : { key }) });
  return body as { id: string; key: string };
}

export function pathOf(id: string): string {
  return encodeURIComponent(id);
}
