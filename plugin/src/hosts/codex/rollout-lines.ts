/**
 * The lines of Codex's rollout that tell what its model was shown (seen on 0.171.0): items of the conversation. What a
 * hook adds is a message of the `developer`, a prompt one of the `user`, and a tool's result an output.
 */
import { z } from "zod";
import { marksIn } from "../../delivery/frame.ts";
import { NO_NEWS, type TranscriptFormat } from "../../delivery/transcript.ts";

const Item = z.object({
  type: z.literal("response_item"),
  payload: z.union([
    z.object({ type: z.literal("message"), role: z.enum(["developer", "user"]), content: z.unknown() }),
    z.object({ type: z.enum(["function_call_output", "custom_tool_call_output"]), output: z.unknown() }),
  ]),
});

/** Each line has a kind and what it holds; the first is `session_meta`. */
const KnownLine = z.object({ type: z.string(), payload: z.unknown() });

export const CODEX_ROLLOUT: TranscriptFormat = {
  isKnown: (value) => KnownLine.safeParse(value).success && value !== null && Object.hasOwn(value as object, "payload"),
  newsOf(value) {
    const { success, data: item } = Item.safeParse(value);
    return success ? { ...NO_NEWS, shown: marksIn(JSON.stringify(item.payload)) } : NO_NEWS;
  },
};
