/** Names and addresses (protocol section 2). Case counts everywhere. */
import { z } from "zod";
import { TOPIC_MAX_LENGTH, TOPIC_MAX_SEGMENTS } from "./limits.ts";

const NAME = "[A-Za-z0-9._-]{1,64}";
const PARTIAL = new RegExp(`^${NAME}@${NAME}:${NAME}$`);
const INSTANCE = new RegExp(`^${NAME}@${NAME}:${NAME}/[A-Za-z0-9-]{1,64}$`);
const ROLE = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
const TOPIC_SEGMENT = "[a-z0-9][a-z0-9._-]{0,63}";
const TOPIC = new RegExp(`^${TOPIC_SEGMENT}(?:/${TOPIC_SEGMENT}){0,${TOPIC_MAX_SEGMENTS - 1}}$`);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A1: `user@host:project/session`. */
export const InstanceId = z
  .string()
  .regex(
    INSTANCE,
    "must be user@host:project/session, user, host and project of A-Z a-z 0-9 . _ -, session of A-Z a-z 0-9 -, each 1 to 64 long",
  );
/** A2: an instance id without its session. */
export const PartialAddress = z.string().regex(PARTIAL, "must be user@host:project");
/** A5. */
export const RoleName = z
  .string()
  .regex(ROLE, "must be 1 to 64 of A-Z a-z 0-9 . _ / - and begin with a letter or digit");
/** A5. */
export const TopicName = z
  .string()
  .max(TOPIC_MAX_LENGTH)
  .regex(
    TOPIC,
    "must be lower case: up to 4 segments of a-z 0-9 . _ - joined by /, each beginning with a letter or digit",
  );
/** M3: any UUID; the hub itself makes version 7. One in capitals is the same one. */
export const MessageId = z.string().regex(UUID, "must be a UUID").toLowerCase();

/** M3: an id that a sender brings. Those of version 5 are made by the hub, for the copies of publications. */
export const OwnMessageId = MessageId.refine(
  (id) => id[14] !== "5",
  "must be a UUID of another version than 5, such as 4 or 7: the hub makes those of copies",
);

/** What a `to` can name (A2). */
export type Address =
  | { kind: "instance"; instanceId: string }
  | { kind: "partial"; address: string }
  | { kind: "role"; role: string }
  | { kind: "any"; role: string }
  | { kind: "topic"; topic: string }
  | { kind: "broadcast" };

/** Reads a `to` (A2). Returns undefined for what is no address at all. */
export function parseAddress(to: string): Address | undefined {
  if (INSTANCE.test(to)) return { kind: "instance", instanceId: to };
  if (to === "broadcast") return { kind: "broadcast" };
  if (to.startsWith("role:")) {
    const role = to.slice(5);
    return ROLE.test(role) ? { kind: "role", role } : undefined;
  }
  if (to.startsWith("any:")) {
    const role = to.slice(4);
    return ROLE.test(role) ? { kind: "any", role } : undefined;
  }
  if (to.startsWith("topic:")) {
    const topic = to.slice(6);
    return isTopicName(topic) ? { kind: "topic", topic } : undefined;
  }
  return PARTIAL.test(to) ? { kind: "partial", address: to } : undefined;
}

/** What the hub sends of its own accord comes from here, a session for each part of it; nobody connects as one. */
const SYSTEM = "system@hub:cc2cc";

export type SystemPart = "tasks" | "claims" | "inbox" | "schedules" | "guard";

/** The id under which a part of the hub speaks. */
export function systemId(part: SystemPart): string {
  return `${SYSTEM}/${part}`;
}

/** Whether an id is the hub's own. */
export function isSystemId(instanceId: string): boolean {
  return instanceId.startsWith(`${SYSTEM}/`);
}

export function isInstanceId(text: string): boolean {
  return INSTANCE.test(text);
}

export function isTopicName(text: string): boolean {
  return text.length <= TOPIC_MAX_LENGTH && TOPIC.test(text);
}

export { partialOf, projectOf } from "./id-parts.ts";

/** A5: the topic every session of a project is in. */
export function projectTopic(project: string): string {
  const name = project
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 64)
    .replace(/[-.]+$/, "");
  return name === "" ? "default" : name;
}

/**
 * A1: a name as a segment of an id: accents folded, each run of other characters one `-`, at most 64 long. Where letters
 * or digits of another script are lost by that, a hash of the whole name keeps different names apart.
 */
export function toSegment(text: string, kind: "name" | "session" = "name"): string {
  const folded = text.normalize("NFKD").replace(/\p{M}+/gu, "");
  const other = kind === "name" ? /[^A-Za-z0-9._-]+/g : /[^A-Za-z0-9-]+/g;
  const kept = folded.replace(other, "-");
  if (!/[^\0-\x7f]/.test(folded.replace(/[^\p{L}\p{N}]/gu, ""))) {
    const segment = kept.slice(0, 64);
    return /[A-Za-z0-9]/.test(segment) ? segment : "unknown";
  }
  const readable = kept.slice(0, 64 - 1 - HASH_LENGTH).replace(/^-+|-+$/g, "");
  return `${/[A-Za-z0-9]/.test(readable) ? readable : "x"}-${hashOf(text.normalize("NFC"))}`;
}

const HASH_LENGTH = 7;

/** FNV-1a with 32 bits, in base 36: names of one team do not meet in it, and no platform is needed. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36).padStart(HASH_LENGTH, "0");
}
