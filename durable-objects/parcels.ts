/**
 * Messages on their way between objects, column by column. A structured clone of a few arrays of strings and numbers costs
 * a fraction of one of as many objects with named fields, and bodies are spliced, never parsed, on the way.
 */
import type { Message } from "../shared/message.ts";
import { fanOutId } from "./fan-out-id.ts";

/** `body` is the message as JSON, written once by `packParcel` with `messageId` and `from` first. */
export interface Parcel {
  to: string;
  body: string;
  /** Bytes of `body` in UTF-8. */
  bytes: number;
  /** Epoch ms. */
  expiresAt: number;
}

/** A parcel that the exchange has on disk, at a position that only ever grows. */
export interface LoggedParcel extends Parcel {
  position: number;
  /** Epoch ms. */
  acceptedAt: number;
}

/** Parcels for several mailboxes. */
export interface ParcelColumns {
  to: string[];
  bodies: string[];
  bytes: number[];
  expiresAt: number[];
}

/** Publications, each with its own id, of which each recipient gets a copy. */
export interface FanOutColumns {
  recipients: string[];
  bodies: string[];
  bytes: number[];
  expiresAt: number[];
}

/** Logged parcels for one mailbox. */
export interface LoggedColumns {
  bodies: string[];
  bytes: number[];
  expiresAt: number[];
  positions: number[];
  acceptedAt: number[];
}

// {"messageId":"<36 characters>","from":"<sender>",…
const ID_FROM = '{"messageId":"'.length;
const ID_TO = ID_FROM + 36;
const SENDER_FROM = ID_TO + '","from":"'.length;

/** The JSON of a message, in the order that `messageIdOf` and `senderOf` rely on. */
export function bodyOf({ messageId, from, ...rest }: Message): string {
  return JSON.stringify({ messageId, from, ...rest });
}

/** The message id of a body, without parsing it. */
export function messageIdOf(body: string): string {
  return body.slice(ID_FROM, ID_TO);
}

/** The same body under another id, without parsing it. */
export function withMessageId(body: string, messageId: string): string {
  return body.slice(0, ID_FROM) + messageId + body.slice(ID_TO);
}

/** A recipient's copy of a publication (M3). */
export function copyOf(body: string, recipient: string): string {
  return withMessageId(body, fanOutId(messageIdOf(body), recipient));
}

/** The same message to another instance. `to` is who receives it, or the topic of a publication (section 3). */
export function withRecipient(body: string, to: string): string {
  if (isPublication(body)) return body;
  return bodyOf({ ...(JSON.parse(body) as Message), to });
}

/** Who sent a body, without parsing it. */
export function senderOf(body: string): string {
  return body.slice(SENDER_FROM, body.indexOf('"', SENDER_FROM));
}

/** Whether a body is a copy of a publication: its `to` names the topic. Without parsing it. */
export function isPublication(body: string): boolean {
  return body.startsWith('","to":"topic:', body.indexOf('"', SENDER_FROM));
}

export function toColumns(parcels: readonly Parcel[]): ParcelColumns {
  return {
    to: parcels.map((p) => p.to),
    bodies: parcels.map((p) => p.body),
    bytes: parcels.map((p) => p.bytes),
    expiresAt: parcels.map((p) => p.expiresAt),
  };
}

export function fromColumns({ to, bodies, bytes, expiresAt }: ParcelColumns): Parcel[] {
  return bodies.map((body, i) => ({
    to: to[i] as string,
    body,
    bytes: bytes[i] as number,
    expiresAt: expiresAt[i] as number,
  }));
}

export function toLoggedColumns(parcels: readonly LoggedParcel[]): LoggedColumns {
  return {
    bodies: parcels.map((p) => p.body),
    bytes: parcels.map((p) => p.bytes),
    expiresAt: parcels.map((p) => p.expiresAt),
    positions: parcels.map((p) => p.position),
    acceptedAt: parcels.map((p) => p.acceptedAt),
  };
}

export function fromLoggedColumns(to: string, columns: LoggedColumns): LoggedParcel[] {
  return columns.bodies.map((body, i) => ({
    to,
    body,
    bytes: columns.bytes[i] as number,
    expiresAt: columns.expiresAt[i] as number,
    position: columns.positions[i] as number,
    acceptedAt: columns.acceptedAt[i] as number,
  }));
}
