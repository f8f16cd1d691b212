/** Tools about this session itself. */
import { z } from "zod";
import type { Session } from "../session.ts";
import { declareTool } from "./tool.ts";

export const hubStatus = declareTool({
  name: "hub_status",
  description:
    "Connected? As whom? How do messages reach you, and what is missing? Call it when something does not work.",
  schema: z.object({}),
  annotations: { readOnlyHint: true },
  run: async (_, { session }) => ({ ok: true, value: describe(session) }),
});

/** Called by a hook of the plugin, on exactly the server of the session that changed. */
export const sessionChanged = declareTool({
  name: "session_changed",
  description: "Internal: called by Claude Code after /clear or /resume. Do not call.",
  schema: z.object({ session_id: z.string().min(1) }),
  annotations: { idempotentHint: true },
  async run({ session_id: sessionId }, { session }) {
    session.change(sessionId);
    // A hook's text would become part of the context: it gets an empty decision.
    return { ok: true, value: {} };
  },
});

function describe(session: Session) {
  const { client, delivery, settings } = session;
  const { welcome, trouble } = client;
  return {
    connected: client.isReady,
    instanceId: session.instanceId,
    hub: settings.hubUrl?.origin,
    hubVersion: welcome?.hub.version,
    delivery: delivery.path,
    deliveryMode: settings.delivery,
    channel: delivery.isChannelProven ? "proven" : session.channelFlag,
    failed: delivery.failedPaths.length > 0 ? delivery.failedPaths : undefined,
    waiting: delivery.inbox.waiting().length,
    unproven: delivery.inbox.unproven().length,
    missing: trouble,
    hint: hintFor(delivery.path),
  };
}

function hintFor(path: Session["delivery"]["path"]): string | undefined {
  if (path === "hooks")
    return "Messages appear with your next prompt, tool call or stop. For push while idle, start claude with --dangerously-load-development-channels plugin:cc2cc@cc2cc-local.";
  return path === "pull" ? "Messages come only when you call get_messages." : undefined;
}
