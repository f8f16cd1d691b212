/** Every instance the hub knows: its life, its secret's hash, its role, and who takes its mail. In memory as well. */
import { partialOf, systemId } from "../../../shared/ids.ts";

/** Who asked for a task that no instance asked for: the schedules of the hub. SQLite gives no instance this number. */
export const HUB_NUMBER = 0;

/** Times in epoch ms. The fields change through `Instances` only. */
export interface Instance {
  readonly number: number;
  readonly id: string;
  readonly partial: string;
  version: 1 | 2;
  /** Whether a client was connected when this was last written. Whether one is now, only `Links` knows. */
  isOnline: boolean;
  /** That of its last connection (C7); grows over the whole hub. */
  epoch: number;
  role: string | null;
  /** SHA-256 of the secret that holds the id (C8), hex; null while no secret does. */
  identityHash: string | null;
  /** The number of the instance that takes its mail since it was retired (A4). */
  successor: number | null;
  connectedAt: number;
  lastSeenAt: number;
  /** C10: listed only while it is online or mail waits for it. */
  isTransient: boolean;
  /** When it last broadcast (E4); 0 for never. */
  broadcastAt: number;
  /** The depth of its queue that the journal was last told. */
  toldDepth: number;
  /** Who became this one by a session change, while nothing shows that its client had the answer (Q8); null otherwise. */
  renamedFrom: number | null;
}

type Row = {
  number: number;
  instance_id: string;
  version: number;
  is_online: number;
  epoch: number;
  role: string | null;
  identity_hash: string | null;
  successor: number | null;
  connected_at: number;
  last_seen_at: number;
  is_transient: number;
  broadcast_at: number;
  told_depth: number;
  renamed_from: number | null;
};

const COLUMN_OF = {
  version: "version",
  isOnline: "is_online",
  epoch: "epoch",
  role: "role",
  identityHash: "identity_hash",
  successor: "successor",
  connectedAt: "connected_at",
  lastSeenAt: "last_seen_at",
  isTransient: "is_transient",
  broadcastAt: "broadcast_at",
  toldDepth: "told_depth",
  renamedFrom: "renamed_from",
} as const;
type Changes = Partial<Pick<Instance, keyof typeof COLUMN_OF>>;

