/** What was accepted: each message and publication once, in order of acceptance. Who gets them: `deliveries.ts`. */
import type { Room } from "./room.ts";

/** Times in epoch ms. */
export interface StoredMessage {
  position: number;
  messageId: string;
  sender: string;
  isPublication: boolean;
  /** The message as JSON; null once nobody can ask for the text any more, then `digest` says what it said. */
  body: string | null;
  digest: string | null;
  bytes: number;
  acceptedAt: number;
  expiresAt: number;
  /** Of a publication: how many subscribers were online, and for how many it was queued. */
  delivered: number;
  queued: number;
  /** Q6: how many had no room for it. */
  refused: number;
}

/** A message as it is accepted. */
export interface NewMessage {
  messageId: string;
  sender: string;
  body: string;
  bytes: number;
  acceptedAt: number;
  expiresAt: number;
  /** Null for a message to instances. */
  publication: { topic: string; delivered: number; queued: number; refused: number } | null;
}

type Row = {
  position: number;
  message_id: string;
  sender: string;
  is_publication: number;
  body: string | null;
  digest: string | null;
  bytes: number;
  accepted_at: number;
  expires_at: number;
  delivered: number;
  queued: number;
  refused: number;
};

const TAKEN = "ON CONFLICT (message_id) DO NOTHING RETURNING position";
/** Two statements, since each value that is bound costs as much as a tenth of the row. */
const INSERT_DIRECT = `INSERT INTO messages (message_id, sender, body, bytes, accepted_at, expires_at, is_publication)
  VALUES (?, ?, ?, ?, ?, ?, 0) ${TAKEN}`;
const INSERT_PUBLICATION = `INSERT INTO messages
  (message_id, sender, body, bytes, accepted_at, expires_at, topic, delivered, queued, refused, is_publication)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ${TAKEN}`;

export class Messages {
  readonly #sql: SqlStorage;
  readonly #room: Room;

  constructor(sql: SqlStorage, room: Room) {
    this.#sql = sql;
    this.#room = room;
  }

  /** Stores a message and returns its position, which is higher than any before; undefined where its id is taken. */
  insert({ messageId, sender, body, bytes, acceptedAt, expiresAt, publication }: NewMessage): number | undefined {
    this.#room.note(bytes);
    const common = [messageId, sender, body, bytes, acceptedAt, expiresAt];
    const cursor =
      publication === null
        ? this.#sql.exec<{ position: number }>(INSERT_DIRECT, ...common)
        : this.#sql.exec<{ position: number }>(
            INSERT_PUBLICATION,
            ...common,
            publication.topic,
            publication.delivered,
            publication.queued,
            publication.refused,
          );
    return cursor.next().value?.position;
  }

  /** The same for a message whose id is known to be free. */
  insertNew(message: NewMessage): number {
    const position = this.insert(message);
    if (position === undefined) throw new Error(`the message id ${message.messageId} is taken`);
    return position;
  }

  find(messageId: string): StoredMessage | undefined {
    return this.#list("WHERE message_id = ?", messageId)[0];
  }

  /** Those of these ids that are known. */
  findAll(messageIds: readonly string[]): StoredMessage[] {
    return this.#list("WHERE message_id IN (SELECT value FROM json_each(?))", JSON.stringify(messageIds));
  }

  has(messageId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM messages WHERE message_id = ?", messageId).next().done !== true;
  }

  at(position: number): StoredMessage | undefined {
    return this.#list("WHERE position = ?", position)[0];
  }

  /** The newest publications behind a position, newest first. */
  newestPublications(after: number, limit: number): Pick<StoredMessage, "position" | "messageId" | "sender">[] {
    return this.#sql
      .exec<{ position: number; messageId: string; sender: string }>(
        `SELECT position, message_id AS messageId, sender FROM messages
         WHERE is_publication = 1 AND position > ? ORDER BY position DESC LIMIT ?`,
        after,
        limit,
      )
      .toArray();
  }

  /** What was published in a topic, newest first, from below position `before` on. */
  historyOf(topic: string, before: number, limit: number): StoredMessage[] {
    return this.#list("WHERE topic = ? AND position < ? ORDER BY position DESC LIMIT ?", topic, before, limit);
  }

  /** Takes publications out of a topic's history: all (`keep` 0), or those beyond the newest `keep`. */
  trimHistory(topic: string, keep: number): void {
    this.#sql.exec(
      `UPDATE messages SET topic = NULL WHERE topic = ?1 AND position <= coalesce(
         (SELECT position FROM messages WHERE topic = ?1 ORDER BY position DESC LIMIT 1 OFFSET ?2), 0)`,
      topic,
      keep,
    );
  }

  /** Takes one publication out of its topic's history. */
  leaveTopic(position: number): void {
    this.#sql.exec("UPDATE messages SET topic = NULL WHERE position = ?", position);
  }

  /** The next rows behind a position, oldest first. */
  listAfter(position: number, limit: number): StoredMessage[] {
    return this.#list("WHERE position > ? ORDER BY position LIMIT ?", position, limit);
  }

  /** The next positions behind one of messages that were accepted before a time. */
  listPositions(after: number, before: number, limit: number): number[] {
    const rows = this.#sql.exec<{ position: number }>(
      "SELECT position FROM messages WHERE position > ? AND accepted_at < ? ORDER BY position LIMIT ?",
      after,
      before,
      limit,
    );
    return [...rows].map(({ position }) => position);
  }

  /** Positions of messages whose time ends after `after` and not later than `upTo`. */
  listExpiring(after: number, upTo: number): number[] {
    const rows = this.#sql.exec<{ position: number }>(
      "SELECT position FROM messages WHERE expires_at > ? AND expires_at <= ? ORDER BY position",
      after,
      upTo,
    );
    return [...rows].map(({ position }) => position);
  }

  /** When the next message ends its time after `after`, epoch ms; null for none. */
  nextExpiry(after: number): number | null {
    return this.#sql
      .exec<{ at: number | null }>("SELECT min(expires_at) AS at FROM messages WHERE expires_at > ?", after)
      .one().at;
  }

  /** Gives a message a new place at the end of the order, a new text and a new end of its time. Returns the position. */
  renew(position: number, body: string, bytes: number, expiresAt: number): number {
    const message = this.at(position) as StoredMessage;
    this.delete([position]);
    return this.insertNew({ ...message, body, bytes, expiresAt, publication: null });
  }

  /** Keeps of these only what tells a repeat from another message (M3). */
  dropBodies(digests: readonly (readonly [position: number, digest: string])[]): void {
    this.#sql.exec(
      `UPDATE messages SET body = NULL, digest = j.value ->> 1 FROM jsonb_each(?) AS j WHERE position = j.value ->> 0`,
      JSON.stringify(digests),
    );
  }

  delete(positions: readonly number[]): void {
    this.#sql.exec(
      "DELETE FROM messages WHERE position IN (SELECT value FROM json_each(?))",
      JSON.stringify(positions),
    );
  }

  #list(where: string, ...bindings: (string | number)[]): StoredMessage[] {
    return [...this.#sql.exec<Row>(`SELECT * FROM messages ${where}`, ...bindings)].map(fromRow);
  }
}

function fromRow(row: Row): StoredMessage {
  return {
    position: row.position,
    messageId: row.message_id,
    sender: row.sender,
    isPublication: row.is_publication === 1,
    body: row.body,
    digest: row.digest,
    bytes: row.bytes,
    acceptedAt: row.accepted_at,
    expiresAt: row.expires_at,
    delivered: row.delivered,
    queued: row.queued,
    refused: row.refused,
  };
}
