/** Anthropic's Messages API on loopback, with a script in place of a model: what it was sent is what the tests judge. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { Conditions } from "../helpers/until.ts";
import { ModelRequest, type RequestBody } from "./model-request.ts";

/** What the model does: says something, or calls a tool by the last part of its name. */
export type Part = string | { tool: string; input?: Record<string, unknown> };
/** Answers a request; undefined leaves it to the rule before. A promise keeps the session busy until it resolves. */
export type Rule = (request: ModelRequest) => Part[] | undefined | Promise<Part[] | undefined>;

const PATIENCE_MS = 30_000;
export const PLUGIN_TOOLS = "mcp__plugin_cc2cc_cc2cc__";

export class FakeModel {
  /** Requests of the main loop, in their order: those that carry tools. */
  readonly requests: ModelRequest[] = [];
  readonly #rules: Rule[] = [];
  readonly #conditions = new Conditions();
  /** Requests that have no answer yet. */
  #open = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<FakeModel> {
    const model = new FakeModel();
    await new Promise<void>((resolve) => model.#server.listen(0, "127.0.0.1", resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The newest rule is asked first. */
  rule(rule: Rule): void {
    this.#rules.unshift(rule);
  }

  /** Answers the next request whose new part matches, and no other. Returns that request when it has come. */
  once(pattern: RegExp | string, answer: Part[] | ((request: ModelRequest) => Part[] | Promise<Part[]>)) {
    let isUsed = false;
    const arrived = Promise.withResolvers<ModelRequest>();
    this.rule((request) => {
      if (isUsed || !request.hasNew(pattern)) return undefined;
      isUsed = true;
      arrived.resolve(request);
      return typeof answer === "function" ? answer(request) : answer;
    });
    return arrived.promise;
  }

  /** Resolves with the first request, past or to come, that is as wanted. */
  async until(isWanted: (request: ModelRequest) => boolean, what: string, patienceMs = PATIENCE_MS) {
    const find = () => this.requests.find(isWanted);
    const describe = () =>
      `${what}; of ${this.requests.length} requests the last is new in: ${this.requests.at(-1)?.newText.slice(-2_000)}`;
    await this.#conditions.until(() => find() !== undefined, describe, patienceMs);
    return find() as ModelRequest;
  }

  /** Resolves when no request waits for an answer. */
  untilQuiet(patienceMs = PATIENCE_MS): Promise<void> {
    return this.#conditions.until(
      () => this.#open === 0,
      () => `${this.#open} requests to be answered`,
      patienceMs,
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    if (request.method !== "POST" || !/\/v1\/messages(\?|$)/.test(request.url ?? "")) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{"type":"error","error":{"type":"not_found_error","message":"not played here"}}');
      return;
    }
    const asked = new ModelRequest(JSON.parse(body) as RequestBody);
    this.#open++;
    const parts = await Promise.race([this.#answer(asked), once(response, "close").then(() => [])]);
    writeAnswer(response, asked, parts);
    this.#open--;
    this.#conditions.changed();
  }

  async #answer(request: ModelRequest): Promise<Part[]> {
    // A title, a summary: nothing of the conversation.
    if (request.body.tools === undefined || request.body.tools.length === 0) return ['{"title":"a session"}'];
    this.requests.push(request);
    this.#conditions.changed();
    for (const rule of [...this.#rules]) {
      const parts = await rule(request);
      if (parts !== undefined) return parts;
    }
    return ["ok"];
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
