/**
 * What hosts have in common that let a part of us run inside them (`agents/*.mjs`): it tells what happens, begins turns,
 * and sees what the model is shown.
 */
import { NUDGE } from "../delivery/nudge.ts";
import { NO_NEWS, type TranscriptFormat } from "../delivery/transcript.ts";
import type { WakeWay } from "../delivery/wake-way.ts";
import type { HookDialect } from "./hook-dialect.ts";
import type { WakeContext } from "./host.ts";

/** What that part understands: a text for the model, a sentence for the person, the reason why a nudge is for nothing. */
export const INSIDE_DIALECT: HookDialect = {
  events: {},
  continuesAtStop: false,
  startsWithPrompt: true,
  answer: (_event, text, notice) => (text === "" && notice === undefined ? null : { text, notice }),
  refuse: (text) => ({ text }),
  deny: (text) => ({ text }),
  allow: () => ({}),
  verdict: undefined,
};

/** No file has to be read: what the model was shown is told. */
export const NO_TRANSCRIPT: TranscriptFormat = { isKnown: () => false, newsOf: () => NO_NEWS };

/** A turn is begun inside the host, and its hook brings the messages. */
export function promptWays(mode: string, { prompt }: WakeContext): WakeWay[] {
  return mode === "auto" ? [{ kind: "nudge", by: "prompt", nudge: () => prompt(NUDGE) }] : [];
}
