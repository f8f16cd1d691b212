/**
 * Hooks that the host runs as calls of a tool of ours, in the very process that they are for: no program is started, and
 * nobody has to find the server of a session. The tool is not listed, so no model sees it; Codex 0.171.0 calls it all the
 * same where its hooks name it.
 */
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { HookInput } from "./hook-events.ts";

/** As the hooks that `cc2cc join` writes name it. */
const TOOL = "host_event";

const Call = z.object({
  id: z.union([z.string(), z.number()]),
  method: z.literal("tools/call"),
  params: z.object({ name: z.literal(TOOL), arguments: z.record(z.string(), z.unknown()) }),
});

/** What answers a hook: its JSON, and what to do once that is written. */
export interface ToolHookAnswer {
  output: object | null;
  onWritten(): void;
}

type Answer = (input: HookInput) => Promise<ToolHookAnswer | undefined>;

/**
 * From now on a connected transport answers hooks by itself. Everything else goes where it went; a call in which the part
 * of us inside the host has named its session brings that in its `_meta`.
 */
export function answerHostCalls(transport: Transport, answer: Answer): void {
  const pass = transport.onmessage;
  transport.onmessage = (message: JSONRPCMessage, extra) => {
    const { success, data: call } = Call.safeParse(message);
    if (success) void respond(transport, call, answer);
    else pass?.(withSessionInMeta(message), extra);
  };
}

/** The argument that our plugin for OpenCode adds to each call, and the name in `_meta` that a tool finds it by. */
const SESSION_ARGUMENT = "cc2cc_session";
export const SESSION_META = "cc2cc/session";

const SessionCall = z.object({
  method: z.literal("tools/call"),
  params: z.object({
    _meta: z.record(z.string(), z.unknown()).optional(),
    arguments: z.looseObject({ [SESSION_ARGUMENT]: z.string() }),
  }),
});

function withSessionInMeta(message: JSONRPCMessage): JSONRPCMessage {
  const { success, data } = SessionCall.safeParse(message);
  if (!success) return message;
  const { [SESSION_ARGUMENT]: session, ...others } = data.params.arguments;
  const { params } = message as { params: object };
  const _meta = { ...data.params._meta, [SESSION_META]: session };
  return { ...message, params: { ...params, _meta, arguments: others } } as JSONRPCMessage;
}

/** Whatever fails, the session goes on: an empty answer is none. */
async function respond(transport: Transport, { id, params }: z.infer<typeof Call>, answer: Answer): Promise<void> {
  const given = HookInput.safeParse(readArguments(params.arguments));
  const { output, onWritten } = (given.success ? await answer(given.data) : undefined) ?? NOTHING;
  const text = output === null ? "" : JSON.stringify(output);
  await transport.send({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } });
  onWritten();
}

const NOTHING: ToolHookAnswer = { output: null, onWritten: () => undefined };

/** A hook names fields of its event by placeholders; an object comes as JSON, and what is empty was not there. */
function readArguments(given: Record<string, unknown>): Record<string, unknown> {
  const fields = Object.entries(given).filter(([, value]) => value !== "" && value !== null);
  return Object.fromEntries(fields.map(([name, value]) => [name, name === "tool_input" ? readObject(value) : value]));
}

function readObject(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return {};
  }
}
