/** What belongs to one sending to several: the messages of one role message, and what answers them or a publication. */

/** A message of one sending, without its text. */
export interface SentRow {
  id: number;
  /** As history keeps it: of a twin, longer than an id. */
  key: string;
  at: number;
  sender: number;
  recipient: number;
  thread: number;
  /** Of a publication or broadcast, to how many it was written at once; null for any other message. */
  delivered: number | null;
  queued: number | null;
  answeredAt: number | null;
  isTopic: number;
}

export interface AnswerRow {
  messageId: string;
  at: number;
  sender: number;
  replyTo: string | null;
}

type Sql<T> = T & Record<string, SqlStorageValue>;

/** As many recipients of one role message are looked at. */
const SIBLINGS_MAX = 5_000;
/** Their texts are read, so answers to one sending are not looked through without end. */
const ANSWERS_MAX = 1_000;

const SENT_COLUMNS = `id, message_id AS key, at, sender, recipient, coalesce(thread, id) AS thread, delivered, queued,
  answered_at AS answeredAt, topic IS NOT NULL AS isTopic`;

export class FanOutStore {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  find(id: number): SentRow | undefined {
    return this.#sql.exec<Sql<SentRow>>(`SELECT ${SENT_COLUMNS} FROM messages WHERE id = ?`, id).toArray()[0];
  }

  /**
   * All messages of the role message that this one is of; of a message that is of none, only itself. They stand side by side
   * among what their sender sent, with one time. A second role message of the same moment has the same recipients in the same
   * order: whose first it is, and whose second, tells them apart.
   */
  siblings(id: number): SentRow[] {
    return this.#sql
      .exec<Sql<SentRow>>(
        `WITH one AS MATERIALIZED (SELECT * FROM messages WHERE id = ?1),
         run AS MATERIALIZED (
           SELECT m.id, row_number() OVER (PARTITION BY m.recipient ORDER BY m.id) AS nth
           FROM one JOIN messages m ON m.sender = one.sender
           WHERE m.id > coalesce((SELECT b.id FROM messages b WHERE b.sender = one.sender AND b.id < one.id
                   AND b.at <> one.at ORDER BY b.id DESC LIMIT 1), 0)
             AND m.id < coalesce((SELECT a.id FROM messages a WHERE a.sender = one.sender AND a.id > one.id
                   AND a.at <> one.at ORDER BY a.id LIMIT 1), one.id + 1000000)
             AND m.at = one.at AND m.role = one.role AND m.type = one.type
             AND substr(m.message_id, 15, 1) = '5' AND substr(one.message_id, 15, 1) = '5'
         )
         SELECT ${SENT_COLUMNS} FROM messages
         WHERE id = ?1 OR id IN (SELECT id FROM run WHERE nth = (SELECT nth FROM run WHERE id = ?1))
         ORDER BY id LIMIT ${SIBLINGS_MAX}`,
        id,
      )
      .toArray();
  }

  /** What was said in these threads after a message by others than its sender, and is more than an ack; the oldest first. */
  answers(threads: readonly number[], after: number, sender: number): AnswerRow[] {
    return this.#sql
      .exec<Sql<AnswerRow>>(
        `SELECT m.message_id AS messageId, m.at, m.sender, b.body ->> '$.replyToMessageId' AS replyTo
         FROM messages m JOIN bodies b ON b.id = m.id
         WHERE m.thread IN (SELECT value FROM json_each(?1)) AND m.id > ?2 AND m.type <> 'ack' AND m.sender <> ?3
         ORDER BY m.id LIMIT ${ANSWERS_MAX}`,
        JSON.stringify([...new Set(threads)]),
        after,
        sender,
      )
      .toArray();
  }
}
