/** The directory's index of topics: which exist, and who is in which. The topics themselves are the truth. */
import type { TopicInfo } from "../rpc.ts";

interface TopicRow extends Record<string, SqlStorageValue> {
  name: string;
  created_at: number;
  created_by: string;
  auto_expire: number;
  subscriber_count: number;
}

/** How many near names an answer to a mistyped one holds. */
const NEAREST_MAX = 3;

export class TopicIndex {
  readonly #sql: SqlStorage;

  /** The tables are made by `InstanceTable`, which owns the directory's schema. */
  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  list(): TopicInfo[] {
    return this.#sql.exec<TopicRow>("SELECT * FROM topics ORDER BY name").toArray().map(infoOf);
  }

  find(name: string): TopicInfo | null {
    const row = this.#sql.exec<TopicRow>("SELECT * FROM topics WHERE name = ?", name).toArray()[0];
    return row === undefined ? null : infoOf(row);
  }

  /** Returns whether the name is new. */
  create(name: string, createdBy: string, isExpiring: boolean, now: number): boolean {
    return (
      this.#sql.exec(
        "INSERT INTO topics (name, created_at, created_by, auto_expire) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        name,
        now,
        createdBy,
        isExpiring ? 1 : 0,
      ).rowsWritten > 0
    );
  }

  remove(name: string): void {
    this.#sql.exec("DELETE FROM topics WHERE name = ?", name);
    this.#sql.exec("DELETE FROM subscriptions WHERE topic = ?", name);
  }

  /** Returns whether that changed anything. */
  noteSubscription(topic: string, instanceId: string, isSubscribed: boolean, subscriberCount: number): boolean {
    this.#sql.exec("UPDATE topics SET subscriber_count = ? WHERE name = ?", subscriberCount, topic);
    const change = isSubscribed
      ? "INSERT INTO subscriptions (instance_id, topic) VALUES (?, ?) ON CONFLICT DO NOTHING"
      : "DELETE FROM subscriptions WHERE instance_id = ? AND topic = ?";
    return this.#sql.exec(change, instanceId, topic).rowsWritten > 0;
  }

  topicsOf(instanceId: string): string[] {
    const rows = this.#sql.exec<{ topic: string }>(
      "SELECT topic FROM subscriptions WHERE instance_id = ? ORDER BY topic",
      instanceId,
    );
    return [...rows].map((row) => row.topic);
  }

  /** Everyone's topics at once, for lists. */
  topicsOfAll(): Map<string, string[]> {
    const rows = this.#sql
      .exec<{ instance_id: string; topic: string }>("SELECT instance_id, topic FROM subscriptions ORDER BY topic")
      .toArray();
    const topics = new Map<string, string[]>();
    for (const { instance_id, topic } of rows) {
      const known = topics.get(instance_id);
      if (known === undefined) topics.set(instance_id, [topic]);
      else known.push(topic);
    }
    return topics;
  }

  /** E5: the existing names most like this one, by shared pairs of letters. */
  nearest(name: string): string[] {
    const wanted = pairsOf(name);
    return this.list()
      .map((topic) => ({ name: topic.name, likeness: likeness(wanted, pairsOf(topic.name)) }))
      .filter((candidate) => candidate.likeness > 0)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, NEAREST_MAX)
      .map((candidate) => candidate.name);
  }
}

function infoOf(row: TopicRow): TopicInfo {
  return {
    name: row.name,
    createdAt: new Date(row.created_at).toISOString(),
    createdBy: row.created_by,
    subscriberCount: row.subscriber_count,
    autoExpire: row.auto_expire === 1,
  };
}

function pairsOf(text: string): Set<string> {
  return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)));
}

/** Dice's coefficient: 0 for nothing in common, 1 for the same pairs. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((pair) => b.has(pair)).length;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}
