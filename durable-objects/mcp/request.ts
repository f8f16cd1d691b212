/** How the worker hands an authorised request to `/mcp` to the object of its instance. */
import type { Principal } from "../principal.ts";

/** What the worker has found out about it. */
export interface McpFacts {
  instanceId: string;
  principal: Principal;
  /** C8: SHA-256 of the secret that follows from key and instance, hex. */
  identityHash: string;
  /** C10: its session has no name that another connection of its client could come back to. */
  isTransient: boolean;
  /** Names who asks: the key, and the `Mcp-Session-Id`. What one was handed proves nothing about another. */
  connection: string;
  /** The `Mcp-Session-Id` for the answer to `initialize`; null for any other request. */
  newSessionId: string | null;
}

const FACTS_HEADER = "x-cc2cc-mcp";
/** What the transport looks at; nothing else of the client's goes on, and no secret. */
const HEADERS = ["accept", "content-type", "mcp-protocol-version"];

export function mcpRequest({ method, headers }: Request, body: string | null, facts: McpFacts): Request {
  const passed = HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as [string, string]];
  });
  const told: [string, string] = [FACTS_HEADER, encodeURIComponent(JSON.stringify(facts))];
  return new Request("http://object/mcp", { method, headers: [...passed, told], body });
}

/** Reads what `mcpRequest` wrote. Only the worker can reach an object, so the header is trusted. */
export function readMcpFacts(request: Request): McpFacts {
  return JSON.parse(decodeURIComponent(request.headers.get(FACTS_HEADER) ?? "")) as McpFacts;
}
