/** What a client does about its connection, without having one: where it goes, when it tries again, when it gives up. */
import { CloseCode } from "../errors.ts";
import { SILENCE_LIMIT_MS } from "../limits.ts";
import { BEARER_PREFIX, SUBPROTOCOL } from "../subprotocol.ts";

const RETRY = { minMs: 1_000, maxMs: 30_000 };
/** Clients that lost the same hub must not all come back in the same moment. */
const JITTER = 0.3;

export interface Bearing {
  instanceId: string;
  identity: string;
  /** C10: this client ends with its work. */
  isTransient?: boolean;
  /** C11: it gets messages when it asks for them, and nothing wakes it. */
  isPull?: boolean;
}

/** Where an instance connects (C1, C8). `hubUrl` is an origin, http(s) or ws(s). */
export function instanceUrl(
  hubUrl: string,
  { instanceId, identity, isTransient = false, isPull = false }: Bearing,
): string {
  const parts = {
    instanceId,
    identity,
    ...(isTransient ? { transient: "1" } : {}),
    ...(isPull ? { delivery: "pull" } : {}),
  };
  const query = Object.entries(parts).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${hubUrl.replace(/^http/, "ws").replace(/\/$/, "")}/ws/plugin?${query.join("&")}`;
}

/** C3: the key as what a WebSocket can bring along anywhere; without one, the generation alone (C5). */
export function subprotocolsOf(key: string | undefined): string[] {
  if (key === undefined) return [SUBPROTOCOL];
  const base64url = btoa(String.fromCharCode(...new TextEncoder().encode(key)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  return [SUBPROTOCOL, BEARER_PREFIX + base64url];
}

/** How long to wait before the next attempt; `failures` counts those in a row, `random` is from 0 to 1. */
export function retryDelayMs(failures: number, random: number, { minMs, maxMs } = RETRY): number {
  return failures === 0 ? 0 : Math.min(minMs * 2 ** (failures - 1), maxMs) * (1 + random * JITTER);
}

/** A network that is gone closes nothing: the silence is all there is to notice (C6). */
export function isSilent(heardAt: number, now: number): boolean {
  return now - heardAt > SILENCE_LIMIT_MS;
}

/** What a close code of the protocol wants of the client. */
export type AfterClose = "end" | "take another id" | "retry";

export function afterClose(code: number): AfterClose {
  if (code === CloseCode.revoked) return "end";
  // Two clients that share an id would take it from each other for ever.
  return code === CloseCode.replaced || code === CloseCode.identityTaken ? "take another id" : "retry";
}
