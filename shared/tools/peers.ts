/** Tools about who is there. */
import { z } from "zod";
import type { InstanceInfo } from "../message.ts";
import { shortIdOf } from "../message-facts.ts";
import { resolveAddress } from "./addresses.ts";
import { answerOf, declareTool } from "./tool.ts";

/** A row is some 50 tokens; a hub of thousands would fill the context. */
const LIST_DEFAULT = 50;
const LIST_MAX = 200;

export const listInstances = declareTool({
  name: "list_instances",
  description:
    "Sessions on the hub, online ones and those with waiting mail first: {instanceId, project, role?, status, connectedAt, queueDepth}[]; self marks you. Call it before sending: ids change.",
  schema: z.object({
    find: z.string().min(1).optional().describe("part of an id, project or role"),
    limit: z.number().int().min(1).max(LIST_MAX).optional(),
    offset: z.number().int().min(0).optional(),
  }),
  annotations: { readOnlyHint: true },
  isAlwaysLoaded: true,
  async run({ find = "", limit = LIST_DEFAULT, offset = 0 }, { session }) {
    const answer = await session.ask({ action: "list_instances" });
    if (!answer.ok) return answerOf(answer);
    const found = (answer.reply.instances as InstanceInfo[]).filter(
      ({ instanceId, role }) => instanceId.includes(find) || role?.includes(find),
    );
    const page = found.sort(byInterest).slice(offset, offset + limit);
    const value = page.map(({ instanceId, project, role, status, connectedAt, queueDepth, delivery, paused }) => {
      const self = instanceId === session.instanceId ? { self: true } : {};
      // By whom and why, get_instance_info says.
      const held = paused === undefined ? {} : { paused: true };
      return { instanceId, ...self, project, role, status, connectedAt, queueDepth, delivery, ...held };
    });
    const rest = found.length - offset - page.length;
    const note = `${rest} more, mostly offline: narrow with find, or go on with offset ${offset + page.length}.`;
    return { ok: true, value, ...(rest > 0 ? { note } : {}) };
  },
});

/** Online first, then those whose mail waits, then those that were there last. */
function byInterest(a: InstanceInfo, b: InstanceInfo): number {
  const rank = ({ status, queueDepth }: InstanceInfo) => (status === "online" ? 0 : queueDepth > 0 ? 1 : 2);
  return rank(a) - rank(b) || b.lastSeenAt.localeCompare(a.lastSeenAt) || a.instanceId.localeCompare(b.instanceId);
}

export const getInstanceInfo = declareTool({
  name: "get_instance_info",
  description: "Everything about one session, topics and last time seen included. Takes an id or user@host:project.",
  schema: z.object({ id: z.string().min(1) }),
  annotations: { readOnlyHint: true },
  async run({ id }, { session }) {
    const answer = await session.ask({ action: "list_instances" });
    if (!answer.ok) return answerOf(answer);
    const all = answer.reply.instances as InstanceInfo[];
    const found = all.filter(
      ({ instanceId }) => instanceId === id || shortIdOf(instanceId) === id || instanceId.startsWith(`${id}/`),
    );
    if (found.length === 0) return { ok: false, error: `No session is called "${id}". See list_instances.` };
    return { ok: true, value: found.length === 1 ? found[0] : found };
  },
});

export const ping = declareTool({
  name: "ping",
  description: "Whether a session is online. Returns {online, instanceId}.",
  schema: z.object({ to: z.string().min(1).describe("instance id or user@host:project") }),
  annotations: { readOnlyHint: true },
  async run({ to }, { session }) {
    return answerOf(await session.ask({ action: "ping", to: await resolveAddress(session, to) }));
  },
});

export const setRole = declareTool({
  name: "set_role",
  description:
    'Say what you do in the team, such as "backend/reviewer"; peers can send to role:<name>. "" clears it. Survives /clear.',
  schema: z.object({ role: z.string() }),
  annotations: { idempotentHint: true },
  run: async ({ role }, { session }) => answerOf(await session.ask({ action: "set_role", role })),
});
