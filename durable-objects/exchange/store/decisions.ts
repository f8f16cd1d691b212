/** What people are asked, and what they answered (H1, H2). Times in epoch ms. */
import type { DecisionKind, DecisionOutcome, DecisionState } from "../../../shared/decision-state.ts";
import type { DecisionTerms } from "../../link.ts";

/** A decision as it is stored. */
export interface StoredDecision extends Omit<DecisionTerms, "timeoutMs"> {
  number: number;
  state: DecisionState;
  /** The number of the instance that asked. */
  asker: number;
  /** The id of the key with which it was connected. */
  askedWith: string;
  openedAt: number;
  expiresAt: number;
  endedAt: number | null;
  answer: string | null;
  answeredBy: string | null;
  note: string | null;
  /** What the webhook has not been told yet. */
  owes: "opened" | "closed" | null;
}

/** What is owed to the webhook of one decision. */
export type OwedNews = Pick<StoredDecision, "number" | "decisionId"> & { owes: "opened" | "closed" };

type NewDecision = Omit<StoredDecision, "number" | "state" | "endedAt" | "answer" | "answeredBy" | "note">;

/** What of an open one is looked at with time, and counted. */
export type OpenDecision = Pick<StoredDecision, "number" | "decisionId" | "kind" | "asker" | "expiresAt">;

type Row = {
  number: number;
  decision_id: string;
  kind: DecisionKind;
  state: DecisionState;
  asker: number;
  asked_with: string;
  question: string;
  options: string | null;
  context: string | null;
  fallback: string | null;
  tool: string | null;
  opened_at: number;
  expires_at: number;
  ended_at: number | null;
  answer: string | null;
  answered_by: string | null;
  note: string | null;
  owes: "opened" | "closed" | null;
};

/** Which of them a page has. */
export interface DecisionFilter {
  kind: DecisionKind | null;
  limit: number;
}

/** A place among ended ones: several may have ended in one moment. */
export interface EndedPlace {
  endedAt: number;
  number: number;
}

