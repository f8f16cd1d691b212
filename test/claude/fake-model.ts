/** A scripted model that speaks Anthropic's Messages API. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Asked, type Part, ScriptedModel } from "../helpers/scripted-model.ts";
import { ModelRequest, type RequestBody } from "./model-request.ts";

export const PLUGIN_TOOLS = "mcp__plugin_cc2cc_cc2cc__";

export class FakeModel extends ScriptedModel<ModelRequest> {
  static async start(): Promise<FakeModel> {
    const model = new FakeModel();
    await model.listen();
    return model;
  }

  protected read({ method, url = "" }: IncomingMessage, body: string, response: ServerResponse) {
    if (method !== "POST" || !/\/v1\/messages(\?|$)/.test(url)) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{"type":"error","error":{"type":"not_found_error","message":"not played here"}}');
      return undefined;
    }
    const request = new ModelRequest(JSON.parse(body) as RequestBody);
    return {
      request,
      hasTools: (request.body.tools ?? []).length > 0,
      write: (parts) => writeAnswer(response, request, parts),
    } satisfies Asked<ModelRequest>;
  }
}

let blocks = 0;

function contentOf(request: ModelRequest, parts: readonly Part[]) {
  return parts.map((part) => {
    if (typeof part === "string") return { type: "text", text: part };
    // A tool that is not in the request may have been found by a search for it.
    const name = request.toolName(part.tool) ?? `${PLUGIN_TOOLS}${part.tool}`;
    blocks++;
    return { type: "tool_use", id: `toolu_${String(blocks).padStart(8, "0")}`, name, input: part.input ?? {} };
  });
}

function writeAnswer(response: ServerResponse, request: ModelRequest, parts: readonly Part[]): void {
  const content = contentOf(request, parts);
  const stopReason = content.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn";
  const usage = { input_tokens: 10, output_tokens: 5 };
  const message = { id: `msg_${++blocks}`, type: "message", role: "assistant", model: request.body.model, usage };
  if (request.body.stream !== true) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...message, content, stop_reason: stopReason, stop_sequence: null }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const write = (type: string, rest: object) => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  };
  write("message_start", { message: { ...message, content: [], stop_reason: null, stop_sequence: null } });
  for (const [index, block] of content.entries()) {
    const isText = block.type === "text";
    write("content_block_start", { index, content_block: isText ? { ...block, text: "" } : { ...block, input: {} } });
    const delta = isText
      ? { type: "text_delta", text: (block as { text: string }).text }
      : { type: "input_json_delta", partial_json: JSON.stringify((block as { input: object }).input) };
    write("content_block_delta", { index, delta });
    write("content_block_stop", { index });
  }
  write("message_delta", { delta: { stop_reason: stopReason, stop_sequence: null }, usage });
  write("message_stop", {});
  response.end();
}
