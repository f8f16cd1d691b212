/** Tools about who is there. */
import { z } from "zod";
import type { InstanceInfo } from "../../../shared/message.ts";
import { answerOf, declareTool } from "./tool.ts";

export const listInstances = declareTool({
  name: "list_instances",
  description:
    "All sessions on the hub: {instanceId, project, role?, status, connectedAt, queueDepth}[]; self marks you. Call it before sending: ids change.",
  schema: z.object({}),
  annotations: { readOnlyHint: true },
  isAlwaysLoaded: true,
  async run(_, { session }) {
    const answer = await session.client.ask({ action: "list_instances" });
    if (!answer.ok) return answerOf(answer);
    const instances = (answer.reply.instances as InstanceInfo[]).map((info) => ({
      instanceId: info.instanceId,
      ...(info.instanceId === session.instanceId ? { self: true } : {}),
      project: info.project,
      role: info.role,
      status: info.status,
      connectedAt: info.connectedAt,
      queueDepth: info.queueDepth,
    }));
    return { ok: true, value: instances };
  },
});

export const getInstanceInfo = declareTool({
  name: "get_instance_info",
  description: "Everything about one session, topics and last time seen included. Takes an id or user@host:project.",
  schema: z.object({ id: z.string().min(1) }),
  annotations: { readOnlyHint: true },
  async run({ id }, { session }) {
    const answer = await session.client.ask({ action: "list_instances" });
    if (!answer.ok) return answerOf(answer);
    const all = answer.reply.instances as InstanceInfo[];
    const found = all.filter(({ instanceId }) => instanceId === id || instanceId.startsWith(`${id}/`));
    if (found.length === 0) return { ok: false, error: `No session is called "${id}". See list_instances.` };
    return { ok: true, value: found.length === 1 ? found[0] : found };
  },
});

export const ping = declareTool({
  name: "ping",
  description: "Whether a session is online. Returns {online, instanceId}.",
  schema: z.object({ to: z.string().min(1).describe("instance id or user@host:project") }),
  annotations: { readOnlyHint: true },
  run: async ({ to }, { session }) => answerOf(await session.client.ask({ action: "ping", to })),
});

export const setRole = declareTool({
  name: "set_role",
  description:
    'Say what you do in the team, such as "backend/reviewer"; peers can send to role:<name>. "" clears it. Survives /clear.',
  schema: z.object({ role: z.string() }),
  annotations: { idempotentHint: true },
  run: async ({ role }, { session }) => answerOf(await session.client.ask({ action: "set_role", role })),
});
