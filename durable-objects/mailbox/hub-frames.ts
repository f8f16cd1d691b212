/** Frames that the hub writes of its own accord (section 5), spliced from JSON that is there already. */
import { CONTENT_MAX_BYTES, METADATA_MAX_BYTES, WINDOW_MESSAGES } from "../../shared/limits.ts";
import { PROTOCOL_VERSION, type WelcomeFrame } from "../../shared/protocol.ts";
import type { Settings } from "../env.ts";
import { receiptsJson } from "../receipt.ts";
import type { ConnectVerdict } from "../rpc.ts";
import type { StateGroup } from "../states.ts";
import type { Connection } from "./connection.ts";
import type { Row } from "./store.ts";

/** A connection that the directory has let in. */
export type Accepted = Extract<ConnectVerdict, { ok: true }>;

/** `pending`: messages of the instance that are not acked yet. */
export function welcomeFrame(
  instanceId: string,
  { identityToken, role, topics }: Accepted,
  pending: number,
  { version, rateFrames, rateWindowMs, broadcastIntervalMs }: Settings,
): WelcomeFrame {
  return {
    action: "welcome",
    protocol: PROTOCOL_VERSION,
    instanceId,
    ...(identityToken === null ? {} : { identityToken }),
    ...(role === null ? {} : { role }),
    topics,
    pending,
    hub: { version },
    limits: {
      contentBytes: CONTENT_MAX_BYTES,
      metadataBytes: METADATA_MAX_BYTES,
      frames: rateFrames,
      windowSeconds: rateWindowMs / 1_000,
      broadcastIntervalSeconds: broadcastIntervalMs / 1_000,
      unackedMessages: WINDOW_MESSAGES,
    },
  };
}

/** Messages of the queue. */
export function writeRows(connection: Connection, rows: readonly Row[]): void {
  if (connection.version === 1)
    writeBodies(
      connection,
      rows.map((row) => row.body),
    );
  else {
    const messages = rows.map((row) => `{"seq":${row.seq},"attempt":${row.attempts},${row.body.slice(1)}`);
    writeBodies(connection, messages);
  }
}

/** Messages as they are: bare ones for a v1 client, one frame for a v2 client. */
export function writeBodies(connection: Connection, bodies: readonly string[]): void {
  if (connection.version === 1) for (const body of bodies) connection.sendJson(body);
  else connection.sendJson(`{"action":"deliver","messages":[${bodies.join(",")}]}`);
}

/** A v1 client knows no receipts. */
export function writeReceipts(connection: Connection, receipts: readonly StateGroup[]): void {
  if (connection.version === 1) return;
  for (const group of receipts) {
    for (const json of receiptsJson(group)) connection.sendJson(json);
  }
}
