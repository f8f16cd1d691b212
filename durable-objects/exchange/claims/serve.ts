/** Gives what is free to those who wait, in the order in which they asked (L1). */
import { isoTime } from "../../iso-time.ts";
import { tellInstance } from "../tell.ts";
import type { Turn } from "../turn.ts";
import { grant } from "./grant.ts";
import { heldAgainst, waitsAgainst } from "./meet.ts";

export function serveWaits(turn: Turn): void {
  // A grant may free what somebody waits for who was looked at before: one who had a name alone and now shares it.
  while (serveOnce(turn));
}

/** Returns whether anybody got something. */
function serveOnce(turn: Turn): boolean {
  const { claims, instances } = turn.store;
  let isServed = false;
  for (const wait of claims.waits()) {
    if (heldAgainst(turn.store, wait).length > 0 || waitsAgainst(turn.store, wait, wait.number).length > 0) continue;
    const instance = instances.byNumber(wait.holder);
    claims.removeWait(wait.number);
    isServed = true;
    if (instance === undefined) continue;
    const { names, ttlMs } = wait;
    grant(turn, instance, wait);
    const tokens = claims.of(wait.holder).filter(({ name }) => names.includes(name));
    const content = `You hold ${listOf(names)} now, until ${isoTime(turn.now + ttlMs)}${tokensOf(tokens)}. You asked for it at ${isoTime(wait.askedAt)}. Release it when you are done.`;
    tellInstance(turn, instance, { part: "claims", type: "result", content });
  }
  return isServed;
}

const NAMES_SHOWN = 5;

/** The first names, for a sentence. */
export function listOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}

function tokensOf(claims: readonly { token: number }[]): string {
  const [first] = claims;
  return claims.length === 1 && first !== undefined ? `, fencing token ${first.token}` : "";
}