export class Instances {
  readonly #sql: SqlStorage;
  readonly #byNumber = new Map<number, Instance>();
  readonly #byId = new Map<string, Instance>();
  #lastEpoch = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const row of sql.exec<Row>("SELECT * FROM instances")) this.#remember(fromRow(row));
  }

  /** The one with this id, retired or not. */
  find(id: string): Instance | undefined {
    return this.#byId.get(id);
  }

  byNumber(number: number): Instance | undefined {
    return this.#byNumber.get(number);
  }

  /** The id of a number, also of an instance that is no more; "" where it is forgotten. */
  idOf(number: number): string {
    if (number === HUB_NUMBER) return systemId("schedules");
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known.id;
    return (
      this.#sql.exec<{ id: string }>("SELECT instance_id AS id FROM gone WHERE number = ?", number).toArray()[0]?.id ??
      ""
    );
  }

  /** The secret for which the id of an instance that is no more is kept; null for a free one. */
  heldHashOf(id: string): string | null {
    const rows = this.#sql.exec<{ hash: string }>(
      "SELECT identity_hash AS hash FROM gone WHERE instance_id = ? AND identity_hash IS NOT NULL ORDER BY number DESC LIMIT 1",
      id,
    );
    return rows.toArray()[0]?.hash ?? null;
  }

  /** From here on the id of an instance that is no more is anybody's, or that of who has just taken it. */
  release(id: string): void {
    this.#sql.exec("UPDATE gone SET identity_hash = NULL WHERE instance_id = ? AND identity_hash IS NOT NULL", id);
  }

  /** Forgets those that went before a time, and the oldest beyond `max`. */
  forgetGone(before: number, max: number): void {
    this.#sql.exec(
      "DELETE FROM gone WHERE gone_at < ? OR number <= (SELECT number FROM gone ORDER BY number DESC LIMIT 1 OFFSET ?)",
      before,
      max,
    );
  }

  /** A4: who takes the mail of this id: itself, or its last successor; undefined where there is none. */
  holderOf(id: string): Instance | undefined {
    const instance = this.#byId.get(id);
    return instance === undefined ? undefined : this.current(instance);
  }

  /** The same for an instance. A circle of successors, which no change makes, ends nowhere. */
  current(instance: Instance): Instance | undefined {
    const passed = new Set<number>();
    let holder: Instance | undefined = instance;
    while (holder !== undefined && holder.successor !== null) {
      if (passed.has(holder.number)) return undefined;
      passed.add(holder.number);
      holder = this.#byNumber.get(holder.successor);
    }
    return holder;
  }

  all(): IterableIterator<Instance> {
    return this.#byNumber.values();
  }

  /** Everyone who takes mail. */
  active(): Instance[] {
    return [...this.all()].filter(({ successor }) => successor === null);
  }

  /** A4: the ids that forward to this one directly. */
  predecessorsOf({ number }: Instance): Instance[] {
    return [...this.all()].filter(({ successor }) => successor === number);
  }

  /** The same, however many session changes ago, and the instance itself. */
  withPredecessors(instance: Instance): Instance[] {
    return [...this.all()].filter(
      (other) => other === instance || (other.successor !== null && this.current(other) === instance),
    );
  }

  add(id: string, version: 1 | 2, identityHash: string | null, now: number): Instance {
    const { number } = this.#sql
      .exec<{ number: number }>(
        `INSERT INTO instances (instance_id, version, is_online, epoch, identity_hash, connected_at, last_seen_at)
         VALUES (?1, ?2, 0, 0, ?3, ?4, ?4) RETURNING number`,
        id,
        version,
        identityHash,
        now,
      )
      .one();
    return this.#remember({
      number,
      id,
      partial: partialOf(id),
      version,
      isOnline: false,
      epoch: 0,
      role: null,
      identityHash,
      successor: null,
      connectedAt: now,
      lastSeenAt: now,
      isTransient: false,
      broadcastAt: 0,
      toldDepth: 0,
      renamedFrom: null,
    });
  }

  change(instance: Instance, changes: Changes): void {
    const names = Object.keys(changes) as (keyof Changes)[];
    const values = names.map((name) => toSql(changes[name] ?? null));
    const assignments = names.map((name) => `${COLUMN_OF[name]} = ?`).join(", ");
    this.#sql.exec(`UPDATE instances SET ${assignments} WHERE number = ?`, ...values, instance.number);
    Object.assign(instance, changes);
    this.#lastEpoch = Math.max(this.#lastEpoch, instance.epoch);
  }

  /** An epoch that no connection of this hub has had. */
  nextEpoch(): number {
    return ++this.#lastEpoch;
  }

  /** The instance is no more. `isHeld`: its id stays that of whoever has its secret. */
  delete(instance: Instance, isHeld: boolean, now: number): void {
    this.#sql.exec("DELETE FROM instances WHERE number = ?", instance.number);
    const { number, id, identityHash } = instance;
    this.#sql.exec("INSERT INTO gone VALUES (?, ?, ?, ?)", number, id, isHeld ? identityHash : null, now);
    this.#byNumber.delete(instance.number);
    this.#byId.delete(instance.id);
  }

  #remember(instance: Instance): Instance {
    this.#byNumber.set(instance.number, instance);
    this.#byId.set(instance.id, instance);
    this.#lastEpoch = Math.max(this.#lastEpoch, instance.epoch);
    return instance;
  }
}

function toSql(value: string | number | boolean | null): string | number | null {
  return typeof value === "boolean" ? Number(value) : value;
}

function fromRow(row: Row): Instance {
  return {
    number: row.number,
    id: row.instance_id,
    partial: partialOf(row.instance_id),
    version: row.version === 1 ? 1 : 2,
    isOnline: row.is_online === 1,
    epoch: row.epoch,
    role: row.role,
    identityHash: row.identity_hash,
    successor: row.successor,
    connectedAt: row.connected_at,
    lastSeenAt: row.last_seen_at,
    isTransient: row.is_transient === 1,
    broadcastAt: row.broadcast_at,
    toldDepth: row.told_depth,
    renamedFrom: row.renamed_from,
  };
}
