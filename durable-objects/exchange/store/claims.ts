/** Who holds which names, and who waits for them (L1). Times in epoch ms. */
import { type ClaimMode, isPattern, scopeOf } from "../../../shared/claims.ts";

/** One name that an instance holds. */
export interface HeldClaim {
  token: number;
  name: string;
  /** The number of the instance. */
  holder: number;
  mode: ClaimMode;
  grantedAt: number;
  expiresAt: number;
  reason: string | null;
}

/** A request that waits until it can have all its names. */
export interface ClaimWait {
  number: number;
  holder: number;
  names: readonly string[];
  mode: ClaimMode;
  ttlMs: number;
  askedAt: number;
  reason: string | null;
}

type ClaimRow = {
  token: number;
  name: string;
  holder: number;
  is_exclusive: number;
  granted_at: number;
  expires_at: number;
  reason: string | null;
};

type WaitRow = {
  number: number;
  holder: number;
  names: string;
  is_exclusive: number;
  ttl_ms: number;
  asked_at: number;
  reason: string | null;
};

/** As a limit of SQLite. */
const ALL = -1;

export class Claims {
  readonly #sql: SqlStorage;
  /** Those that wait are few, and looked at with every claim that ends. */
  readonly #waits: Map<number, ClaimWait>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = [...sql.exec<WaitRow>("SELECT * FROM claim_waits ORDER BY number")];
    this.#waits = new Map(rows.map((row) => [row.number, toWait(row)]));
  }

  /**
   * What may meet one of these names, whoever holds it, the oldest first: the same name, globs of its scope, and for a glob all of
   * its scope.
   */
  near(names: readonly string[], most = ALL): HeldClaim[] {
    const scopes = [...new Set(names.map(scopeOf))];
    const wide = [...new Set(names.filter(isPattern).map(scopeOf))];
    return this.#list(
      `WHERE name IN (SELECT value FROM json_each(?1))
         OR (is_glob = 1 AND scope IN (SELECT value FROM json_each(?2)))
         OR scope IN (SELECT value FROM json_each(?3))
       ORDER BY token LIMIT ?4`,
      JSON.stringify(names),
      JSON.stringify(scopes),
      JSON.stringify(wide),
      most,
    );
  }

  /** How many pairs of one of these names and one that others hold have a glob and a scope in common. */
  countComparisons(names: readonly string[], holder: number): number {
    const wanted = Map.groupBy(names, scopeOf);
    const rows = this.#sql.exec<{ scope: string; names: number; globs: number }>(
      `SELECT scope, count(*) AS names, sum(is_glob) AS globs FROM claims
       WHERE scope IN (SELECT value FROM json_each(?)) AND holder != ? GROUP BY scope`,
      JSON.stringify([...wanted.keys()]),
      holder,
    );
    let count = 0;
    for (const held of rows) {
      const own = wanted.get(held.scope) ?? [];
      const wide = own.filter(isPattern).length;
      count += wide * held.names + (own.length - wide) * held.globs;
    }
    return count;
  }

  /** Who holds exactly this name. */
  named(name: string): HeldClaim[] {
    return this.#list("WHERE name = ?", name);
  }

  /** How many names are held, by all together. */
  count(): number {
    return this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM claims").one().count;
  }

  of(holder: number): HeldClaim[] {
    return this.#list("WHERE holder = ?", holder);
  }

  /** By name and token, behind a token. */
  page(after: number, limit: number): HeldClaim[] {
    return this.#list("WHERE token > ? ORDER BY token LIMIT ?", after, limit);
  }

  overdue(now: number): HeldClaim[] {
    return this.#list("WHERE expires_at <= ?", now);
  }

  nextExpiry(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(expires_at) AS at FROM claims").one().at;
  }

  /** Numbers of those who hold something, or wait for it. */
  holders(): Set<number> {
    const rows = this.#sql.exec<{ holder: number }>("SELECT DISTINCT holder FROM claims");
    return new Set([...[...rows].map(({ holder }) => holder), ...[...this.#waits.values()].map((wait) => wait.holder)]);
  }

  /** Stores a name as held; returns its token. */
  add(claim: Omit<HeldClaim, "token">): number {
    const { name, holder, mode, grantedAt, expiresAt, reason } = claim;
    return this.#sql
      .exec<{ token: number }>(
        `INSERT INTO claims (name, scope, is_glob, holder, is_exclusive, granted_at, expires_at, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING token`,
        name,
        scopeOf(name),
        isPattern(name) ? 1 : 0,
        holder,
        mode === "exclusive" ? 1 : 0,
        grantedAt,
        expiresAt,
        reason,
      )
      .one().token;
  }

  extend(token: number, expiresAt: number, reason: string | null): void {
    this.#sql.exec("UPDATE claims SET expires_at = ?, reason = ? WHERE token = ?", expiresAt, reason, token);
  }

  remove(tokens: readonly number[]): void {
    this.#sql.exec("DELETE FROM claims WHERE token IN (SELECT value FROM json_each(?))", JSON.stringify(tokens));
  }

  /** In the order in which they are served. */
  waits(): ClaimWait[] {
    return [...this.#waits.values()];
  }

  addWait(wait: Omit<ClaimWait, "number">): ClaimWait {
    const { holder, names, mode, ttlMs, askedAt, reason } = wait;
    const { number } = this.#sql
      .exec<{ number: number }>(
        `INSERT INTO claim_waits (holder, names, is_exclusive, ttl_ms, asked_at, reason)
         VALUES (?, ?, ?, ?, ?, ?) RETURNING number`,
        holder,
        JSON.stringify(names),
        mode === "exclusive" ? 1 : 0,
        ttlMs,
        askedAt,
        reason,
      )
      .one();
    const added = { ...wait, number };
    this.#waits.set(number, added);
    return added;
  }

  removeWait(number: number): void {
    this.#sql.exec("DELETE FROM claim_waits WHERE number = ?", number);
    this.#waits.delete(number);
  }

  /** L1: a session goes on under another id. What both hold is the older claim. */
  move(from: number, to: number): void {
    this.#sql.exec(
      "DELETE FROM claims WHERE holder = ?1 AND name IN (SELECT name FROM claims WHERE holder = ?2)",
      to,
      from,
    );
    this.#sql.exec("UPDATE claims SET holder = ? WHERE holder = ?", to, from);
    this.#sql.exec("UPDATE claim_waits SET holder = ? WHERE holder = ?", to, from);
    for (const wait of this.#waits.values()) if (wait.holder === from) wait.holder = to;
  }

  #list(where: string, ...bindings: (string | number)[]): HeldClaim[] {
    return [...this.#sql.exec<ClaimRow>(`SELECT * FROM claims ${where}`, ...bindings)].map(toClaim);
  }
}

function toClaim(row: ClaimRow): HeldClaim {
  const { token, name, holder, reason } = row;
  const mode = row.is_exclusive === 1 ? "exclusive" : "shared";
  return { token, name, holder, mode, grantedAt: row.granted_at, expiresAt: row.expires_at, reason };
}

function toWait(row: WaitRow): ClaimWait {
  const { number, holder, reason } = row;
  const mode = row.is_exclusive === 1 ? "exclusive" : "shared";
  const names = JSON.parse(row.names) as string[];
  return { number, holder, names, mode, ttlMs: row.ttl_ms, askedAt: row.asked_at, reason };
}
