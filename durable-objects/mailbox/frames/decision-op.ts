/** The op of a frame by which a session asks people (H1, H2). */
import { uuidv7 } from "uuidv7";
import type { FrameOf } from "../../../shared/protocol.ts";
import type { DecisionTerms, Op } from "../../link.ts";

type DecisionFrames = FrameOf<"ask_human" | "ask_approval" | "withdraw_decision" | "get_decision">;

export function toDecisionOp(frame: DecisionFrames): Op {
  switch (frame.action) {
    case "ask_human":
    case "ask_approval":
      return { do: "ask_decision", ...termsOf(frame) };
    case "withdraw_decision":
    case "get_decision":
      return { do: frame.action, decisionId: frame.decisionId };
  }
}

function termsOf(frame: FrameOf<"ask_human" | "ask_approval">): DecisionTerms {
  const { question, context = null, decisionId = uuidv7() } = frame;
  const asked = { decisionId, question, context, timeoutMs: frame.timeoutSeconds * 1_000 };
  if (frame.action === "ask_approval") {
    return { ...asked, kind: "approval", options: null, fallback: null, tool: frame.tool };
  }
  return { ...asked, kind: "question", options: frame.options ?? null, fallback: frame.default ?? null, tool: null };
}