export class Decisions {
  readonly #sql: SqlStorage;
  /** Ids of all: each answer that somebody sends is held against them. */
  readonly #ids: Set<string>;
  /** Those that are open, by id. */
  readonly #open: Map<string, OpenDecision>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#ids = new Set([...sql.exec<{ id: string }>("SELECT decision_id AS id FROM decisions")].map(({ id }) => id));
    const open = sql.exec<OpenDecision>(
      `SELECT number, decision_id AS decisionId, kind, asker, expires_at AS expiresAt FROM decisions
       WHERE ended_at IS NULL ORDER BY number`,
    );
    this.#open = new Map([...open].map((decision) => [decision.decisionId, decision]));
  }

  /** Whether nobody was asked anything, as far as is remembered. */
  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  has(decisionId: string): boolean {
    return this.#ids.has(decisionId);
  }

  find(decisionId: string): StoredDecision | undefined {
    return this.has(decisionId) ? this.#list("WHERE decision_id = ?", decisionId)[0] : undefined;
  }

  /** In the order in which they were asked. */
  open(): OpenDecision[] {
    return [...this.#open.values()];
  }

  get openCount(): number {
    return this.#open.size;
  }

  get endedCount(): number {
    return this.#ids.size - this.#open.size;
  }

  add(decision: NewDecision): StoredDecision {
    const { decisionId, kind, asker, askedWith, question, options, context, fallback, tool, owes } = decision;
    const row = this.#sql
      .exec<Row>(
        `INSERT INTO decisions (decision_id, kind, state, asker, asked_with, question, options, context, fallback, tool,
           opened_at, expires_at, owes) VALUES (?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
        decisionId,
        kind,
        asker,
        askedWith,
        question,
        options && JSON.stringify(options),
        context,
        fallback,
        tool,
        decision.openedAt,
        decision.expiresAt,
        owes,
      )
      .one();
    const { number } = row;
    this.#ids.add(decisionId);
    this.#open.set(decisionId, { number, decisionId, kind, asker, expiresAt: decision.expiresAt });
    return toDecision(row);
  }

  /** Writes down how an open one ended; returns it as it is from here on. `isOwed`: the webhook is to hear of it. */
  end({ number, decisionId }: OpenDecision, outcome: DecisionOutcome, now: number, isOwed: boolean): StoredDecision {
    const answer = outcome.state === "withdrawn" ? null : outcome.answer;
    const answered = outcome.state === "answered" ? outcome : { answeredBy: null, note: null };
    const row = this.#sql
      .exec<Row>(
        `UPDATE decisions SET state = ?, ended_at = ?, answer = ?, answered_by = ?, note = ?, owes = ? WHERE number = ? RETURNING *`,
        outcome.state,
        now,
        answer,
        answered.answeredBy,
        answered.note,
        isOwed ? "closed" : null,
        number,
      )
      .one();
    this.#open.delete(decisionId);
    return toDecision(row);
  }

  /** What the webhook has not been told yet, the oldest first. */
  listOwed(limit: number): OwedNews[] {
    return this.#sql
      .exec<OwedNews>(
        "SELECT number, decision_id AS decisionId, owes FROM decisions WHERE owes IS NOT NULL ORDER BY number LIMIT ?",
        limit,
      )
      .toArray();
  }

  /** The webhook was told this. */
  settle({ number, owes }: OwedNews): void {
    this.#sql.exec("UPDATE decisions SET owes = NULL WHERE number = ? AND owes = ?", number, owes);
  }

  /** An instance is no more that another goes on for: what it asked is that one's. */
  move(from: number, to: number): void {
    const own = [...this.#open.values()].filter(({ asker }) => asker === from);
    if (own.length === 0) return;
    this.#sql.exec("UPDATE decisions SET asker = ? WHERE asker = ? AND ended_at IS NULL", to, from);
    for (const decision of own) this.#open.set(decision.decisionId, { ...decision, asker: to });
  }

  /** Open ones behind a number, the oldest first. */
  pageOfOpen({ kind, limit }: DecisionFilter, after: number): StoredDecision[] {
    return this.#list(
      "WHERE ended_at IS NULL AND number > ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY number LIMIT ?3",
      after,
      kind,
      limit,
    );
  }

  /** Ended ones before a place, the newest first by their ends. */
  pageOfEnded({ kind, limit }: DecisionFilter, { endedAt, number }: EndedPlace): StoredDecision[] {
    return this.#list(
      `WHERE ended_at IS NOT NULL AND (ended_at, number) < (?1, ?2) AND (?3 IS NULL OR kind = ?3)
       ORDER BY ended_at DESC, number DESC LIMIT ?4`,
      endedAt,
      number,
      kind,
      limit,
    );
  }

  /** All before a number, the newest first. */
  pageOfAny({ kind, limit }: DecisionFilter, before: number): StoredDecision[] {
    return this.#list(
      "WHERE number < ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY number DESC LIMIT ?3",
      before,
      kind,
      limit,
    );
  }

  /** Forgets so many at most that ended before a time. */
  forgetEnded(before: number, limit: number): void {
    this.#forget(
      "SELECT number FROM decisions WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?",
      before,
      limit,
    );
  }

  /** Forgets so many ended ones: first those that nobody answered, of these the oldest. */
  forgetLeast(count: number): void {
    this.#forget(
      `SELECT number FROM decisions WHERE ended_at IS NOT NULL
       ORDER BY state = 'answered', ended_at, number LIMIT ?`,
      count,
    );
  }

  #forget(which: string, ...bindings: number[]): void {
    const gone = this.#sql.exec<{ id: string }>(
      `DELETE FROM decisions WHERE number IN (${which}) RETURNING decision_id AS id`,
      ...bindings,
    );
    for (const { id } of gone) this.#ids.delete(id);
  }

  #list(where: string, ...bindings: (string | number | null)[]): StoredDecision[] {
    return [...this.#sql.exec<Row>(`SELECT * FROM decisions ${where}`, ...bindings)].map(toDecision);
  }
}

function toDecision(row: Row): StoredDecision {
  const { number, kind, state, asker, question, context, fallback, tool, answer, note } = row;
  return {
    number,
    decisionId: row.decision_id,
    kind,
    state,
    asker,
    askedWith: row.asked_with,
    question,
    options: row.options === null ? null : (JSON.parse(row.options) as string[]),
    context,
    fallback,
    tool,
    openedAt: row.opened_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    answer,
    answeredBy: row.answered_by,
    note,
    owes: row.owes,
  };
}
