/**
 * Messages that came under the id of another one. The exchange keeps ids apart for as long as it remembers them, which is
 * shorter than history does, and broadcasts it does not remember: so two may meet here. The later one is a twin, kept under
 * a key of its own; what is told of an id from then on is told of the twin, since the exchange knows no other any more.
 */
import { digestOf } from "../content-digest.ts";
import type { NewMessage } from "./history-store.ts";
import type { Names } from "./names.ts";

const ID_LENGTH = 36;

interface Kept {
  id: number;
  key: string;
  sender: number;
  recipient: number;
}

export class Twins {
  readonly #sql: SqlStorage;
  readonly #names: Names;
  /** Of ids that have twins, the key of the last one. */
  readonly #newest = new Map<string, string>();

  constructor(sql: SqlStorage, names: Names) {
    this.#sql = sql;
    this.#names = names;
    const rows = sql.exec<{ key: string }>(
      `SELECT message_id AS key FROM messages WHERE length(message_id) > ${ID_LENGTH} ORDER BY id`,
    );
    for (const { key } of rows) this.#newest.set(key.slice(0, ID_LENGTH), key);
  }

  /** Makes the key of a message that enters history with this row id. */
  add(messageId: string, id: number): string {
    const key = `${messageId}~${id}`;
    this.#newest.set(messageId, key);
    return key;
  }

  newest(messageId: string): string {
    return this.#newest.get(messageId) ?? messageId;
  }

  /** A message came under the id itself, which is later than all twins. */
  forget(messageId: string): void {
    this.#newest.delete(messageId);
  }

  /** Everything under an id, the oldest first. */
  find(messageId: string): Kept[] {
    return this.#sql
      .exec<Kept & Record<string, SqlStorageValue>>(
        `SELECT id, message_id AS key, sender, recipient FROM messages
         WHERE message_id = ?1 OR (message_id > ?1 || '~' AND message_id < ?1 || '~~') ORDER BY id`,
        messageId,
      )
      .toArray();
  }

  /** Whether the same is there already: from the same sender, to the same recipient, with the same content. */
  isKnown({ message, body }: NewMessage): boolean {
    const [sender, recipient] = [this.#names.find(message.from), this.#names.find(message.to)];
    const same = this.find(message.messageId).filter((kept) => kept.sender === sender && kept.recipient === recipient);
    return same.some(({ id }) => {
      const known = this.#sql.exec<{ body: string }>("SELECT body FROM bodies WHERE id = ?", id).toArray()[0]?.body;
      return known !== undefined && digestOf(known) === digestOf(body);
    });
  }
}
