/**
 * The exchange's write-ahead log in SQL: one row per commit and recipient, and one per run of publications for all their
 * recipients. Nothing else here contains SQL.
 */
import { TTL_DEFAULT_SECONDS } from "../../shared/limits.ts";
import { type Message, utf8Length } from "../../shared/message.ts";
import { log } from "../log.ts";
import { migrate } from "../migrate.ts";
import { copyOf, type LoggedParcel, messageIdOf, type Parcel } from "../parcels.ts";

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
  // A shared row has no recipient but a JSON array of them, and one of the ids of copies that were withdrawn.
  "ALTER TABLE log ADD COLUMN recipients TEXT; ALTER TABLE log ADD COLUMN withdrawn TEXT;",
];

const SHARED = "";

type Row = {
  position: number;
  recipient: string;
  accepted_at: number;
  parcels: string;
  recipients: string | null;
  withdrawn: string | null;
};

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
    log("error", "a message in the log cannot be read", { position, recipient });
    return undefined;
  }
}

function expiryOf({ expiresAt }: Message, acceptedAt: number): number {
  return expiresAt === undefined ? acceptedAt + TTL_DEFAULT_SECONDS * 1_000 : Date.parse(expiresAt);
}

/** A recipient's parcels of a row. */
function readParcelsOf(recipient: string, row: Row): LoggedParcel[] {
  const parcels = readParcels(row);
  if (row.recipient !== SHARED) return parcels;
  const withdrawn = new Set(JSON.parse(row.withdrawn ?? "[]") as string[]);
  return parcels
    .map((parcel) => ({ ...parcel, to: recipient, body: copyOf(parcel.body, recipient) }))
    .filter((copy) => !withdrawn.has(messageIdOf(copy.body)));
}

/** Q10: whom a row was for that cannot be read, nobody can tell. */
function readRecipients({ position, recipients }: Row): string[] {
  try {
    return JSON.parse(recipients ?? "[]") as string[];
  } catch {
    log("error", "the recipients of publications in the log cannot be read", { position });
    return [];
  }
}

