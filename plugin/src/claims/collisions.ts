/**
 * L3: tells the hub which file this session edits, and the model, once, who else is there. A hub that is away costs nothing and
 * forbids nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../../../client/hub-client.ts";
import type { Claim, FileTouch } from "../../../shared/claims.ts";
import { shortIdOf } from "../../../shared/message-facts.ts";
import type { ClientFrameInput } from "../../../shared/protocol.ts";
import type { FileNames } from "./file-names.ts";

export const CLAIM_MODES = ["off", "warn", "block"] as const;
export type ClaimsMode = (typeof CLAIM_MODES)[number];

/** What an edit waits for the hub at most: with the hook's own time it stays below 150 ms. News that come later are told with the next call. */
const HUB_MS = 100;
const EDIT_TOOLS: ReadonlySet<string> = new Set(["Edit", "Write", "MultiEdit", "NotebookEdit"]);

export interface CollisionsOptions {
  mode: ClaimsMode;
  names: FileNames;
  isConnected(): boolean;
  ask(frame: ClientFrameInput): Promise<Answer>;
}

/** What is said of an edit: why it must not happen, or what its model is told. */
export interface Collision {
  refusal?: string;
  notice?: string;
}

/** A hook's input, as far as it matters here. */
interface Edit {
  hook_event_name: string;
  tool_name?: string | undefined;
  tool_input?: Record<string, unknown> | undefined;
}

interface Touched {
  others: FileTouch[];
  heldBy?: Claim;
  isNews?: boolean;
}

export class Collisions {
  readonly #options: CollisionsOptions;
  /** Of edits that the hub answered too late. */
  #late: string[] = [];

  constructor(options: CollisionsOptions) {
    this.#options = options;
  }

  /** What the hub says of a call that is about to run, or has. */
  async of(edit: Edit): Promise<Collision> {
    const { mode } = this.#options;
    const { hook_event_name: event } = edit;
    const isAsked = (event === "PreToolUse" && mode === "block") || (event === "PostToolUse" && mode !== "off");
    const touched = isAsked ? await this.#touch(edit) : undefined;
    if (event === "PreToolUse") return touched === undefined ? {} : refusalOf(touched);
    return event === "PostToolUse" ? this.#withLate(touched === undefined ? {} : noticeOf(touched)) : {};
  }

  #withLate({ notice }: Collision): Collision {
    const notices = [...this.#late, ...(notice === undefined ? [] : [notice])];
    this.#late = [];
    return notices.length === 0 ? {} : { notice: notices.join("\n") };
  }

  async #touch({
    hook_event_name: event,
    tool_name: tool = "",
    tool_input: input = {},
  }: Edit): Promise<Touched | undefined> {
    const path = input.file_path ?? input.notebook_path;
    if (!EDIT_TOOLS.has(tool) || typeof path !== "string" || !this.#options.isConnected()) return undefined;
    const asked = this.#ask(path);
    const answered = await Promise.race([asked, sleep(HUB_MS, "late" as const, { ref: false })]);
    if (answered !== "late") return answered;
    if (event === "PostToolUse") void asked.then((touched) => this.#keep(touched));
    return undefined;
  }

  #keep(touched: Touched | undefined): void {
    const { notice } = touched === undefined ? {} : noticeOf(touched);
    if (notice !== undefined) this.#late.push(notice);
  }

  async #ask(path: string): Promise<Touched | undefined> {
    const file = await this.#options.names.nameOf(path);
    if (file === undefined) return undefined;
    const answer = await this.#options.ask({ action: "touch_file", file });
    // A name that is too long, or a hub that does not know claims: nobody can collide there.
    return answer.ok ? (answer.reply as unknown as Touched) : undefined;
  }
}

/** Why an edit that is about to happen must not. */
function refusalOf({ heldBy }: Touched): Collision {
  if (heldBy === undefined) return {};
  const { instanceId, name, reason, until } = heldBy;
  const why = reason === undefined ? "" : ` (${reason})`;
  const refusal = `${shortIdOf(instanceId)} claims ${name}${why} until ${until}: ask them, or claim it with wait.`;
  return { refusal };
}

/** What the model is told behind an edit, where it is news. */
function noticeOf({ others, heldBy, isNews = false }: Touched): Collision {
  if (heldBy !== undefined && isNews) {
    const who = shortIdOf(heldBy.instanceId);
    return { notice: `cc2cc: ${who} claims this file by ${heldBy.name}: tell them, or ask before you go on.` };
  }
  const [first] = others;
  if (first === undefined) return {};
  const more = others.length > 1 ? ` and ${others.length - 1} more` : "";
  return {
    notice: `cc2cc: ${shortIdOf(first.instanceId)}${more} edits this file, too: agree with them who changes what.`,
  };
}
