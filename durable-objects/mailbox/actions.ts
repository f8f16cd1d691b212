/** What each action does but those with a file of their own (`send_message`, `publish_topic`, `ack`, `session_update`): one handler per action, each returning the reply's fields. */
import { failure, type Result, success } from "../../shared/errors.ts";
import { isInstanceId, projectOf, projectTopic } from "../../shared/ids.ts";
import type { MessageStatus } from "../../shared/message.ts";
import type { ClientFrame, FrameOf } from "../../shared/protocol.ts";
import { composeMessage } from "../compose.ts";
import { directoryOf, type Env, exchangeOf, journalOf, mailboxOf, topicOf } from "../env.ts";
import { fanOutId } from "../fan-out-id.ts";
import { deliverLive } from "../live.ts";
import { bodyOf, withMessageId } from "../parcels.ts";
import { pingAddress } from "../ping.ts";
import { requireTopic } from "./publish.ts";
import type { Queue } from "./queue.ts";

/** The mailbox as its actions see it. */
export interface ActionContext {
  instanceId: string;
  env: Env;
  queue: Queue;
  now: number;
  role: string | null;
  /** Ids this instance has left, the latest first. */
  predecessors: string[];
  setRole(role: string | null): void;
  /** E4: 0 and the broadcast is noted, or how long until the next one may be. */
  takeBroadcast(): number;
}

export type SimpleFrame = Exclude<ClientFrame, { action: "send_message" | "publish_topic" | "ack" | "session_update" }>;
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

async function findStatus(messageId: string, context: ActionContext): Promise<MessageStatus | null> {
  const { instanceId, env, queue, predecessors } = context;
  const own = queue.status(messageId);
  if (own !== undefined) return own.status;
  const recipient =
    queue.sent.find([messageId]).get(messageId) ??
    (await sentBefore(messageId, context)) ??
    (await sentByHistory(messageId, context));
  if (recipient === undefined) return null;
  return mailboxOf(env, recipient).status(messageId, [instanceId, ...predecessors]);
}

/** To whom this instance sent a message under an id it has left (Q8). */
async function sentBefore(messageId: string, { env, predecessors }: ActionContext): Promise<string | undefined> {
  for (const id of predecessors) {
    const [sent] = await mailboxOf(env, id).sentTo([messageId]);
    if (sent !== undefined) return sent[1];
  }
  return undefined;
}

/** The same where a crash took this mailbox's own note of it: the log and the journal keep what was accepted. */
async function sentByHistory(
  messageId: string,
  { instanceId, env, predecessors }: ActionContext,
): Promise<string | undefined> {
  const senders = [instanceId, ...predecessors];
  // The log first: a message leaves it when the journal has it.
  const recipient = await exchangeOf(env).recipientOf(messageId, senders);
  if (recipient !== null) return recipient;
  const message = await journalOf(env).message(messageId);
  if (message === null || !isInstanceId(message.to)) return undefined;
  return senders.includes(message.from) ? message.to : undefined;
}

async function ping(frame: FrameOf<"ping">, { env }: ActionContext): Promise<Reply> {
  const answer = await pingAddress(frame.to, directoryOf(env));
  return answer.ok ? success({ ...answer.value }) : answer;
}

async function listInstances(_frame: FrameOf<"list_instances">, { env }: ActionContext): Promise<Reply> {
  return success({ instances: await directoryOf(env).list() });
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
  const { messageId, timestamp, content, type } = message;
  await directoryOf(env).tell({ event: "broadcast:sent", timestamp, from: instanceId, content, type, messageId });
  return success({ delivered: reached.size, messageId });
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

async function listTopics(_frame: FrameOf<"list_topics">, { env }: ActionContext): Promise<Reply> {
  return success({ topics: await directoryOf(env).listTopics() });
}

const HANDLERS: Handlers = {
  get_messages: getMessages,
  status,
  ping,
  list_instances: listInstances,
  broadcast,
  set_role: setRole,
  subscribe_topic: subscribeTopic,
  unsubscribe_topic: unsubscribeTopic,
  list_topics: listTopics,
};
