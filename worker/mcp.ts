/**
 * `/mcp`: MCP over HTTP for clients with a key and no process of ours beside them. Here it is found out which instance asks;
 * its object answers (docs/mcp.md).
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { mcpOf } from "../durable-objects/env.ts";
import { sha256Hex } from "../durable-objects/hash.ts";
import { mcpRequest } from "../durable-objects/mcp/request.ts";
import type { Principal } from "../durable-objects/principal.ts";
import { problem, problemOf } from "../durable-objects/problem.ts";
import { type Failure, failure, type Result, success } from "../shared/errors.ts";
import { PartialAddress, toSegment } from "../shared/ids.ts";
import { isInPattern } from "../shared/key-pattern.ts";
import { bearerOf } from "./auth.ts";
import type { HubEnv } from "./hub-env.ts";
import { type McpSegment, mcpIdentityOf, newMcpSessionId, readMcpSessionId } from "./mcp-session-id.ts";
import { McpThreads } from "./mcp-threads.ts";

/**
 * What the SDK's transport speaks. A later version is answered as it answers it, by 400 and a code that 2026-07-28 does not
 * have: its clients then begin with `initialize`.
 */
export const MCP_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"];
const UNSUPPORTED_VERSION = -32_000;
const NAME_MAX_LENGTH = 200;

/** What of a JSON-RPC message decides where it goes. */
interface Message {
  method: string;
  id: string | number | null;
  threadId: string | null;
  /** The id of the call that it cancels. */
  cancels: string | number | null;
}

/** A request to end the session has no body. */
const NO_MESSAGE: Message = { method: "", id: null, threadId: null, cancels: null };

/** Before a body is read. */
export const checkMcpHeaders = createMiddleware<HubEnv>(async (c, next) => {
  if (c.req.method !== "POST" && c.req.method !== "DELETE") {
    const response = problem("method_not_allowed", "/mcp takes POST, and DELETE to end a session; it pushes nothing.");
    response.headers.set("allow", "POST, DELETE");
    return response;
  }
  const version = c.req.header("mcp-protocol-version");
  return version === undefined || MCP_VERSIONS.includes(version) ? next() : unsupportedVersion(version);
});

const threads = new McpThreads();

/** After `requireBearer`, with the body read. */
export async function serveMcp(c: Context<HubEnv>): Promise<Response> {
  const { principal } = c.var;
  const { method, headers } = c.req.raw;
  const isEnd = method === "DELETE";
  const body = isEnd ? null : await c.req.text();
  const message = body === null ? success(NO_MESSAGE) : readMessage(body);
  if (!message.ok) return problemOf(message);
  const address = addressOf(principal, c.req.header("x-cc2cc-instance"));
  if (!address.ok) return problemOf(address);
  const key = bearerOf(c.req.raw) ?? "";
  const isNew = message.value.method === "initialize";
  const newSessionId = isNew ? await newMcpSessionId(key, address.value, nameIn(headers)) : null;
  const asked = { message: message.value, key, address: address.value, headers };
  const segment = await segmentOf(asked, newSessionId);
  if (!segment.ok) return problemOf(segment);
  const connection = `${principal.keyId} ${newSessionId ?? headers.get("mcp-session-id") ?? ""}`;
  const ask = async (instanceId: string) => {
    const identityHash = await sha256Hex(await mcpIdentityOf(key, instanceId));
    const isTransient = !segment.value.isNamed;
    const facts = { instanceId, principal, identityHash, isTransient, connection, newSessionId };
    return mcpOf(c.env, instanceId).fetch(mcpRequest(c.req.raw, body, facts));
  };
  const instanceId = `${address.value}/${segment.value.session}`;
  // With a connection, all of its threads end.
  const others = isEnd ? threads.end(connection) : [];
  const [answer] = await Promise.all([whoseIs(asked.message, instanceId, connection), ...others].map(ask));
  // Headers of an object's answer cannot be changed, and `keepPrivate` has some to add.
  return new Response(answer?.body ?? null, answer);
}

