/** What a tool is. Each is declared once: name, description, schema, annotations and handler stand together. */
import type { z } from "zod";
import type { Answer } from "../client/client-core.ts";
import type { ToolSession } from "./tool-session.ts";

/** What the model gets: a value as compact JSON, with a sentence beside it where that helps; or why not, and what to do. */
export type ToolAnswer = { ok: true; value: unknown; note?: string } | { ok: false; error: string };

export interface CallContext<S extends ToolSession = ToolSession> {
  session: S;
  /** Aborted when the client gives the call up. */
  signal: AbortSignal;
  /** The longest that the client waits for this call. */
  maxWaitSeconds: number;
  /** Tells a waiting client that the call is alive. */
  progress(elapsedSeconds: number, message: string): void;
}

/** `S` is what it asks of its session. */
export interface Tool<S extends ToolSession = ToolSession> {
  name: string;
  description: string;
  schema: z.ZodObject;
  annotations: { readOnlyHint?: boolean; destructiveHint?: boolean; idempotentHint?: boolean };
  /** Shown to the model from the start, not only when it searches for tools. */
  isAlwaysLoaded: boolean;
  run(args: Record<string, unknown>, context: CallContext<S>): Promise<ToolAnswer>;
}

interface Declaration<A extends z.ZodObject, S extends ToolSession> {
  name: string;
  description: string;
  schema: A;
  annotations?: Tool["annotations"];
  isAlwaysLoaded?: boolean;
  run(args: z.infer<A>, context: CallContext<S>): Promise<ToolAnswer>;
}

/** Ties the handler's arguments to the schema. */
export function declareTool<A extends z.ZodObject, S extends ToolSession = ToolSession>(
  tool: Declaration<A, S>,
): Tool<S> {
  return {
    annotations: {},
    isAlwaysLoaded: false,
    ...tool,
    // The SDK has checked the arguments against this very schema.
    run: (args, context) => tool.run(args as z.infer<A>, context),
  };
}

/** A reply of the hub as the model sees it. */
export function answerOf(answer: Answer): ToolAnswer {
  if (answer.ok) return { ok: true, value: answer.reply };
  const { error, retryAfterMs, details } = answer;
  const retry = retryAfterMs === undefined ? "" : ` Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`;
  const more = details === undefined ? "" : ` ${JSON.stringify(details)}`;
  return { ok: false, error: `${error}${retry}${more}` };
}
