/** The APIs by which coding agents speak to a model: what a request says, and how an answer is written. */
import type { ServerResponse } from "node:http";
import type { Conversation, Item, ToolName } from "./model-request.ts";

/** What the model answers: a text, or a call. */
export type AnswerPart = { text: string } | { call: ToolName; id: string; input: Record<string, unknown> };

export interface ModelApi {
  /** Of the path that is posted to. */
  path: RegExp;
  read(body: Json): Conversation;
  write(response: ServerResponse, body: Json, parts: readonly AnswerPart[]): void;
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of other programs' APIs, of which little is read
export type Json = Record<string, any>;

let answers = 0;

export const RESPONSES: ModelApi = {
  path: /\/responses$/,
  read: (body) => ({
    items: [body.input].flat().map(itemOfResponses),
    tools: (body.tools ?? []).flatMap((tool: Json) =>
      tool.type === "namespace"
        ? tool.tools.map(({ name }: Json) => ({ name, namespace: tool.name }))
        : [{ name: tool.name ?? tool.type }],
    ),
  }),
  write(response, body, parts) {
    const id = ++answers;
    const output = parts.map((part, index) =>
      "text" in part
        ? {
            type: "message",
            id: `msg_${id}_${index}`,
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: part.text, annotations: [] }],
          }
        : {
            type: "function_call",
            id: `fc_${id}_${index}`,
            call_id: part.id,
            ...part.call,
            arguments: JSON.stringify(part.input),
            status: "completed",
          },
    );
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
    const whole = { id: `resp_${id}`, object: "response", created_at: 1, model: body.model, output, usage };
    const event = streamTo(response);
    event({ type: "response.created", response: { ...whole, status: "in_progress", output: [], usage: null } });
    for (const [index, item] of output.entries()) {
      event({ type: "response.output_item.added", output_index: index, item });
      event({ type: "response.output_item.done", output_index: index, item });
    }
    event({ type: "response.completed", response: { ...whole, status: "completed" } });
    response.end();
  },
};

function itemOfResponses(item: Json): Item {
  if (typeof item === "string") return { role: "user", text: item };
  if (/_call$/.test(item.type ?? "")) return { role: "call", text: item.arguments ?? "" };
  const isOutput = /_output$/.test(item.type ?? "");
  return { role: isOutput ? "tool" : (item.role ?? item.type), text: textOf(item.content ?? item.output) };
}

export const CHAT: ModelApi = {
  path: /\/chat\/completions$/,
  read: (body) => ({
    items: body.messages.map(({ role, content, tool_calls }: Json) => ({
      role,
      text: `${textOf(content)}${tool_calls === undefined ? "" : JSON.stringify(tool_calls)}`,
    })),
    tools: (body.tools ?? []).map((tool: Json) => ({ name: tool.function?.name })),
  }),
  write(response, body, parts) {
    const base = { id: `chatcmpl-${++answers}`, created: 1, model: body.model };
    const content = parts.flatMap((part) => ("text" in part ? [part.text] : [])).join("\n");
    const calls = parts.flatMap((part, index) =>
      "call" in part
        ? [
            {
              index,
              id: part.id,
              type: "function",
              function: { name: part.call.name, arguments: JSON.stringify(part.input) },
            },
          ]
        : [],
    );
    const finish = calls.length > 0 ? "tool_calls" : "stop";
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const tool_calls = calls.length > 0 ? { tool_calls: calls } : {};
    if (body.stream !== true) {
      const message = { role: "assistant", content: content || null, ...tool_calls };
      endWithJson(response, {
        ...base,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: finish }],
        usage,
      });
      return;
    }
    const event = streamTo(response);
    const chunk = (delta: Json, finish_reason: string | null = null, more: Json = {}) =>
      event({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }], ...more });
    chunk({ role: "assistant", content });
    if (calls.length > 0) chunk(tool_calls);
    chunk({}, finish, { usage });
    response.end("data: [DONE]\n\n");
  },
};

export const GEMINI: ModelApi = {
  path: /:(streamGenerateContent|generateContent)$/,
  read: (body) => ({
    items: (body.contents ?? []).map(({ role, parts }: Json) => ({
      role: parts?.some((part: Json) => part.functionResponse !== undefined) ? "tool" : role,
      text: textOf(parts),
    })),
    tools: (body.tools ?? []).flatMap((tool: Json) =>
      (tool.functionDeclarations ?? []).map(({ name }: Json) => ({ name })),
    ),
  }),
  write(response, _body, parts) {
    const written = parts.map((part) =>
      "text" in part ? part : { functionCall: { id: part.id, name: part.call.name, args: part.input } },
    );
    const answer = {
      candidates: [{ content: { role: "model", parts: written }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      modelVersion: "fake",
      responseId: `fake-${++answers}`,
    };
    if (response.req.url?.includes("stream")) {
      streamTo(response)(answer);
      response.end();
    } else endWithJson(response, answer);
  },
};

export const APIS: readonly ModelApi[] = [RESPONSES, CHAT, GEMINI];

/** All text in what may be a string, parts, or something nested in them. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(textOf).join("\n");
  if (typeof content !== "object" || content === null) return "";
  const { text } = content as Json;
  return typeof text === "string" ? text : JSON.stringify(content);
}

function streamTo(response: ServerResponse): (data: Json) => void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  return (data) => {
    const event = typeof data.type === "string" ? `event: ${data.type}\n` : "";
    response.write(`${event}data: ${JSON.stringify(data)}\n\n`);
  };
}

export function endWithJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
