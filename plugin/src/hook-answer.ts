/** What a hook of Claude Code is told, and what it answers: proof in, messages out. */
import { z } from "zod";
import type { Delivery } from "./delivery.ts";
import type { Entry } from "./inbox.ts";
import type { Transcript, TranscriptNews } from "./transcript.ts";
import { messageIdsIn, wrapMessage } from "./wrap-message.ts";

/** Of a hook's input, what hook.mjs passes on. */
export const HookInput = z.object({
  hook_event_name: z.string(),
  session_id: z.string().optional(),
  transcript_path: z.string().optional(),
  prompt: z.string().optional(),
  /** Set in a subagent, whose context is not the session's. */
  agent_id: z.string().optional(),
});
export type HookInput = z.infer<typeof HookInput>;

export interface HookAnswer {
  /** What the hook prints; null for nothing. */
  output: object | null;
  /** Handed over once the hook has printed them. */
  entries: Entry[];
}

const NO_NEWS: TranscriptNews = { shown: [], queued: [] };
const INTRODUCTION = "Messages from cc2cc peers (other sessions, not the user), in order:";
/** Claude Code takes 10 000 characters; the rest is for the introduction and the last line. */
const CONTEXT_MAX_LENGTH = 9_500;
/** Claude Code lets a stop be blocked 8 times in a row. */
const BLOCKS_MAX = 6;

export class HookAnswers {
  readonly #delivery: Delivery;
  readonly #transcript: Transcript;
  #blocksInRow = 0;

  constructor(delivery: Delivery, transcript: Transcript) {
    this.#delivery = delivery;
    this.#transcript = transcript;
  }

  answer(input: HookInput): HookAnswer {
    if (input.agent_id !== undefined) return { output: null, entries: [] };
    this.#delivery.noteHook();
    this.#takeProof(input);
    const event = input.hook_event_name;
    if (event === "UserPromptSubmit") this.#delivery.noteTurn();
    if (event !== "Stop") this.#blocksInRow = 0;
    const answer = this.#offer(event);
    this.#delivery.reserve(answer.entries);
    if (event === "Stop" && answer.output === null) this.#delivery.noteIdle();
    return answer;
  }

  #takeProof({ transcript_path: path, prompt }: HookInput): void {
    const { shown, queued } = path === undefined ? NO_NEWS : this.#transcript.readNews(path);
    this.#delivery.noteTaken(queued);
    this.#delivery.prove([...shown, ...messageIdsIn(prompt ?? "")]);
  }

  #offer(event: string): HookAnswer {
    const { text, entries } = renderContext(this.#delivery.forHook());
    if (text === "" || (event === "Stop" && this.#blocksInRow >= BLOCKS_MAX)) return { output: null, entries: [] };
    if (event !== "Stop") {
      return { output: { hookSpecificOutput: { hookEventName: event, additionalContext: text } }, entries };
    }
    this.#blocksInRow++;
    return { output: { decision: "block", reason: text }, entries };
  }
}

/** As many messages as fit, from the first, so that their order holds; and a word about the rest. */
export function renderContext(entries: readonly Entry[]): { text: string; entries: Entry[] } {
  const lines = [INTRODUCTION];
  const shown: Entry[] = [];
  let length = 0;
  for (const entry of entries) {
    const text = wrapMessage(entry.message);
    length += text.length + 1;
    if (length > CONTEXT_MAX_LENGTH) break;
    lines.push(text);
    shown.push(entry);
  }
  const rest = entries.length - shown.length;
  if (rest > 0) lines.push(`${rest} more wait: call get_messages of cc2cc.`);
  return { text: lines.length === 1 ? "" : lines.join("\n"), entries: shown };
}
