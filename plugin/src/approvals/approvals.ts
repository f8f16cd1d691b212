/**
 * H2: a permission request of the host, shown in the hub's Inbox while its own dialog stands. The first answer wins: a person's
 * there is what the hook says; one at the dialog takes the request back. A hub that is away, a time that runs out, anything
 * unclear: nothing is said, and the dialog decides as if we were not there.
 */
import { randomUUID } from "node:crypto";
import type { Answer } from "../../../client/hub-client.ts";
import type { DecisionState } from "../../../shared/decision-state.ts";
import type { ClientFrameInput, DecisionFrame } from "../../../shared/protocol.ts";
import { describeCall } from "./describe-call.ts";

/** What a person said of a call. `reason` is for the model. */
export type Verdict = { is: "allow" } | { is: "deny"; reason: string };

/** A hook's input, as far as it matters here. */
interface HookEvent {
  hook_event_name: string;
  tool_name?: string | undefined;
  tool_input?: Record<string, unknown> | undefined;
  /** Names the call: the request for it and the word that it has run have the same. */
  call?: string | undefined;
  agent_id?: string | undefined;
}

export interface ApprovalsOptions {
  isOn: boolean;
  /** What the hook says of a verdict; undefined where this host cannot be told. */
  verdict: ((verdict: Verdict) => object) | undefined;
  /** How long a request stands, in seconds. */
  timeoutSeconds: number;
  /** No dialog stands beside it, as in `claude -p`: then the connection that is just being made is waited for. */
  isAlone: boolean;
  /** Which connection to the hub this is, by identity; undefined while there is none. */
  connection(): object | undefined;
  ask(frame: ClientFrameInput): Promise<Answer>;
  tell(frame: ClientFrameInput): void;
}

/** How far a decision is: unasked when it has ended, and as the answer to asking. */
type Told = Omit<DecisionFrame, "action" | "state"> & { state: DecisionState };

interface Pending {
  frame: ClientFrameInput;
  call: string | undefined;
  agent: string | undefined;
  /** The connection on which the hub was asked last. */
  askedOn: object | undefined;
  /** Whether the hub has taken it. */
  isKnown: boolean;
  settle(verdict: Verdict | undefined): void;
}

/** Their dialogs ask for more than yes or no. */
const OWN_DIALOGS: ReadonlySet<string> = new Set(["AskUserQuestion", "ExitPlanMode"]);
/** The call has run, or failed: somebody allowed it. */
const CALL_OVER: ReadonlySet<string> = new Set(["PostToolUse", "PostToolUseFailure"]);
/** No dialog of the turn stands any more. */
const TURN_OVER: ReadonlySet<string> = new Set(["UserPromptSubmit", "Stop", "SessionStart"]);

export class Approvals {
  readonly #options: ApprovalsOptions;
  /** By the id of their decisions. */
  readonly #pending = new Map<string, Pending>();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** Whether a hook is for a request that may stand in the Inbox. */
  isFor({ hook_event_name: event }: HookEvent): boolean {
    return event === "PermissionRequest" && this.#options.verdict !== undefined;
  }

  /** What the hook of a request says; null for nothing. `over` is aborted when the host does not wait any more. */
  async answer(event: HookEvent, over: AbortSignal): Promise<object | null> {
    const verdict = await this.#decide(event, over);
    return verdict === undefined ? null : (this.#options.verdict?.(verdict) ?? null);
  }

  #decide(event: HookEvent, over: AbortSignal): Promise<Verdict | undefined> {
    const { isOn, timeoutSeconds, isAlone, connection } = this.#options;
    const { tool_name: tool = "", tool_input: input = {}, call, agent_id: agent } = event;
    const isOurs = isOn && tool !== "" && !OWN_DIALOGS.has(tool) && !over.aborted;
    if (!isOurs || (connection() === undefined && !isAlone)) return Promise.resolve(undefined);
    const decisionId = randomUUID();
    const frame: ClientFrameInput = {
      action: "ask_approval",
      decisionId,
      tool: tool.slice(0, TOOL_NAME_MAX),
      ...describeCall(tool, input),
      timeoutSeconds,
    };
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#takeBack(decisionId, pending), timeoutSeconds * 1_000).unref();
      const settle = (verdict: Verdict | undefined) => {
        clearTimeout(timer);
        this.#pending.delete(decisionId);
        resolve(verdict);
      };
      const pending: Pending = { frame, call, agent, askedOn: undefined, isKnown: false, settle };
      this.#pending.set(decisionId, pending);
      over.addEventListener("abort", () => this.#takeBack(decisionId, pending), { once: true });
      void this.#ask(pending);
    });
  }

  /** A hook runs: those whose dialogs it shows to be over are taken back. */
  noteHook({ hook_event_name: event, call, agent_id: agent }: HookEvent): void {
    for (const [decisionId, pending] of [...this.#pending]) {
      const isOver = CALL_OVER.has(event) ? call !== undefined && pending.call === call : TURN_OVER.has(event);
      if (isOver && pending.agent === agent) this.#takeBack(decisionId, pending);
    }
  }

  /** The hub says what became of a decision. */
  noteDecision({ decisionId, state, answer, answeredBy, note }: Told): void {
    const pending = this.#pending.get(decisionId);
    if (pending === undefined || state === "open") return;
    pending.settle(state === "answered" ? verdictOf(answer, answeredBy, note) : undefined);
  }

  /** Asks again what was asked on a connection that is no more: the hub answers with what it stands at. */
  tick(): void {
    const connection = this.#options.connection();
    if (connection === undefined) return;
    for (const pending of this.#pending.values()) if (pending.askedOn !== connection) void this.#ask(pending);
  }

  async #ask(pending: Pending): Promise<void> {
    pending.askedOn = this.#options.connection();
    const answer = await this.#options.ask(pending.frame);
    pending.isKnown ||= answer.ok;
    // A hub that cannot be asked, does not know of approvals, or has no room for more has no say.
    if (answer.ok) this.noteDecision(answer.reply as unknown as Told);
    else if (answer.code !== undefined || !pending.isKnown) pending.settle(undefined);
  }

  #takeBack(decisionId: string, pending: Pending): void {
    if (!this.#pending.has(decisionId)) return;
    this.#options.tell({ action: "withdraw_decision", decisionId });
    pending.settle(undefined);
  }
}

const TOOL_NAME_MAX = 100;

/** Anything but a clear word is none. */
function verdictOf(answer: string | undefined, by = "A person", note?: string): Verdict | undefined {
  if (answer === "allow") return { is: "allow" };
  if (answer !== "deny") return undefined;
  return { is: "deny", reason: `${by} refused this in the cc2cc Inbox${note === undefined ? "." : `: ${note}`}` };
}