/** Whose message it is: a call that is cancelled may be a thread's. */
function whoseIs({ threadId, id, cancels }: Message, instanceId: string, connection: string): string {
  if (threadId !== null && id !== null) threads.note(connection, id, instanceId);
  return (cancels === null ? undefined : threads.instanceOf(connection, cancels)) ?? instanceId;
}

function readMessage(body: string): Result<Message> {
  let message: Partial<Record<"method" | "id" | "params", unknown>> | null;
  try {
    message = JSON.parse(body);
  } catch {
    return failure("invalid_json", "The body is not JSON.");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    return failure("invalid_payload", ONE_MESSAGE);
  }
  const method = typeof message.method === "string" ? message.method : "";
  const params = message.params as { requestId?: unknown; _meta?: { threadId?: unknown } | null } | null | undefined;
  const threadId = params?._meta?.threadId;
  return success({
    method,
    id: requestIdOf(message.id),
    threadId: typeof threadId === "string" && threadId !== "" ? threadId.slice(0, NAME_MAX_LENGTH) : null,
    cancels: method === "notifications/cancelled" ? requestIdOf(params?.requestId) : null,
  });
}

function requestIdOf(value: unknown): string | number | null {
  if (typeof value === "string") return value.length <= NAME_MAX_LENGTH ? value : null;
  return typeof value === "number" ? value : null;
}

const ONE_MESSAGE =
  "The body is one JSON-RPC message, a JSON object; MCP has no batches since 2025-06-18: send each by itself.";

/** Whose instance it is: what the key is for, where that is one address; otherwise what the client says, within its pattern. */
function addressOf({ pattern }: Principal, named: string | undefined): Result<string> {
  if (named === undefined) {
    if (pattern !== null && PartialAddress.safeParse(pattern).success) return success(pattern);
    const whose = pattern === null ? "is bound to no instance" : `is for ${pattern}`;
    const error = `This key ${whose}: say who you are by the header X-Cc2cc-Instance: user@host:project.`;
    return failure("invalid_instance_id", error);
  }
  const address = PartialAddress.safeParse(named);
  if (!address.success) {
    return failure("invalid_instance_id", `X-Cc2cc-Instance ${address.error.issues[0]?.message}, without a session.`);
  }
  if (pattern === null || isInPattern(pattern, named)) return success(named);
  return failure("forbidden", `This key is for ${pattern}; ${named} is not one of it.`);
}

interface Asked {
  message: Message;
  key: string;
  address: string;
  headers: Headers;
}

/** Which of an address' sessions: Codex' thread, else what `initialize` was given, else what the client's settings say. */
async function segmentOf({ message, key, address, headers }: Asked, newId: string | null): Promise<Result<McpSegment>> {
  const id = newId ?? headers.get("mcp-session-id");
  const told = id === null ? undefined : await readMcpSessionId(id, key, address);
  if (told === null) return unknownSession();
  if (message.threadId !== null) return success({ session: toSegment(message.threadId, "session"), isNamed: true });
  if (told !== undefined) return success(told);
  const named = nameIn(headers);
  if (named !== null) return success({ session: named, isNamed: true });
  return failure(
    "invalid_payload",
    "This request belongs to no session: send back the Mcp-Session-Id of the answer to initialize, or name one by the header X-Cc2cc-Session.",
  );
}

function nameIn(headers: Headers): string | null {
  const name = headers.get("x-cc2cc-session")?.slice(0, NAME_MAX_LENGTH) ?? "";
  return name === "" ? null : toSegment(name, "session");
}

function unknownSession(): Failure {
  return failure("not_found", "This hub has not given that Mcp-Session-Id to this key: begin again with initialize.");
}

function unsupportedVersion(version: string): Response {
  const message = `Bad Request: Unsupported protocol version: ${version.slice(0, 40)} (supported versions: ${MCP_VERSIONS.join(", ")})`;
  const body = { jsonrpc: "2.0", error: { code: UNSUPPORTED_VERSION, message }, id: null };
  return Response.json(body, { status: 400 });
}
