/** Decisions of people (protocol H1, H2): what sessions ask for by frames, and what REST tells of it. */
import { z } from "zod";
import { DECISION_KINDS, DECISION_STATES } from "./decision-state.ts";
import { MessageId, OwnMessageId } from "./ids.ts";
import {
  APPROVAL_MAX_SECONDS,
  APPROVAL_MIN_SECONDS,
  DECISION_ANSWER_LENGTH,
  DECISION_CONTEXT_BYTES,
  DECISION_NOTE_LENGTH,
  DECISION_OPTION_LENGTH,
  DECISION_OPTIONS_MAX,
  DECISION_QUESTION_LENGTH,
  DECISION_TOOL_LENGTH,
  QUESTION_DEFAULT_SECONDS,
  QUESTION_MAX_SECONDS,
  QUESTION_MIN_SECONDS,
} from "./limits.ts";
import { fitsUtf8 } from "./utf8.ts";
import { WellFormedText } from "./well-formed-text.ts";

export const DecisionState = z.enum(DECISION_STATES);
export const DecisionKind = z.enum(DECISION_KINDS);

/** Which decisions a list has. */
export const DecisionFilterState = z.enum(["open", "ended", "any"]);
export type DecisionFilterState = z.infer<typeof DecisionFilterState>;

/** A text that says something. */
const words = (max: number) => WellFormedText.max(max).regex(/\S/, "must not be empty");

const question = words(DECISION_QUESTION_LENGTH);
const context = WellFormedText.refine(
  (text) => fitsUtf8(text, DECISION_CONTEXT_BYTES),
  `may have at most ${DECISION_CONTEXT_BYTES} bytes of UTF-8; put more into a file and name its path`,
).optional();

const Options = z
  .array(words(DECISION_OPTION_LENGTH))
  .min(2, "must be 2 or more; leave them out where any answer will do")
  .max(DECISION_OPTIONS_MAX)
  .refine((options) => new Set(options).size === options.length, "must differ from each other");

/** What `ask_human` says. */
export const AskHuman = {
  decisionId: OwnMessageId.optional(),
  question,
  options: Options.optional(),
  context,
  timeoutSeconds: z
    .number()
    .int()
    .min(QUESTION_MIN_SECONDS)
    .max(QUESTION_MAX_SECONDS)
    .default(QUESTION_DEFAULT_SECONDS),
  /** What counts when nobody has answered in time. */
  default: words(DECISION_ANSWER_LENGTH).optional(),
};

/** Why a default cannot be one; undefined where it can. */
export function defaultProblem(asked: { options?: string[] | undefined; default?: string | undefined }) {
  if (asked.default === undefined || asked.options === undefined || asked.options.includes(asked.default)) return;
  return "must be one of the options";
}

/** What `ask_approval` says. */
export const AskApproval = {
  decisionId: OwnMessageId,
  tool: words(DECISION_TOOL_LENGTH),
  question,
  context,
  timeoutSeconds: z.number().int().min(APPROVAL_MIN_SECONDS).max(APPROVAL_MAX_SECONDS),
};

/** What a person answers: to an approval `allow` or `deny`, to a question anything, one of the options or not. */
export const DecisionAnswer = z.object({
  answer: words(DECISION_ANSWER_LENGTH),
  note: words(DECISION_NOTE_LENGTH).optional(),
});

/** A decision as it is told. Times ISO 8601. */
export const Decision = z
  .object({
    decisionId: MessageId,
    kind: DecisionKind,
    state: DecisionState,
    /** Who asks, under the id that it has by now. */
    instanceId: z.string(),
    role: z.string().optional(),
    question: z.string(),
    options: z.array(z.string()).optional(),
    context: z.string().optional(),
    /** What counts when nobody answers in time. */
    default: z.string().optional(),
    /** Of an approval: what the session wants to use. */
    tool: z.string().optional(),
    openedAt: z.iso.datetime(),
    until: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
    /** What was answered; of an expired one its default. */
    answer: z.string().optional(),
    /** Whether that is one of the options. */
    isOption: z.boolean().optional(),
    answeredBy: z.string().optional(),
    note: z.string().optional(),
  })
  .meta({ id: "Decision" });
export type Decision = z.infer<typeof Decision>;

/** Open ones the oldest first, others the newest first. */
export const DecisionPage = z
  .object({
    items: z.array(Decision),
    nextCursor: z.string().optional(),
    /** How many are open on the whole hub. */
    openCount: z.number().int(),
  })
  .meta({ id: "DecisionPage" });
export type DecisionPage = z.infer<typeof DecisionPage>;
