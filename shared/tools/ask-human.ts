/** The tools by which a session asks people (H1). */
import { z } from "zod";
import { DECISION_OPTIONS_MAX, QUESTION_MAX_SECONDS, QUESTION_MIN_SECONDS } from "../limits.ts";
import { awaitReply, WAIT_DEFAULT_SECONDS, WAIT_MAX_SECONDS } from "./receive.ts";
import { answerOf, declareTool } from "./tool.ts";

export const askHuman = declareTool({
  name: "ask_human",
  description:
    "Ask a person, in the hub's Inbox, what only a person may decide; no session can answer. Waits like wait_for_reply: {decisionId, reply}, or reply:null; the answer then comes by itself, or by wait_for_reply(decisionId).",
  schema: z.object({
    question: z.string().min(1),
    options: z.array(z.string()).max(DECISION_OPTIONS_MAX).optional(),
    context: z.string().optional().describe("what it takes to decide, up to 8 KB"),
    default: z.string().optional().describe("counts if nobody answers in time"),
    timeoutSeconds: z
      .number()
      .int()
      .min(QUESTION_MIN_SECONDS)
      .max(QUESTION_MAX_SECONDS)
      .optional()
      .describe("default a day"),
    waitSeconds: z.number().min(0).max(WAIT_MAX_SECONDS).optional(),
  }),
  annotations: { destructiveHint: false },
  async run({ waitSeconds = WAIT_DEFAULT_SECONDS, ...asked }, context) {
    const { session } = context;
    const decisionId = session.newMessageId();
    // Noted first: the answer may be there before the reply is.
    session.sent.note(decisionId, { kind: "people" });
    const answer = await session.ask({ action: "ask_human", decisionId, ...asked });
    if (!answer.ok || waitSeconds === 0) return answerOf(answer);
    const waited = await awaitReply(decisionId, waitSeconds, context);
    return waited.ok ? { ...waited, value: { decisionId, ...(waited.value as object) } } : waited;
  },
});

export const withdrawQuestion = declareTool({
  name: "withdraw_question",
  description: "Take back what ask_human asked, once it is moot.",
  schema: z.object({ decisionId: z.string().min(1) }),
  annotations: { idempotentHint: true },
  run: async ({ decisionId }, { session }) => answerOf(await session.ask({ action: "withdraw_decision", decisionId })),
});
