/** Who holds an instance id (C8): secrets, made here or brought by the client and stored only as hashes, and keys' patterns. */
import { type Failure, failure } from "../../shared/errors.ts";
import { isInPattern } from "../../shared/keys.ts";
import type { LinkRequest } from "../link.ts";
import type { Instance } from "./store/instances.ts";

/** Returns why a connection may not have the id, or null when it may. */
export function refusalOf(held: Instance | undefined, isOnline: boolean, request: LinkRequest): Failure | null {
  const { pattern } = request.principal;
  const identityHash = request.isIdentityNew ? null : request.identityHash;
  if (pattern === null) return secretRefusalOf(held, isOnline, { ...request, identityHash });
  if (isInPattern(pattern, request.instanceId)) return null;
  return outsidePattern(pattern, request.instanceId);
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
