/** A scripted model for any coding agent. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Asked, type Part, ScriptedModel } from "../helpers/scripted-model.ts";
import { type AnswerPart, APIS, endWithJson } from "./model-apis.ts";
import { ModelRequest } from "./model-request.ts";

export class FakeModel extends ScriptedModel<ModelRequest> {
  #calls = 0;
  readonly #found = new Set<string>();

  static async start(): Promise<FakeModel> {
    const model = new FakeModel();
    await model.listen();
    return model;
  }

  protected read({ method, url = "" }: IncomingMessage, text: string, response: ServerResponse) {
    const path = url.split("?")[0] ?? "";
    const api = method === "POST" ? APIS.find((known) => known.path.test(path)) : undefined;
    if (api === undefined) {
      if (/:countTokens$/.test(path)) endWithJson(response, { totalTokens: 10 });
      else endWithJson(response, {}, 404);
      return undefined;
    }
    const body = JSON.parse(text);
    const request = new ModelRequest(api.read(body));
    return {
      request,
      hasTools: request.tools.length > 0,
      write: (parts) =>
        api.write(
          response,
          body,
          parts.map((part) => this.#resolve(request, part)),
        ),
    } satisfies Asked<ModelRequest>;
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
