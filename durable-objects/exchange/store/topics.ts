/** Topics, and who is in them. Times in epoch ms. */
import type { TopicInfo } from "../../rpc-types.ts";

/** How many near names an answer to a mistyped one holds. */
const NEAREST_MAX = 3;

export interface Topic {
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Whether it goes away by itself some time after the last subscriber left. */
  autoExpire: boolean;
  /** Since when nobody is in it; null while somebody is. */
  emptySince: number | null;
  /** Numbers of instances, in the order in which they came. */
  readonly members: Set<number>;
}

type Row = { name: string; created_at: number; created_by: string; auto_expire: number; empty_since: number | null };

export class Topics {
  readonly #sql: SqlStorage;
  readonly #byName = new Map<string, Topic>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const row of sql.exec<Row>("SELECT * FROM topics ORDER BY name")) {
      this.#byName.set(row.name, {
        name: row.name,
        createdAt: row.created_at,
        createdBy: row.created_by,
        autoExpire: row.auto_expire === 1,
        emptySince: row.empty_since,
        members: new Set(),
      });
    }
    for (const { topic, instance } of sql.exec<{ topic: string; instance: number }>("SELECT * FROM subscriptions")) {
      this.#byName.get(topic)?.members.add(instance);
    }
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  all(): IterableIterator<Topic> {
    return this.#byName.values();
  }

  /** All of them, by name. */
  list(): TopicInfo[] {
    return [...this.all()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(toTopicInfo);
  }

  add(name: string, createdBy: string, autoExpire: boolean, now: number): Topic {
    this.#sql.exec("INSERT INTO topics VALUES (?1, ?2, ?3, ?4, ?2)", name, now, createdBy, autoExpire ? 1 : 0);
    const topic: Topic = { name, createdAt: now, createdBy, autoExpire, emptySince: now, members: new Set() };
    this.#byName.set(name, topic);
    return topic;
  }

  /** A project's topic stays for good, whoever made it. */
  keep(topic: Topic): void {
    if (!topic.autoExpire) return;
    this.#sql.exec("UPDATE topics SET auto_expire = 0 WHERE name = ?", topic.name);
    topic.autoExpire = false;
  }

  remove(topic: Topic): void {
    this.#sql.exec("DELETE FROM topics WHERE name = ?", topic.name);
    this.#sql.exec("DELETE FROM subscriptions WHERE topic = ?", topic.name);
    this.#byName.delete(topic.name);
  }

  /** Returns whether that changed anything. */
  subscribe(topic: Topic, instance: number): boolean {
    if (topic.members.has(instance)) return false;
    this.#sql.exec("INSERT INTO subscriptions VALUES (?, ?)", topic.name, instance);
    topic.members.add(instance);
    this.#setEmptySince(topic, null);
    return true;
  }

  /** Returns whether that changed anything. */
  unsubscribe(topic: Topic, instance: number, now: number): boolean {
    if (!topic.members.delete(instance)) return false;
    this.#sql.exec("DELETE FROM subscriptions WHERE topic = ? AND instance = ?", topic.name, instance);
    if (topic.members.size === 0) this.#setEmptySince(topic, now);
    return true;
  }

  /** The topics an instance is in, by name. */
  of(instance: number): Topic[] {
    return [...this.all()].filter(({ members }) => members.has(instance)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** E5: the existing names most like this one, by shared pairs of letters. */
  nearest(name: string): string[] {
    const wanted = pairsOf(name);
    return [...this.#byName.keys()]
      .map((candidate) => ({ candidate, likeness: likeness(wanted, pairsOf(candidate)) }))
      .filter((found) => found.likeness > 0)
      .sort((a, b) => b.likeness - a.likeness || (a.candidate < b.candidate ? -1 : 1))
      .slice(0, NEAREST_MAX)
      .map((found) => found.candidate);
  }

  #setEmptySince(topic: Topic, at: number | null): void {
    if (topic.emptySince === at) return;
    this.#sql.exec("UPDATE topics SET empty_since = ? WHERE name = ?", at, topic.name);
    topic.emptySince = at;
  }
}

/** A topic as lists show it. */
export function toTopicInfo({ name, createdAt, createdBy, members, autoExpire }: Topic): TopicInfo {
  return {
    name,
    createdAt: new Date(createdAt).toISOString(),
    createdBy,
    subscriberCount: members.size,
    autoExpire,
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
