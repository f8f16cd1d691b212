/** Loops (protocol G1): exchanges of sessions that the hub has stopped, since nobody else had a part in them for too long. */
import { z } from "zod";

export const LoopStop = z
  .object({
    loopId: z.uuid(),
    /** `pair`: all that these two say to each other; `thread`: what answers one message, or its answers. */
    kind: z.enum(["pair", "thread"]),
    /** Under the ids that they have by now. */
    instances: z.array(z.string()),
    /** The message that the thread begins with. */
    threadId: z.string().optional(),
    /** How often the word had changed hands. */
    messages: z.number().int(),
    at: z.iso.datetime(),
  })
  .meta({ id: "LoopStop" });
export type LoopStop = z.infer<typeof LoopStop>;
