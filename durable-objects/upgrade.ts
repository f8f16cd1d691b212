/** How the worker hands an authorised upgrade to a mailbox, and how a mailbox answers it. */
import type { ErrorCode } from "../shared/errors.ts";
import { SUBPROTOCOL } from "../shared/protocol.ts";
import type { Principal } from "./principal.ts";
import { problem } from "./problem.ts";

/** What the worker has found out about an upgrade; it removes headers of these names from what comes from outside. */
export interface UpgradeFacts {
  instanceId: string;
  version: 1 | 2;
  identityHash: string | null;
  principal: Principal;
  /** C10: the client ends with its work, and is listed only while it is there or mail waits for it. */
  isTransient: boolean;
  /** C11: its messages are put before nobody until it asks for them. */
  isPull: boolean;
  /** Whether the client asked for the v2 subprotocol: an answer it did not ask for would fail its handshake. */
  isSubprotocolAsked: boolean;
}

/** What the worker has found out about an upgrade to the event stream (C2). */
export interface StreamFacts {
  principal: Principal;
  version: 1 | 2;
  /** The last event the client knows; null when it names none. */
  since: number | null;
  isSubprotocolAsked: boolean;
}

const FACTS_HEADER = "x-cc2cc-upgrade";

/** The request that carries the facts to the object. The original one keeps its secrets: none is passed on. */
export function upgradeRequest(facts: UpgradeFacts | StreamFacts): Request {
  return new Request("http://object/", {
    headers: { upgrade: "websocket", [FACTS_HEADER]: encodeURIComponent(JSON.stringify(facts)) },
  });
}

/** Reads what `upgradeRequest` wrote. Only the worker can reach an object, so the header is trusted. */
export function readUpgrade(request: Request): UpgradeFacts {
  return JSON.parse(decodeURIComponent(request.headers.get(FACTS_HEADER) ?? "")) as UpgradeFacts;
}

/** The same for the journal. */
export function readStreamUpgrade(request: Request): StreamFacts {
  return JSON.parse(decodeURIComponent(request.headers.get(FACTS_HEADER) ?? "")) as StreamFacts;
}

export function upgradeResponse(
  client: WebSocket,
  facts: Pick<UpgradeFacts | StreamFacts, "isSubprotocolAsked">,
): Response {
  const headers: HeadersInit = facts.isSubprotocolAsked ? { "sec-websocket-protocol": SUBPROTOCOL } : {};
  return new Response(null, { status: 101, webSocket: client, headers });
}

export function refuseUpgrade({ code, error }: { code: ErrorCode; error: string }): Response {
  return problem(code, error);
}
