/** Who holds an instance id (C8): secrets, made here or brought by the client and stored only as hashes, and keys' patterns. */
import { type Failure, failure } from "../../shared/errors.ts";
import { isInPattern } from "../../shared/keys.ts";
import type { LinkRequest } from "../link.ts";
import type { Principal } from "../principal.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

/** Returns why a connection may not have the id, or null when it may. */
export function refusalOf(turn: Turn, held: Instance | undefined, request: LinkRequest): Failure | null {
  const isOnline = held !== undefined && turn.links.isOnline(held);
  return (
    turn.store.reservations.refusalOf(request.principal, request.instanceId) ??
    holderRefusalOf(held, isOnline, request) ??
    (held === undefined ? goneRefusalOf(turn, request.instanceId, request.principal, [request.identityHash]) : null)
  );
}

function holderRefusalOf(held: Instance | undefined, isOnline: boolean, request: LinkRequest): Failure | null {
  const { pattern } = request.principal;
  const identityHash = request.isIdentityNew ? null : request.identityHash;
  if (pattern === null) return secretRefusalOf(held, isOnline, { ...request, identityHash });
  if (isInPattern(pattern, request.instanceId)) return null;
  return outsidePattern(pattern, request.instanceId);
}

/** An id whose instance was forgotten stays that of its secret (C8): `hashes` are those that the client has. */
export function goneRefusalOf(
  { store }: Turn,
  instanceId: string,
  { scope, pattern }: Principal,
  hashes: readonly (string | null)[],
): Failure | null {
  if (scope === "admin" || pattern !== null) return null;
  const hash = store.instances.heldHashOf(instanceId);
  if (hash === null || hashes.includes(hash)) return null;
  return failure(
    "identity_taken",
    `${instanceId} was held by another secret and is kept for it. Use another session segment, or have an admin remove the id.`,
  );
}

/** Returns why a key with a pattern may not have an id. */
export function outsidePattern(pattern: string, instanceId: string): Failure {
  return failure("forbidden", `This key is for ${pattern}; it cannot connect as ${instanceId}.`);
}

/** The same where no key's pattern decides. */
export function secretRefusalOf(
  held: Instance | undefined,
  isOnline: boolean,
  request: Pick<LinkRequest, "instanceId" | "version" | "identityHash">,
): Failure | null {
  if (held === undefined) return null;
  const taken = (why: string) =>
    failure(
      "identity_taken",
      `${request.instanceId} ${why}. Use another session segment, or have an admin remove the id.`,
    );
  if (held.identityHash !== null) {
    return held.identityHash === request.identityHash ? null : taken("is held by another secret");
  }
  if (request.version === 2 && isOnline) return taken("is in use by a v1 client that is online");
  return null;
}
