/** What is paused (H3): few, so that they are in memory as well, and a hub without any looks at nothing. */
import { projectOf } from "../../../shared/ids.ts";
import type { Instance } from "./instances.ts";

/** What is paused; an instance by its number, which is its own. */
export type PausedAim = { kind: "all" } | { kind: "project"; project: string } | { kind: "instance"; number: number };

export interface StoredPause {
  aim: PausedAim;
  by: string;
  reason: string | null;
  /** Epoch ms. */
  at: number;
}

type Row = { target: string; paused_by: string; reason: string | null; paused_at: number };

const ALL: PausedAim = { kind: "all" };

export class Pauses {
  readonly #sql: SqlStorage;
  readonly #byTarget = new Map<string, StoredPause>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const row of sql.exec<Row>("SELECT * FROM pauses ORDER BY paused_at")) {
      this.#byTarget.set(row.target, {
        aim: readTarget(row.target),
        by: row.paused_by,
        reason: row.reason,
        at: row.paused_at,
      });
    }
  }

  /** Whether nothing is paused, as nearly always. */
  get isEmpty(): boolean {
    return this.#byTarget.size === 0;
  }

  get count(): number {
    return this.#byTarget.size;
  }

  /** In the order in which they began. */
  all(): StoredPause[] {
    return [...this.#byTarget.values()];
  }

  find(aim: PausedAim): StoredPause | undefined {
    return this.#byTarget.get(targetOf(aim));
  }

  /** What holds an instance, the widest of it first. */
  of({ id, number }: Instance): StoredPause | undefined {
    if (this.isEmpty) return undefined;
    return (
      this.find(ALL) ??
      this.find({ kind: "project", project: projectOf(id) }) ??
      this.find({ kind: "instance", number })
    );
  }

  set(pause: StoredPause): void {
    const target = targetOf(pause.aim);
    this.#sql.exec(
      "INSERT OR REPLACE INTO pauses (target, paused_by, reason, paused_at) VALUES (?, ?, ?, ?)",
      target,
      pause.by,
      pause.reason,
      pause.at,
    );
    this.#byTarget.set(target, pause);
  }

  lift(aim: PausedAim): void {
    const target = targetOf(aim);
    if (!this.#byTarget.delete(target)) return;
    this.#sql.exec("DELETE FROM pauses WHERE target = ?", target);
  }

  /** Q8: a session goes on under another id, and is paused there as it was here. */
  move(from: number, to: number): void {
    const pause = this.find({ kind: "instance", number: from });
    if (pause === undefined) return;
    this.lift(pause.aim);
    this.set({ ...pause, aim: { kind: "instance", number: to } });
  }
}

function targetOf(aim: PausedAim): string {
  switch (aim.kind) {
    case "all":
      return "all";
    case "project":
      return `project:${aim.project}`;
    case "instance":
      return `instance:${aim.number}`;
  }
}

function readTarget(target: string): PausedAim {
  if (target === "all") return ALL;
  const [kind, rest = ""] = target.split(":", 2);
  return kind === "project" ? { kind, project: rest } : { kind: "instance", number: Number(rest) };
}
