import type { MessageType } from "../../../shared/message.ts";

/** In the order in which they are stacked and listed. */
export const MESSAGE_TYPES = ["task", "question", "result", "ack", "ping"] as const satisfies readonly MessageType[];
