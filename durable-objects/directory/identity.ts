/** Who holds an instance id (C8): secrets, made here or brought by the client and stored only as hashes, and keys' patterns. */
import { type Failure, failure } from "../../shared/errors.ts";
import { isInPattern } from "../../shared/keys.ts";
import type { ConnectRequest } from "../rpc.ts";
import type { InstanceRow } from "./tables.ts";

const TOKEN_BYTES = 32;

/** 256 random bits as base64url. */
export function newIdentityToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** C8: why a connection may not have the id, or null when it may. */
export function refusalOf(held: InstanceRow | undefined, request: ConnectRequest): Failure | null {
  const { pattern } = request.principal;
  if (pattern === null) return secretRefusalOf(held, request);
  if (isInPattern(pattern, request.instanceId)) return null;
  return outsidePattern(pattern, request.instanceId);
}

/** Why a key with a pattern may not have an id. */
export function outsidePattern(pattern: string, instanceId: string): Failure {
  return failure("forbidden", `This key is for ${pattern}; it cannot connect as ${instanceId}.`);
}

/** C8 where no key's pattern decides. */
export function secretRefusalOf(
  held: InstanceRow | undefined,
  request: Pick<ConnectRequest, "instanceId" | "version" | "identityHash">,
): Failure | null {
  if (held === undefined) return null;
  const taken = (why: string) =>
    failure(
      "identity_taken",
      `${request.instanceId} ${why}. Use another session segment, or have an admin remove the id.`,
    );
  if (held.identity_hash !== null) {
    return held.identity_hash === request.identityHash ? null : taken("is held by another secret");
  }
  if (request.version === 2 && held.is_online === 1) return taken("is in use by a v1 client that is online");
  return null;
}
