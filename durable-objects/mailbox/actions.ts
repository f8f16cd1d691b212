/** What each action but `send_message` and `ack` does: one handler per action, each returning the reply's fields. */
import { failure, type Result, success } from "../../shared/errors.ts";
import type { MessageStatus } from "../../shared/message.ts";
import type { ClientFrame, FrameOf } from "../../shared/protocol.ts";
import { directoryOf, type Env, mailboxOf } from "../env.ts";
import { readAddress } from "../route-message.ts";
import type { Queue } from "./queue.ts";

/** The mailbox as its actions see it. */
export interface ActionContext {
  instanceId: string;
  env: Env;
  queue: Queue;
  now: number;
}

export type SimpleFrame = Exclude<ClientFrame, { action: "send_message" | "ack" }>;
type SimpleAction = SimpleFrame["action"];
type Reply = Result<Record<string, unknown>>;
type Handlers = { [A in SimpleAction]: (frame: FrameOf<A>, context: ActionContext) => Promise<Reply> };

/** Runs one frame's action. */
export function runAction(frame: SimpleFrame, context: ActionContext): Promise<Reply> {
  // The table's type ties each handler to its own frame; a call through a union cannot show that.
  const handler = HANDLERS[frame.action] as (frame: SimpleFrame, context: ActionContext) => Promise<Reply>;
  return handler(frame, context);
}

async function getMessages(frame: FrameOf<"get_messages">, { queue, now }: ActionContext): Promise<Reply> {
  const rows = queue.pull(frame.limit, frame.peek, now);
  return success({ messages: rows.map((row) => JSON.parse(row.body) as unknown) });
}

async function status(frame: FrameOf<"status">, context: ActionContext): Promise<Reply> {
  const found = await findStatus(frame.messageId, context);
  if (found !== null) return success({ ...found });
  return failure("not_found", `No message ${frame.messageId} was sent or received by ${context.instanceId}.`);
}

async function findStatus(messageId: string, { instanceId, env, queue }: ActionContext): Promise<MessageStatus | null> {
  const own = queue.status(messageId);
  if (own !== undefined) return own.status;
  const recipient = queue.findSent([messageId]).get(messageId);
  return recipient === undefined ? null : mailboxOf(env, recipient).status(messageId, instanceId);
}

async function ping(frame: FrameOf<"ping">, { env }: ActionContext): Promise<Reply> {
  const address = readAddress(frame.to);
  if (!address.ok) return address;
  const directory = directoryOf(env);
  if (address.value.kind === "instance") {
    const { instanceId } = address.value;
    return success({ online: (await directory.presence(instanceId)) === "online", instanceId });
  }
  if (address.value.kind !== "partial")
    return failure("invalid_payload", "ping takes an instance id or user@host:project.");
  const [resolution] = await directory.resolvePartials([address.value.address]);
  if (resolution?.kind === "one") return success({ online: resolution.online, instanceId: resolution.instanceId });
  if (resolution?.kind === "many")
    return success({ online: true, instanceId: frame.to, matches: resolution.instanceIds });
  return success({ online: false, instanceId: frame.to });
}

async function listInstances(_frame: FrameOf<"list_instances">, { env }: ActionContext): Promise<Reply> {
  return success({ instances: await directoryOf(env).list() });
}

async function notYet(): Promise<Reply> {
  return failure("unknown_action", "This hub does not offer that action yet.");
}

const HANDLERS: Handlers = {
  get_messages: getMessages,
  status,
  ping,
  list_instances: listInstances,
  broadcast: notYet,
  session_update: notYet,
  set_role: notYet,
  subscribe_topic: notYet,
  unsubscribe_topic: notYet,
  publish_topic: notYet,
  list_topics: notYet,
};
