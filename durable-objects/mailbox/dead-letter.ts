/** Dead letters as people see them (Q6). */
import { type Failure, failure } from "../../shared/errors.ts";
import type { Message } from "../../shared/message.ts";
import type { DeadLetter } from "../../shared/rest.ts";
import { bodyOf } from "../parcels.ts";
import { type Row, STATE_NAMES } from "./store.ts";

export function toDeadLetter(row: Row, instanceId: string): DeadLetter {
  const message = readMessage(row.body);
  return {
    messageId: row.messageId,
    instanceId,
    from: row.sender,
    ...(message === null ? {} : { type: message.type, message }),
    state: STATE_NAMES[row.state] as DeadLetter["state"],
    reason: row.reason ?? "",
    attempts: row.attempts,
    queuedAt: new Date(row.queuedAt).toISOString(),
    endedAt: new Date(row.endedAt ?? 0).toISOString(),
  };
}

export function noDeadLetter(messageId: string): Failure {
  return failure("not_found", `There is no dead letter ${messageId}.`);
}

/** The envelope with a new end of its life, if it has one; null for one that cannot be read (Q10). */
export function renewedBody(body: string, expiresAt: number): string | null {
  const message = readMessage(body);
  if (message?.expiresAt === undefined) return message === null ? null : body;
  return bodyOf({ ...message, expiresAt: new Date(expiresAt).toISOString() });
}

/** Null for what cannot be read (Q10). */
export function readMessage(body: string): Message | null {
  try {
    return JSON.parse(body) as Message;
  } catch {
    return null;
  }
}
