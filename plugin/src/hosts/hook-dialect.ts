/** What the answers of hooks look like. Most clients took over the form of Claude Code's, with small differences. */
import type { Verdict } from "../approvals/approvals.ts";

export interface HookDialect {
  /** What this host calls events that Claude Code has another name for. */
  readonly events: Readonly<Record<string, string>>;
  /**
   * Whether what a hook adds at the end of a turn goes on with it as context. Where it would come as the user's own
   * words, the end of a turn only ends it, and what waits wakes the session anew.
   */
  readonly continuesAtStop: boolean;
  /** Whether a session's start is told with its first prompt only, to a process that it has to itself. */
  readonly startsWithPrompt: boolean;
  /** Adds a text to the model's context, where there is one, and shows a sentence to the person, where there is one. */
  answer(event: string, text: string, notice: string | undefined): object | null;
  /** The prompt is not sent to the model; its person reads why. */
  refuse(reason: string): object;
  /** The tool runs without asking the person. */
  allow(): object;
  /** The tool does not run; the model reads why. */
  deny(reason: string): object;
  /**
   * H2: what a person elsewhere said of a call for which the host asks. Undefined where the host shows its own dialog only
   * when its hooks have ended: nobody could answer there meanwhile.
   */
  verdict: ((verdict: Verdict) => object) | undefined;
}

/** Claude Code's, which Codex understands but for two events. */
export const CLAUDE_DIALECT: HookDialect = {
  events: {},
  continuesAtStop: true,
  startsWithPrompt: false,
  answer(event, text, notice) {
    if (text === "" && notice === undefined) return null;
    const context = { hookSpecificOutput: { hookEventName: event, additionalContext: text } };
    return { ...(text === "" ? {} : context), ...(notice === undefined ? {} : { systemMessage: notice }) };
  },
  refuse: (reason) => ({ decision: "block", reason }),
  deny: (permissionDecisionReason) => ({
    hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny", permissionDecisionReason },
  }),
  allow: () => ({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "allow",
      permissionDecisionReason: "allowed by the setting `permissions` of the cc2cc plugin",
    },
  }),
  verdict: undefined,
};
