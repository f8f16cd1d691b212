/** A model for any coding agent, on loopback, that does what the test says: what it was sent is what tests judge. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { Conditions } from "../helpers/until.ts";
import { type AnswerPart, APIS, endWithJson } from "./model-apis.ts";
import { ModelRequest } from "./model-request.ts";

/** What the model does: says something, or calls a tool by the last part of its name. */
export type Part = string | { tool: string; input?: Record<string, unknown> };
/** Answers a request; undefined leaves it to the rule before. A promise keeps the session busy until it resolves. */
export type Rule = (request: ModelRequest) => Part[] | undefined | Promise<Part[] | undefined>;

const PATIENCE_MS = 30_000;

export class FakeModel {
  /** Requests that carry tools, in their order: those of a session's main loop. */
  readonly requests: ModelRequest[] = [];
  readonly #rules: Rule[] = [];
  readonly #conditions = new Conditions();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #calls = 0;
  readonly #found = new Set<string>();

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

  /** Answers the next request whose new part matches, and no other. Resolves with that request when it has come. */
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

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const path = (request.url ?? "").split("?")[0] ?? "";
    const api = request.method === "POST" ? APIS.find((known) => known.path.test(path)) : undefined;
    if (api === undefined) {
      if (/:countTokens$/.test(path)) endWithJson(response, { totalTokens: 10 });
      else endWithJson(response, {}, 404);
      return;
    }
    const body = JSON.parse(text);
    const asked = new ModelRequest(api.read(body));
    const parts = await Promise.race([this.#answer(asked), once(response, "close").then(() => [])]);
    if (!response.destroyed) api.write(response, body, parts);
    this.#conditions.changed();
  }

  async #answer(request: ModelRequest): Promise<AnswerPart[]> {
    // A title, a summary: nothing of the conversation.
    if (request.tools.length === 0) return [{ text: '{"title":"a session"}' }];
    this.requests.push(request);
    this.#conditions.changed();
    for (const rule of [...this.#rules]) {
      const parts = await rule(request);
      if (parts !== undefined) return parts.map((part) => this.#resolve(request, part));
    }
    return [{ text: "ok" }];
  }

  /** Qwen Code has tools of servers looked for first, and called by a tool of its own then. */
  #search(request: ModelRequest, { tool, input = {} }: Exclude<Part, string>): AnswerPart {
    const [search, call] = [request.findTool("tool_search"), request.findTool("tool_call")];
    if (search === undefined || call === undefined) return { text: `There is no tool ${tool} in this request.` };
    const name = `mcp__cc2cc__${tool}`;
    const id = `call_${++this.#calls}`;
    if (this.#found.has(name)) return { call, id, input: { name, arguments: input } };
    this.#found.add(name);
    this.once(/./, [{ tool, input }]);
    return { call: search, id, input: { query: `select:${name}` } };
  }

  #resolve(request: ModelRequest, part: Part): AnswerPart {
    if (typeof part === "string") return { text: part };
    const call = request.findTool(part.tool);
    if (call === undefined) return this.#search(request, part);
    return { call, id: `call_${++this.#calls}`, input: part.input ?? {} };
  }
}
