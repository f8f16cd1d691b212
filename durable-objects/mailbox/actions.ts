/** What each action but `send_message` and `ack` does: one handler per action, each returning the reply's fields. */
import { failure, type Result, success } from "../../shared/errors.ts";
import { projectOf, projectTopic } from "../../shared/ids.ts";
import type { MessageStatus } from "../../shared/message.ts";
import type { ClientFrame, FrameOf } from "../../shared/protocol.ts";
import { composeMessage } from "../compose.ts";
import { directoryOf, type Env, mailboxOf, topicOf } from "../env.ts";
import { fanOutId } from "../fan-out-id.ts";
import { deliverLive } from "../live.ts";
import { bodyOf, withMessageId } from "../parcels.ts";
import { readAddress } from "../route-message.ts";
import type { Queue } from "./queue.ts";

/** The mailbox as its actions see it. */
export interface ActionContext {
  instanceId: string;
  env: Env;
  queue: Queue;
  now: number;
  role: string | null;
  setRole(role: string | null): void;
  /** E4: 0 and the broadcast is noted, or how long until the next one may be. */
  takeBroadcast(): number;
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

async function changeSession(): Promise<Reply> {
  return failure("unknown_action", "This hub does not offer that action yet.");
}

async function setRole(frame: FrameOf<"set_role">, context: ActionContext): Promise<Reply> {
  const role = frame.role === "" ? null : frame.role;
  await directoryOf(context.env).setRole(context.instanceId, role);
  context.setRole(role);
  return success({ instanceId: context.instanceId, role: frame.role });
}

/** E3: whoever is online, the sender excluded; queued for nobody. */
async function broadcast(frame: FrameOf<"broadcast">, context: ActionContext): Promise<Reply> {
  const { instanceId, env, role, now } = context;
  const retryAfterMs = context.takeBroadcast();
  if (retryAfterMs > 0) {
    return failure("rate_limited", `One broadcast at a time; try again in ${retryAfterMs} ms.`, { retryAfterMs });
  }
  const message = composeMessage(frame, { from: instanceId, role }, "broadcast", now);
  const body = bodyOf(message);
  const others = (await directoryOf(env).onlineIds()).filter((id) => id !== instanceId);
  const reached = await deliverLive(
    env,
    others.map((to) => ({ to, body: withMessageId(body, fanOutId(message.messageId, to)) })),
  );
  return success({ delivered: reached.size, messageId: message.messageId });
}

async function subscribeTopic(
  frame: FrameOf<"subscribe_topic">,
  { instanceId, env, now }: ActionContext,
): Promise<Reply> {
  await topicOf(env, frame.topic).subscribe(frame.topic, instanceId, now, true);
  return success({ topic: frame.topic, subscribed: true });
}

async function unsubscribeTopic(
  frame: FrameOf<"unsubscribe_topic">,
  { instanceId, env, now }: ActionContext,
): Promise<Reply> {
  if (frame.topic === projectTopic(projectOf(instanceId))) {
    return failure("project_topic", `${frame.topic} is the topic of this project; it cannot be left.`);
  }
  const known = await requireTopic(frame.topic, env);
  if (!known.ok) return known;
  await topicOf(env, frame.topic).unsubscribe(instanceId, now, true);
  return success({ topic: frame.topic, unsubscribed: true });
}

async function publishTopic(frame: FrameOf<"publish_topic">, context: ActionContext): Promise<Reply> {
  const known = await requireTopic(frame.topic, context.env);
  if (!known.ok) return known;
  const published = await topicOf(context.env, frame.topic).publish({
    from: context.instanceId,
    fromRole: context.role,
    draft: frame,
    persistent: frame.persistent,
  });
  return published.ok ? success({ ...published.value }) : published;
}

async function listTopics(_frame: FrameOf<"list_topics">, { env }: ActionContext): Promise<Reply> {
  return success({ topics: await directoryOf(env).listTopics() });
}

/** E5: asked before the topic itself, so that a mistyped name leaves nothing behind. */
async function requireTopic(name: string, env: Env): Promise<Result<null>> {
  const { topic, nearest } = await directoryOf(env).findTopic(name);
  if (topic !== null) return success(null);
  const hint = nearest.length === 0 ? "" : ` Nearest: ${nearest.join(", ")}.`;
  return failure("unknown_topic", `There is no topic ${name}; subscribe to it to create it.${hint}`, {
    details: { nearest },
  });
}

const HANDLERS: Handlers = {
  get_messages: getMessages,
  status,
  ping,
  list_instances: listInstances,
  broadcast,
  session_update: changeSession,
  set_role: setRole,
  subscribe_topic: subscribeTopic,
  unsubscribe_topic: unsubscribeTopic,
  publish_topic: publishTopic,
  list_topics: listTopics,
};
