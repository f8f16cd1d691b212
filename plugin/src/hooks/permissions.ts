/** Which calls of our own tools run without the host asking its person, as far as that person allowed it once. */
import { shortIdOf } from "../../../shared/message-facts.ts";
import type { HookInput } from "./hook-events.ts";

/** `ask`: the host decides. `answer`: reading, and answering peers. `send`: writing to peers besides, one at a time. */
export const PERMISSION_LEVELS = ["ask", "answer", "send"] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

const READS = new Set([
  "list_instances",
  "get_instance_info",
  "ping",
  "get_messages",
  "wait_for_reply",
  "message_status",
  "search_messages",
  "get_topic_messages",
  "list_topics",
  "list_tasks",
  "list_schedules",
  "get_schedule",
  "hub_status",
]);
/**
 * Change nothing but this session's own name and topics, say how far its own tasks are to who asked for them, and ask people, who
 * decide for themselves.
 */
const OWN = new Set([
  "set_role",
  "subscribe_topic",
  "unsubscribe_topic",
  "update_task",
  "ask_human",
  "withdraw_question",
]);

export class Permissions {
  readonly #level: PermissionLevel;
  readonly #senderOf: (messageId: string) => string | undefined;

  /** `senderOf` returns from whom a message of that id came to this session, undefined where none did. */
  constructor(level: PermissionLevel, senderOf: (messageId: string) => string | undefined) {
    this.#level = level;
    this.#senderOf = senderOf;
  }

  /** Whether a call runs without a dialog; false leaves the decision to the host. */
  allows({ tool_name: name, tool_input: input = {} }: Pick<HookInput, "tool_name" | "tool_input">): boolean {
    const tool = ownToolOf(name);
    if (tool === undefined || this.#level === "ask") return false;
    if (READS.has(tool) || OWN.has(tool)) return true;
    // Who asked takes it back: of what was sent by the same permission.
    if (tool === "cancel_task") return this.#level === "send";
    if (tool !== "send_message") return false;
    return this.#isAnswer(input) || (this.#level === "send" && !isToMany(input.to));
  }

  /** An answer goes to whom the message came from, or leaves its address out. */
  #isAnswer({ replyToMessageId, to }: Record<string, unknown>): boolean {
    if (typeof replyToMessageId !== "string") return false;
    const sender = this.#senderOf(replyToMessageId);
    return (
      sender !== undefined &&
      (to === undefined || [sender, shortIdOf(sender), sender.split("/")[0]].includes(String(to)))
    );
  }
}

function isToMany(to: unknown): boolean {
  return typeof to !== "string" || to === "broadcast" || /^(?:topic|role|any):/.test(to);
}

/** `mcp__plugin_cc2cc_cc2cc__ping` is ours; a tool of another server that is called the same is not. */
function ownToolOf(name: string | undefined): string | undefined {
  return /^mcp__(?:plugin_)?cc2cc(?:_cc2cc)?__(\w+)$/.exec(name ?? "")?.[1];
}
