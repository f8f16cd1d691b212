/** Writes rows that come from elsewhere into a store that nobody uses yet. */
import type { LegacyRow } from "../../legacy/dump.ts";
import type { State } from "./delivery-state.ts";
import { Outbox } from "./outbox.ts";

/** A message and its one recipient, as it stood. Times in epoch ms, null where it has not come to that. */
export interface ConvertedMessage {
  /** The id whose mailbox held it. */
  owner: string;
  messageId: string;
  sender: string;
  body: string | null;
  digest: string | null;
  bytes: number;
  state: State;
  attempts: number;
  acceptedAt: number;
  expiresAt: number;
  deliveredAt: number | null;
  ackedAt: number | null;
  seenAt: number | null;
  endedAt: number | null;
  reason: string | null;
}

const TABLES = ["instances", "messages", "deliveries", "topics", "subscriptions", "outbox"];

export class StoreWriter {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #numbers = new Map<string, number>();
  #count = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** How many messages were written. */
  get count(): number {
    return this.#count;
  }

  /** Forgets what a run before this one, which was interrupted, has written. */
  clear(): void {
    this.#storage.transactionSync(() => {
      for (const table of TABLES) this.#sql.exec(`DELETE FROM ${table}`);
    });
  }

  addInstances(rows: readonly LegacyRow[]): void {
    this.#storage.transactionSync(() => {
      for (const row of rows) {
        const { number } = this.#sql
          .exec<{ number: number }>(
            `INSERT INTO instances (instance_id, version, is_online, epoch, role, identity_hash, connected_at, last_seen_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
            row.instance_id ?? null,
            row.version ?? null,
            row.is_online ?? null,
            row.epoch ?? null,
            row.role ?? null,
            row.identity_hash ?? null,
            row.connected_at ?? null,
            row.last_seen_at ?? null,
          )
          .one();
        this.#numbers.set(String(row.instance_id), number);
      }
      for (const { instance_id, successor } of rows) {
        const number = typeof successor === "string" ? this.#numbers.get(successor) : undefined;
        if (number === undefined) continue;
        this.#sql.exec("UPDATE instances SET successor = ? WHERE instance_id = ?", number, instance_id ?? null);
      }
    });
  }

  addTopic(row: LegacyRow, members: readonly string[], now: number): void {
    this.#storage.transactionSync(() => {
      const numbers = members.flatMap((id) => this.#numbers.get(id) ?? []);
      const emptySince = numbers.length === 0 ? now : null;
      const { name = null, created_at = null, created_by = null, auto_expire = null } = row;
      this.#sql.exec(
        "INSERT INTO topics VALUES (?, ?, ?, ?, ?)",
        name,
        created_at,
        created_by,
        auto_expire,
        emptySince,
      );
      for (const number of numbers) this.#sql.exec("INSERT INTO subscriptions VALUES (?, ?)", name, number);
    });
  }

  addPublication(topic: string, row: LegacyRow): void {
    const body = String(row.body);
    this.#sql.exec(
      `INSERT INTO messages (message_id, sender, is_publication, topic, body, bytes, accepted_at, expires_at, delivered, queued)
       VALUES (?, json_extract(?2, '$.from'), 1, ?3, ?2, length(?2), ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING`,
      row.message_id ?? null,
      body,
      topic,
      row.published_at ?? null,
      row.expires_at ?? null,
      row.delivered ?? null,
      row.queued ?? null,
    );
  }

  /** A message that is there already, as after a session change that a crash cut, keeps the state that is further on. */
  addMessages(messages: readonly ConvertedMessage[]): void {
    this.#storage.transactionSync(() => {
      for (const message of messages) this.#add(message);
    });
  }

  /** A line for the journal. */
  tell(line: string): void {
    new Outbox(this.#sql).add([line]);
  }

  #add(message: ConvertedMessage): void {
    const owner = this.#numbers.get(message.owner);
    if (owner === undefined) return;
    const known = this.#sql
      .exec<{ position: number; state: number }>(
        "SELECT position, state FROM messages JOIN deliveries USING (position) WHERE message_id = ?",
        message.messageId,
      )
      .toArray()[0];
    if (known !== undefined) {
      if (known.state >= message.state) return;
      this.#sql.exec("DELETE FROM deliveries WHERE position = ?", known.position);
      this.#sql.exec("DELETE FROM messages WHERE position = ?", known.position);
    }
    this.#count++;
    const { position } = this.#sql
      .exec<{ position: number }>(
        `INSERT INTO messages (message_id, sender, is_publication, body, digest, bytes, accepted_at, expires_at)
         VALUES (?, ?, 0, ?, ?, ?, ?, ?) RETURNING position`,
        message.messageId,
        message.sender,
        message.body,
        message.digest,
        message.bytes,
        message.acceptedAt,
        message.expiresAt,
      )
      .one();
    this.#sql.exec(
      "INSERT INTO deliveries (position, addressee, owner, state, attempts, delivered_at, acked_at, seen_at, ended_at, reason) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      position,
      owner,
      message.state,
      message.attempts,
      message.deliveredAt,
      message.ackedAt,
      message.seenAt,
      message.endedAt,
      message.reason,
    );
  }
}
