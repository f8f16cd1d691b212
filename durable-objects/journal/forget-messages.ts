/** Takes messages out of every table of history: with time, and one that was deleted. */
import type { ThreadStore } from "./thread-store.ts";

/** Of the oldest `rows` messages and deliveries, forgets those from before a time. Returns whether there was any. */
export function forgetOldest(sql: SqlStorage, threads: ThreadStore, rows: number, before: number): boolean {
  const last = lastOfOldest(sql, "messages", "at", { rows, before });
  if (last !== null) {
    threads.forget(last);
    sql.exec("DELETE FROM texts WHERE rowid IN (SELECT id FROM messages WHERE id <= ?)", last);
    sql.exec("DELETE FROM bodies WHERE id <= ?", last);
    sql.exec("DELETE FROM messages WHERE id <= ?", last);
  }
  const lastDelivery = lastOfOldest(sql, "deliveries", "changed_at", { rows, before });
  // Where size decides and not age, a message that stays keeps its states: their ids are above its own.
  const upTo = Math.min(lastDelivery ?? 0, last ?? Number.MAX_SAFE_INTEGER);
  if (lastDelivery !== null) sql.exec("DELETE FROM deliveries WHERE id <= ?", upTo);
  return last !== null || lastDelivery !== null;
}

/** Forgets one message; `key` is that of its delivery (twins.ts). */
export function removeMessage(sql: SqlStorage, threads: ThreadStore, { id, key }: { id: number; key: string }): void {
  threads.remove(id);
  sql.exec("DELETE FROM texts WHERE rowid = ?", id);
  sql.exec("DELETE FROM bodies WHERE id = ?", id);
  sql.exec("DELETE FROM messages WHERE id = ?", id);
  sql.exec("DELETE FROM deliveries WHERE message_id = ?", key);
}

function lastOfOldest(
  sql: SqlStorage,
  table: "messages" | "deliveries",
  time: "at" | "changed_at",
  { rows, before }: { rows: number; before: number },
): number | null {
  return sql
    .exec<{ id: number | null }>(
      `SELECT max(id) AS id FROM (SELECT id, ${time} FROM ${table} ORDER BY id LIMIT ?) WHERE ${time} < ?`,
      rows,
      before,
    )
    .one().id;
}
