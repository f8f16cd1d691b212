/** What a hook of the host is told, and what it answers: proof in; messages, permissions and a word to the person out. */
import { z } from "zod";
import type { Collision } from "../claims/collisions.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { marksIn } from "../delivery/frame.ts";
import { isNudge } from "../delivery/nudge.ts";
import { NO_OFFER, type Offer } from "../delivery/offer.ts";
import { NO_NEWS, type Transcript } from "../delivery/transcript.ts";
import type { HookDialect } from "../hosts/hook-dialect.ts";
import type { Permissions } from "./permissions.ts";

/** Of a hook's input, what hook.mjs passes on. */
export const HookInput = z.object({
  hook_event_name: z.string(),
  session_id: z.string().optional(),
  transcript_path: z.string().optional(),
  /** SessionStart: `startup`, `resume`, `clear`, `compact` or `fork`. */
  source: z.string().optional(),
  prompt: z.string().optional(),
  tool_name: z.string().optional(),
  /**
   * Of a call of our own tools: the arguments that decide whether it is an answer. Of an edit, its file. Of a request for
   * permission, all that the tool would be given.
   */
  tool_input: z.record(z.string(), z.unknown()).optional(),
  /** Names a call: its request for permission and the word that it has run have the same. */
  call: z.string().optional(),
  /** Set in a subagent, whose context is not the session's. */
  agent_id: z.string().optional(),
});
export type HookInput = z.infer<typeof HookInput>;

export interface HookAnswer {
  /** What the hook prints; null for nothing. */
  output: object | null;
  /** Handed over once the hook has printed it. */
  offer: Offer;
}

const NOTHING_NEW = "cc2cc: the messages have come already, so there is nothing to do.";
const NOTHING: HookAnswer = { output: null, offer: NO_OFFER };
/** Claude Code continues a turn by Stop hooks 8 times in a row; the rest is for other plugins. */
const CONTINUATIONS_MAX = 6;

export interface HookEventsOptions {
  delivery: Delivery;
  transcript: Transcript;
  permissions: Permissions;
  dialect: HookDialect;
  /** A sentence for the person, when there is a new one; it costs the model nothing. */
  takeNotice(): string | undefined;
  /** How many open tasks the session has; undefined while the hub has not said. */
  openTasks(): number | undefined;
}

export class HookEvents {
  readonly #options: HookEventsOptions;
  #continuations = 0;
  /** Whether this context has been told what the session owes. */
  #hasToldTasks = false;

  constructor(options: HookEventsOptions) {
    this.#options = options;
  }

  /** `collision`: what the hub says of the file that this call edits. */
  answer(input: HookInput, { refusal, notice = "" }: Collision = {}): HookAnswer {
    const { hook_event_name: told, agent_id: agent } = input;
    const { dialect } = this.#options;
    const event = dialect.events[told] ?? told;
    if (refusal !== undefined) return { ...NOTHING, output: dialect.deny(refusal) };
    if (event === "PreToolUse" || event === "PermissionRequest") return this.#decide(input);
    // L3: whoever edits is told, be it the session or a subagent.
    if (agent !== undefined) return { ...NOTHING, output: dialect.answer(told, notice, undefined) };
    this.#takeProof(input);
    if (event !== "Stop") this.#continuations = 0;
    switch (event) {
      case "SessionStart":
        return this.#start(input);
      case "UserPromptSubmit":
        return this.#prompt(input);
      case "PostToolUse":
        this.#options.delivery.noteTurnGoesOn();
        return this.#compose(told, this.#options.delivery.offerToHook(), [notice, this.#owed()]);
      case "Stop":
        return this.#stop(told);
      default:
        return NOTHING;
    }
  }

  #decide(input: HookInput): HookAnswer {
    const { permissions, dialect } = this.#options;
    return { ...NOTHING, output: permissions.allows(input) ? dialect.allow() : null };
  }

  /** Where this is told with the first prompt of a process, it began with nothing that could be lost. */
  #start({ hook_event_name: event, source }: HookInput): HookAnswer {
    const { delivery, dialect } = this.#options;
    if (source !== "compact") this.#hasToldTasks = false;
    if (source === "compact" || !dialect.startsWithPrompt) delivery.noteNewContext(source === "compact");
    else delivery.renewWays();
    return this.#compose(event, NO_OFFER);
  }

  /** A nudge whose messages came another way meanwhile would be a turn for nothing. */
  #prompt({ hook_event_name: event, prompt }: HookInput): HookAnswer {
    const { delivery, dialect } = this.#options;
    if (isNudge(prompt)) {
      delivery.noteNudge();
      if (!delivery.hasForHook) return { ...NOTHING, output: dialect.refuse(NOTHING_NEW) };
    }
    delivery.noteTurnBegin();
    const offer = delivery.offerToHook();
    return this.#compose(event, offer, [offer.text === "" ? this.#reminder() : "", this.#owed()]);
  }

  /** Additional context alone continues a turn. A decision to block would show the same text twice (seen on 2.1.332). */
  #stop(event: string): HookAnswer {
    const { delivery, dialect } = this.#options;
    const isExhausted = this.#continuations >= CONTINUATIONS_MAX;
    delivery.noteTurnGoesOn();
    const mayContinue = dialect.continuesAtStop && !isExhausted;
    const offer = mayContinue ? delivery.offerToHook() : NO_OFFER;
    if (offer.text === "") delivery.noteTurnEnd();
    else this.#continuations++;
    return this.#compose(event, offer);
  }

  #takeProof({ transcript_path: path, prompt }: HookInput): void {
    const { delivery, transcript } = this.#options;
    delivery.noteHook();
    // The last lines of a transcript that ends here, and then the first ones of the next.
    delivery.readTranscript();
    if (path !== undefined) transcript.follow(path);
    delivery.readTranscript();
    // Claude Code runs this hook for what the inbox socket brought, too: the prompt is the post. The request follows, and
    // may yet be prevented; a transcript that can be read tells of it then, and without one this is all that is known.
    const marks = marksIn(prompt ?? "");
    delivery.noteProof(transcript.isUnderstood ? { ...NO_NEWS, queued: marks } : { ...NO_NEWS, shown: marks });
  }

  /** Said with each prompt of a person while something was named to the model and not asked for. */
  #reminder(): string {
    const count = this.#options.delivery.listedCount;
    return count === 0 ? "" : `${count} messages of cc2cc peers still wait: call get_messages.`;
  }

  /** T5: said once in a context. */
  #owed(): string {
    const count = this.#options.openTasks();
    if (this.#hasToldTasks || count === undefined) return "";
    this.#hasToldTasks = true;
    const tasks = count === 1 ? "1 open task" : `${count} open tasks`;
    return count === 0 ? "" : `This session has ${tasks} of cc2cc peers: call list_tasks.`;
  }

  #compose(event: string, offer: Offer, more: readonly string[] = []): HookAnswer {
    const text = [offer.text, ...more].filter(Boolean).join("\n");
    return { output: this.#options.dialect.answer(event, text, this.#options.takeNotice()), offer };
  }
}
