/** The exchange's write-ahead log in SQL: one row per commit and recipient. Nothing else here contains SQL. */
import { TTL_DEFAULT_SECONDS } from "../../shared/limits.ts";
import { type Message, utf8Length } from "../../shared/message.ts";
import { migrate } from "../migrate.ts";
import type { LoggedParcel, Parcel } from "../parcels.ts";

/** SQLite in a Durable Object takes values up to 2 MB; half of it leaves room for escapes. */
const ROW_MAX_LENGTH = 1_000_000;

// AUTOINCREMENT: a position must never come again, not even after the log was empty.
const STEPS = [
  `CREATE TABLE log (
     position INTEGER PRIMARY KEY AUTOINCREMENT,
     recipient TEXT NOT NULL,
     accepted_at INTEGER NOT NULL,
     parcels TEXT NOT NULL
   ) STRICT;
   CREATE INDEX log_by_recipient ON log (recipient, position);`,
];

type Row = { position: number; recipient: string; accepted_at: number; parcels: string };

/** A row's parcels: one line of sizes and times, then one body a line. Bodies are JSON, so they hold no line break. */
function writeParcels(parcels: readonly Parcel[]): string {
  const head = JSON.stringify([parcels.map((p) => p.bytes), parcels.map((p) => p.expiresAt)]);
  return `${head}\n${parcels.map((p) => p.body).join("\n")}`;
}

/** Q10: of a row that is damaged, what can be read is kept: the bodies say all that their sizes and times say. */
function readParcels(row: Row): LoggedParcel[] {
  const [head, ...bodies] = row.parcels.split("\n");
  const sizes = readHead(head as string);
  return bodies.flatMap((body, i) => {
    const message = readMessage(body, row);
    if (message === undefined) return [];
    return {
      to: row.recipient,
      body,
      bytes: sizes?.[0][i] ?? utf8Length(body),
      expiresAt: sizes?.[1][i] ?? expiryOf(message, row.accepted_at),
      position: row.position,
      acceptedAt: row.accepted_at,
    };
  });
}

function readHead(head: string): [bytes: number[], expiresAt: number[]] | undefined {
  try {
    return JSON.parse(head) as [number[], number[]];
  } catch {
    return undefined;
  }
}

function readMessage(body: string, { position, recipient }: Row): Message | undefined {
  try {
    return JSON.parse(body) as Message;
  } catch {
    console.error("a message in the log cannot be read", { position, recipient });
    return undefined;
  }
}

function expiryOf({ expiresAt }: Message, acceptedAt: number): number {
  return expiresAt === undefined ? acceptedAt + TTL_DEFAULT_SECONDS * 1_000 : Date.parse(expiresAt);
}

export class ExchangeLog {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    migrate(storage, STEPS);
  }

  /** Writes the parcels of one recipient, in order; returns them with their positions. */
  append(recipient: string, parcels: readonly Parcel[], acceptedAt: number): LoggedParcel[] {
    const logged: LoggedParcel[] = [];
    for (const chunk of chunksOf(parcels)) {
      const { position } = this.#storage.sql
        .exec<{ position: number }>(
          "INSERT INTO log (recipient, accepted_at, parcels) VALUES (?, ?, ?) RETURNING position",
          recipient,
          acceptedAt,
          writeParcels(chunk),
        )
        .one();
      for (const { body, bytes, expiresAt } of chunk) {
        logged.push({ to: recipient, body, bytes, expiresAt, position, acceptedAt });
      }
    }
    return logged;
  }

  /** What a recipient has not confirmed, oldest first. */
  unconfirmed(recipient: string): LoggedParcel[] {
    const rows = this.#storage.sql.exec<Row>("SELECT * FROM log WHERE recipient = ? ORDER BY position", recipient);
    return [...rows].flatMap(readParcels);
  }

  /** Everyone who has something unconfirmed. */
  recipients(): string[] {
    const rows = this.#storage.sql.exec<{ recipient: string }>("SELECT DISTINCT recipient FROM log");
    return [...rows].map((row) => row.recipient);
  }

  isEmpty(): boolean {
    return this.#storage.sql.exec("SELECT 1 FROM log LIMIT 1").next().done === true;
  }

  /** Forgets what a recipient has on its own disk. */
  confirm(recipient: string, position: number): void {
    this.#storage.sql.exec("DELETE FROM log WHERE recipient = ? AND position <= ?", recipient, position);
  }

  /**
   * Takes out what was refused, so that a crash cannot deliver what its sender was told is not accepted. By body, not by
   * id: a refused message may have the id of an accepted one (M3).
   */
  withdraw(position: number, bodies: ReadonlySet<string>): void {
    for (const row of this.#storage.sql.exec<Row>("SELECT * FROM log WHERE position = ?", position).toArray()) {
      const kept = readParcels(row).filter((parcel) => !bodies.has(parcel.body));
      if (kept.length === 0) this.#storage.sql.exec("DELETE FROM log WHERE position = ?", position);
      else this.#storage.sql.exec("UPDATE log SET parcels = ? WHERE position = ?", writeParcels(kept), position);
    }
  }
}

function* chunksOf(parcels: readonly Parcel[]): Generator<Parcel[]> {
  let chunk: Parcel[] = [];
  let length = 0;
  for (const parcel of parcels) {
    if (length > 0 && length + parcel.body.length > ROW_MAX_LENGTH) {
      yield chunk;
      chunk = [];
      length = 0;
    }
    chunk.push(parcel);
    length += parcel.body.length;
  }
  if (chunk.length > 0) yield chunk;
}
