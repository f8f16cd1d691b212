/** A call of a tool between MCP's words and ours. The shapes are the SDK's, which this folder does not know. */
import "../issue-words.ts";
import type { Tool, ToolAnswer } from "./tool.ts";
import type { ToolSession } from "./tool-session.ts";

/** What the SDK says of a call beside its arguments. */
interface CallExtra {
  signal: AbortSignal;
  _meta?: { progressToken?: string | number | undefined } | undefined;
  sendNotification(notification: {
    method: "notifications/progress";
    params: { progressToken: string | number; progress: number; message: string };
  }): Promise<void>;
}

/** Runs a tool with arguments that were checked against its schema. */
export async function callTool<S extends ToolSession>(
  tool: Tool<S>,
  args: Record<string, unknown>,
  extra: CallExtra,
  { session, maxWaitSeconds }: { session: S; maxWaitSeconds: number },
) {
  const progressToken = extra._meta?.progressToken;
  const progress = (elapsed: number, message: string) => {
    if (progressToken === undefined) return;
    const params = { progressToken, progress: elapsed, message };
    void extra.sendNotification({ method: "notifications/progress", params });
  };
  return render(await tool.run(args, { session, signal: extra.signal, maxWaitSeconds, progress }));
}

/** Text only: with structured content the model would be shown that instead. */
function render(answer: ToolAnswer) {
  const texts = answer.ok
    ? [JSON.stringify(answer.value), ...(answer.note === undefined ? [] : [answer.note])]
    : [answer.error];
  const content = texts.map((text) => ({ type: "text" as const, text }));
  return { content, ...(answer.ok ? {} : { isError: true }) };
}

/** How a tool is listed beside its schema. */
export function listingOf({ description, schema, annotations, isAlwaysLoaded }: Omit<Tool, "run">) {
  const meta = isAlwaysLoaded ? { _meta: { "anthropic/alwaysLoad": true } } : {};
  return { description, inputSchema: schema, annotations, ...meta };
}
