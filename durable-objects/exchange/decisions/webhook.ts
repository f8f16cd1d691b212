/**
 * Tells whoever runs the hub that a decision opened or ended, by a POST to CC2CC_WEBHOOK_URL. What is owed stands in the store
 * and is sent at least once, never in a turn: nobody waits for the other side.
 */
import type { Decision } from "../../../shared/decisions.ts";
import { errorText, log } from "../../log.ts";
import type { OwedNews, StoredDecision } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";
import { showDecision } from "./look.ts";

const TIMEOUT_MS = 10_000;
/** As much as is looked at in one go. */
const PIECE = 100;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 300_000;
/** That a decision ended is worth less with time: after so many tries it is not sent. */
const CLOSED_TRIES = 10;

/** What the webhook needs of the world. */
export interface WebhookDeps {
  store: Pick<Store, "decisions" | "instances">;
  url: string;
  /** The dashboard's origin, for a link; null where it is not known. */
  publicUrl: string | null;
  post(url: string, request: RequestInit): Promise<Response>;
  wait(ms: number): Promise<void>;
}

interface Tries {
  count: number;
  /** Epoch ms. */
  nextAt: number;
}

export class Webhook {
  readonly #deps: WebhookDeps;
  /** By `keyOf`: how often it failed. */
  readonly #failed = new Map<string, Tries>();
  /** Sent, and still owed in the store: it goes with the next transaction. */
  readonly #sent = new Map<string, OwedNews>();
  #isRunning = false;
  #wake = () => {};

  constructor(deps: WebhookDeps) {
    this.#deps = deps;
  }

  /** There may be something to send. */
  run(): void {
    if (this.#isRunning) this.#wake();
    else void this.#run();
  }

  /** Part of a transaction: what was sent is not owed any more. */
  forgetSent(): void {
    if (this.#sent.size === 0) return;
    for (const owed of this.#sent.values()) this.#deps.store.decisions.settle(owed);
    this.#sent.clear();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      const owed = this.#listOwed();
      const due = owed.filter((one) => this.#nextAt(one) <= Date.now());
      if (owed.length === 0) break;
      if (due.length === 0) await this.#untilNext(Math.min(...owed.map((one) => this.#nextAt(one))));
      for (const one of due) await this.#tell(one);
    }
    this.#isRunning = false;
    this.#failed.clear();
  }

  #listOwed(): OwedNews[] {
    return this.#deps.store.decisions.listOwed(PIECE).filter((owed) => !this.#sent.has(keyOf(owed)));
  }

  #nextAt(owed: OwedNews): number {
    return this.#failed.get(keyOf(owed))?.nextAt ?? 0;
  }

  /** Waits until the next try, or until there is something new. */
  #untilNext(at: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return Promise.race([promise, this.#deps.wait(Math.max(at - Date.now(), 1))]);
  }

  async #tell(owed: OwedNews): Promise<void> {
    const decision = this.#deps.store.decisions.find(owed.decisionId);
    // It ended meanwhile: then that is owed, and stands in the list that is read next.
    if (decision === undefined || decision.owes !== owed.owes) return;
    const problem = await this.#post(decision);
    const key = keyOf(owed);
    if (problem === null) {
      this.#failed.delete(key);
      this.#sent.set(key, owed);
      return;
    }
    const { count } = this.#failed.get(key) ?? { count: 0 };
    if (count === 0)
      log("warn", "the webhook was not reached", { decision: owed.decisionId, what: owed.owes, problem });
    if (owed.owes === "closed" && count + 1 >= CLOSED_TRIES) this.#sent.set(key, owed);
    const nextAt = Date.now() + Math.min(RETRY_FIRST_MS * 2 ** count, RETRY_MAX_MS);
    this.#failed.set(key, { count: count + 1, nextAt });
  }

  /** Returns why it failed; null when it was taken. */
  async #post(decision: StoredDecision): Promise<string | null> {
    const { store, publicUrl, url, post } = this.#deps;
    const body = JSON.stringify(newsOf(showDecision(store, decision), publicUrl));
    try {
      const response = await post(url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "cc2cc" },
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.ok ? null : `status ${response.status}`;
    } catch (error) {
      return errorText(error);
    }
  }
}

function keyOf({ decisionId, owes }: OwedNews): string {
  return `${owes} ${decisionId}`;
}

/** `text` is what chat services show of a webhook. */
function newsOf(decision: Decision, publicUrl: string | null): object {
  const { decisionId, kind, state, instanceId, role, question, options, tool, until, answer, answeredBy } = decision;
  const link = publicUrl === null ? undefined : `${publicUrl}/inbox?decision=${decisionId}`;
  return {
    event: state === "open" ? "decision:opened" : "decision:closed",
    text: [textOf(decision), ...(link === undefined || state !== "open" ? [] : [link])].join("\n"),
    decisionId,
    kind,
    state,
    instanceId,
    role,
    question,
    options,
    tool,
    until,
    answer,
    answeredBy,
    link,
  };
}

function textOf({ state, instanceId, tool, question, options = [], answer, answeredBy }: Decision): string {
  const what = tool === undefined ? question : `${tool}: ${question}`;
  if (state === "open") return `${instanceId} asks: ${what}${options.length === 0 ? "" : ` (${options.join(" / ")})`}`;
  if (answeredBy !== undefined) return `${answeredBy} answered ${instanceId}: ${answer} (${what})`;
  return `${state === "expired" ? "Nobody answered" : "Taken back by"} ${instanceId}: ${what}`;
}
