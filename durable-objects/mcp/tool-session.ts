/** An instance as the tools of one of its calls ask for it (`shared/tools/tool-session.ts`). */
import { uuidv7 } from "uuidv7";
import { MCP_WAIT_SECONDS, MCP_WAIT_WITH_PROGRESS_SECONDS } from "../../shared/limits.ts";
import type { PullSession } from "../../shared/tools/tool-session.ts";
import type { Env } from "../env.ts";
import type { Call } from "./call.ts";
import { historyOf } from "./history.ts";
import type { Member } from "./member.ts";

export function toolSessionOf(member: Member, call: Call, env: Env): PullSession {
  const { sent, waiters, mail, receipts, facts } = member;
  return {
    instanceId: facts.instanceId,
    inbox: mail.inboxOf(call),
    history: historyOf(env),
    sent,
    waiters,
    parts: mail.partsOf(call),
    noReplyNote: "No reply yet. Wait again; or get_messages has it when it is there.",
    ask: (frame) => member.ask(frame),
    newMessageId: uuidv7,
    receiptOf: (messageId) => receipts.get(messageId),
    // Nobody reads what the client writes down.
    markOf: () => undefined,
    // Nobody of the hub sees the repository of a client.
    fileName: async () => undefined,
    paused: () => member.paused,
    describe: () => describe(member),
  };
}

function describe({ facts, welcome, mail, refusal, paused }: Member): object {
  return {
    connected: welcome !== undefined,
    instanceId: facts.instanceId,
    hubVersion: welcome?.hub.version,
    delivery: "pull",
    paused,
    role: welcome?.role,
    waiting: mail.waitingCount,
    unconfirmed: mail.unconfirmedCount,
    openTasks: welcome?.openTasks,
    missing: refusal?.error,
    hint: `Messages come only when you call get_messages or wait_for_message. A wait ends after ${MCP_WAIT_SECONDS} s, or ${MCP_WAIT_WITH_PROGRESS_SECONDS} s where your client asks for progress.`,
  };
}
