/** Reads the write-ahead log of a 0.1 exchange: what mailboxes may not have had on their own disks yet. */
import { TTL_DEFAULT_SECONDS } from "../../shared/limits.ts";
import { copyOf, messageIdOf, readMessage } from "../envelope.ts";
import type { LegacyRow } from "./dump.ts";

/** A message for one recipient. Times in epoch ms. */
export interface LoggedMessage {
  recipient: string;
  body: string;
  acceptedAt: number;
  expiresAt: number;
}

/** A row is for one recipient, or, where `recipient` is "", holds publications for all of `recipients`. */
export function readLogRow(row: LegacyRow): LoggedMessage[] {
  const acceptedAt = Number(row.accepted_at);
  const recipient = String(row.recipient);
  const [, ...bodies] = String(row.parcels).split("\n");
  // Q10: the bodies say all that the line before them says, so that is not needed.
  const messages = bodies.filter((body) => readMessage(body) !== null);
  if (recipient !== "") return messages.map((body) => toLogged(recipient, body, acceptedAt));
  const withdrawn = new Set(readIds(row.withdrawn));
  return readIds(row.recipients)
    .flatMap((id) => messages.map((body) => toLogged(id, copyOf(body, id), acceptedAt)))
    .filter(({ body }) => !withdrawn.has(messageIdOf(body)));
}

function toLogged(recipient: string, body: string, acceptedAt: number): LoggedMessage {
  const end = readMessage(body)?.expiresAt;
  const expiresAt = end === undefined ? acceptedAt + TTL_DEFAULT_SECONDS * 1_000 : Date.parse(end);
  return { recipient, body, acceptedAt, expiresAt };
}

function readIds(json: LegacyRow[string] | undefined): string[] {
  try {
    return JSON.parse(String(json ?? "[]")) as string[];
  } catch {
    return [];
  }
}
