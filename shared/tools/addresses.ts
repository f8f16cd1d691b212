/** Addresses as a model writes them: a session may be cut short as messages show it. */
import type { InstanceInfo } from "../message.ts";
import { shortIdOf } from "../message-facts.ts";
import type { ToolSession } from "./tool-session.ts";

const SHORT = /^[^/]+\/[0-9a-f]{8}$/;

/** Returns the whole id that a shortened one stands for; any other address, and one that several could be, as it is. */
export async function resolveAddress(session: ToolSession, to: string): Promise<string> {
  if (!SHORT.test(to)) return to;
  const senders = session.inbox.senders().filter((from) => shortIdOf(from) === to);
  if (senders.length === 1) return senders[0] as string;
  const answer = await session.ask({ action: "list_instances" });
  if (!answer.ok) return to;
  const found = (answer.reply.instances as InstanceInfo[]).filter(({ instanceId }) => shortIdOf(instanceId) === to);
  return found.length === 1 ? (found[0] as InstanceInfo).instanceId : to;
}