export class ExchangeLog {
  readonly #sql: SqlStorage;
  /** Of each shared row, in order, whom it still waits for. */
  readonly #waitingFor = new Map<number, Set<string>>();
  /** The newest of the rows that a recipient has for itself. */
  readonly #newestOwn = new Map<string, number>();

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    migrate(storage, STEPS);
    for (const row of this.#sql.exec<Row>("SELECT * FROM log WHERE recipient = ? ORDER BY position", SHARED)) {
      this.#waitingFor.set(row.position, new Set(readRecipients(row)));
    }
    const own = this.#sql.exec<{ recipient: string; newest: number }>(
      "SELECT recipient, max(position) AS newest FROM log WHERE recipient <> ? GROUP BY recipient",
      SHARED,
    );
    for (const { recipient, newest } of own) this.#newestOwn.set(recipient, newest);
  }

  /** Writes the parcels of one recipient, in order; returns them with their positions. */
  append(recipient: string, parcels: readonly Parcel[], acceptedAt: number): LoggedParcel[] {
    const logged = this.#insert(recipient, null, parcels, acceptedAt);
    this.#newestOwn.set(recipient, logged.at(-1)?.position ?? 0);
    return logged;
  }

  /** Writes publications once for all their recipients; their `to` is empty. */
  appendShared(recipients: readonly string[], parcels: readonly Parcel[], acceptedAt: number): LoggedParcel[] {
    const logged = this.#insert(SHARED, JSON.stringify(recipients), parcels, acceptedAt);
    const positions = new Set(logged.map(({ position }) => position));
    for (const position of positions) this.#waitingFor.set(position, new Set(recipients));
    return logged;
  }

  #insert(
    recipient: string,
    recipients: string | null,
    parcels: readonly Parcel[],
    acceptedAt: number,
  ): LoggedParcel[] {
    const logged: LoggedParcel[] = [];
    for (const chunk of chunksOf(parcels)) {
      const { position } = this.#sql
        .exec<{ position: number }>(
          "INSERT INTO log (recipient, accepted_at, parcels, recipients) VALUES (?, ?, ?, ?) RETURNING position",
          recipient,
          acceptedAt,
          writeParcels(chunk),
          recipients,
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
    const shared = [...this.#waitingFor].flatMap(([position, ids]) => (ids.has(recipient) ? [position] : []));
    const rows = this.#sql.exec<Row>(
      `SELECT * FROM log WHERE recipient = ?1 OR position IN (SELECT value FROM json_each(?2)) ORDER BY position`,
      recipient,
      JSON.stringify(shared),
    );
    return [...rows].flatMap((row) => readParcelsOf(recipient, row));
  }

  /** Whom a message of this sender is for; null if it is not here. Reads all rows: for what no table knows. */
  recipientOf(messageId: string, sender: string): string | null {
    // Each body stands on a line of its own, and nothing in it can begin one.
    const start = `\n{"messageId":"${messageId}","from":"${sender}"`;
    const rows = this.#sql.exec<{ recipient: string }>(
      "SELECT recipient FROM log WHERE recipient <> ? AND instr(parcels, ?) > 0",
      SHARED,
      start,
    );
    return rows.toArray()[0]?.recipient ?? null;
  }

  /** Everyone who has something unconfirmed. */
  recipients(): string[] {
    const ids = new Set([...this.#waitingFor.values()].flatMap((waiting) => [...waiting]));
    const rows = this.#sql.exec<{ recipient: string }>(
      "SELECT DISTINCT recipient FROM log WHERE recipient <> ?",
      SHARED,
    );
    for (const { recipient } of rows) ids.add(recipient);
    return [...ids];
  }

  isEmpty(): boolean {
    return this.#sql.exec("SELECT 1 FROM log LIMIT 1").next().done === true;
  }

  /** Forgets what a recipient has on its own disk. */
  confirm(recipient: string, upTo: number): void {
    for (const [position, waiting] of this.#waitingFor) {
      if (position > upTo) break;
      if (waiting.delete(recipient) && waiting.size === 0) this.#deleteShared(position);
    }
    const newest = this.#newestOwn.get(recipient);
    if (newest === undefined) return;
    this.#sql.exec("DELETE FROM log WHERE recipient = ? AND position <= ?", recipient, upTo);
    if (newest <= upTo) this.#newestOwn.delete(recipient);
  }

  /**
   * Takes out what a recipient refused, so that a crash cannot deliver what its sender was told is not accepted. By body, not
   * by id: a refused message may have the id of an accepted one (M3).
   */
  withdraw(recipient: string, position: number, bodies: ReadonlySet<string>): void {
    const row = this.#sql.exec<Row>("SELECT * FROM log WHERE position = ?", position).toArray()[0];
    if (row === undefined) return;
    const parcels = readParcelsOf(recipient, row);
    const kept = parcels.filter((parcel) => !bodies.has(parcel.body));
    if (row.recipient === SHARED) this.#withdrawShared(recipient, row, parcels, kept);
    else if (kept.length === 0) this.#sql.exec("DELETE FROM log WHERE position = ?", position);
    else this.#sql.exec("UPDATE log SET parcels = ? WHERE position = ?", writeParcels(kept), position);
  }

  #withdrawShared(recipient: string, row: Row, parcels: readonly LoggedParcel[], kept: readonly LoggedParcel[]): void {
    const { position } = row;
    if (kept.length > 0) {
      const gone = parcels.filter((parcel) => !kept.includes(parcel)).map((parcel) => messageIdOf(parcel.body));
      const withdrawn = JSON.stringify([...(JSON.parse(row.withdrawn ?? "[]") as string[]), ...gone]);
      this.#sql.exec("UPDATE log SET withdrawn = ? WHERE position = ?", withdrawn, position);
      return;
    }
    const waiting = this.#waitingFor.get(position);
    waiting?.delete(recipient);
    const recipients = readRecipients(row).filter((id) => id !== recipient);
    if (recipients.length === 0 || waiting?.size === 0) this.#deleteShared(position);
    else this.#sql.exec("UPDATE log SET recipients = ? WHERE position = ?", JSON.stringify(recipients), position);
  }

  #deleteShared(position: number): void {
    this.#waitingFor.delete(position);
    this.#sql.exec("DELETE FROM log WHERE position = ?", position);
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
