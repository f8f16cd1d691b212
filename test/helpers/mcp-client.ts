/** A client of `/mcp`: the SDK's, as programs use it, and bare requests, as a sloppy one makes them. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { onTestFinished } from "vitest";
import type { HubAddress, Json } from "./test-socket.ts";

export interface Who {
  /** `X-Cc2cc-Instance`. */
  instance?: string;
  /** `X-Cc2cc-Session`. */
  session?: string;
  /** Further headers. */
  headers?: Record<string, string>;
}

function headersOf({ key }: Pick<HubAddress, "key">, { instance, session, headers }: Who): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    ...(instance === undefined ? {} : { "x-cc2cc-instance": instance }),
    ...(session === undefined ? {} : { "x-cc2cc-session": session }),
    ...headers,
  };
}

/** What a tool returned: its value, or its error as it is said. */
export function resultOf<T>(result: { [name: string]: unknown }): T {
  const [{ text }] = result.content as [{ text: string }];
  if (result.isError === true) throw new Error(text);
  return JSON.parse(text) as T;
}

export class McpClient {
  readonly client = new Client({ name: "test", version: "1" });
  readonly transport: StreamableHTTPClientTransport;

  private constructor(hub: HubAddress, who: Who) {
    const requestInit = { headers: headersOf(hub, who) };
    this.transport = new StreamableHTTPClientTransport(new URL(`${hub.url}/mcp`), { requestInit });
  }

  static async connect(hub: HubAddress, who: Who): Promise<McpClient> {
    const mcp = new McpClient(hub, who);
    await mcp.client.connect(mcp.transport);
    onTestFinished(() => mcp.client.close());
    return mcp;
  }

  async ask<T = Json>(name: string, args: Json = {}, options?: Parameters<Client["callTool"]>[2]): Promise<T> {
    return resultOf(await this.client.callTool({ name, arguments: args }, undefined, options));
  }
}

let lastId = 0;

/** One bare request. `params` of `tools/call` are those of `callParams`. */
export function post(
  hub: HubAddress,
  who: Who,
  method: string,
  params: Json = {},
  more: { id?: number | undefined; signal?: AbortSignal } = {},
): Promise<Response> {
  const { id = ++lastId, signal = null } = more;
  const isNotification = method.startsWith("notifications/");
  return fetch(`${hub.url}/mcp`, {
    method: "POST",
    signal,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headersOf(hub, who),
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...(isNotification ? {} : { id }), method, params }),
  });
}

/** A bare call of a tool, to its end. */
export async function call<T = Json>(hub: HubAddress, who: Who, name: string, args: Json = {}): Promise<T> {
  const response = await post(hub, who, "tools/call", { name, arguments: args });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  const [, json = "{}"] = /^data: (.*"jsonrpc":"2\.0".*)$/m.exec(text) ?? [];
  return resultOf((JSON.parse(json) as { result: { content: unknown; isError?: boolean } }).result);
}
