/** The lines of Claude Code's transcript that tell what its model was shown. */
import { z } from "zod";
import { marksIn } from "../../delivery/frame.ts";
import { NO_NEWS, type TranscriptFormat } from "../../delivery/transcript.ts";

/**
 * The kinds of lines that tell them. Others repeat what a hook printed or what the person's screen shows, and a tool's
 * full output stands beside the part that the model was given.
 */
const Line = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user"), isSidechain: z.boolean().optional(), message: z.unknown() }),
  z.object({
    type: z.literal("attachment"),
    isSidechain: z.boolean().optional(),
    attachment: z.object({ type: z.enum(["hook_additional_context", "queued_command"]) }).loose(),
  }),
  z.object({ type: z.literal("queue-operation"), operation: z.literal("enqueue"), content: z.unknown() }),
]);

/**
 * A line of this format. A transcript begins with some that only name the session and a setting of it (`mode`,
 * `permission-mode`, `tools-used`), and it holds nothing else yet when the first post reaches the session. What another
 * client writes has other kinds, and no session's name in each line (Codex's rollout).
 */
const KnownLine = z.union([
  z.object({ type: z.enum(["user", "assistant", "attachment", "queue-operation", "system"]) }),
  z.object({ type: z.string(), sessionId: z.string() }),
]);

export const CLAUDE_TRANSCRIPT: TranscriptFormat = {
  isKnown: (value) => KnownLine.safeParse(value).success,
  newsOf(value) {
    const { success, data: line } = Line.safeParse(value);
    if (!success) return NO_NEWS;
    if (line.type === "queue-operation") return { ...NO_NEWS, queued: marksIn(JSON.stringify(line.content ?? "")) };
    if (line.isSidechain === true) return NO_NEWS;
    const shown = line.type === "user" ? (line.message ?? "") : line.attachment;
    return { ...NO_NEWS, shown: marksIn(JSON.stringify(shown)) };
  },
};
