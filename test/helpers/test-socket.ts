import { once } from "node:events";
import WebSocket from "ws";
import { Conditions } from "./until.ts";

export type Json = Record<string, unknown>;

/** Where a hub is, and what lets one in. */
export interface HubAddress {
  url: string;
  key: string;
}

export interface SocketOptions {
  /** Query parameters of `/ws/plugin`. */
  query: Record<string, string>;
  subprotocols?: string[];
  headers?: Record<string, string>;
}

/** One bare WebSocket to a hub, with everything that came by it. */
export class TestSocket {
  readonly ws: WebSocket;
  /** Text messages as they came. */
  readonly texts: string[] = [];
  /** Frames as they came, those of arrays one by one. */
  readonly frames: Json[] = [];
  /** Set when the hub or the network ended it. */
  closeCode: number | undefined;
  readonly #conditions = new Conditions();

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on("message", (data) => {
      const text = String(data);
      this.texts.push(text);
      if (text !== "pong") this.frames.push(...([JSON.parse(text)].flat() as Json[]));
      this.#conditions.changed();
    });
    ws.on("close", (code) => {
      this.closeCode = code;
      this.#conditions.changed();
    });
    ws.on("error", () => undefined);
  }

  /** Resolves when the handshake is done; rejects with the status that refused it. */
  static async open(hub: HubAddress, { query, subprotocols = [], headers = {} }: SocketOptions): Promise<TestSocket> {
    const url = `${hub.url.replace("http", "ws")}/ws/plugin?${new URLSearchParams(query)}`;
    const socket = new TestSocket(new WebSocket(url, subprotocols, { headers }));
    await once(socket.ws, "open");
    return socket;
  }

  /** A v1 client: the key in the query, no subprotocol. */
  static openV1(hub: HubAddress, instanceId: string): Promise<TestSocket> {
    return TestSocket.open(hub, { query: { instanceId, key: hub.key } });
  }

  /** A v2 client as a browser connects: key and generation in subprotocols. */
  static openV2(hub: HubAddress, instanceId: string, identity = secretOf(instanceId)): Promise<TestSocket> {
    const bearer = `bearer.${Buffer.from(hub.key).toString("base64url")}`;
    return TestSocket.open(hub, { query: { instanceId, identity }, subprotocols: ["cc2cc.v2", bearer] });
  }

  send(frame: unknown): void {
    this.ws.send(JSON.stringify(frame));
  }

  /** Sends a frame and resolves with the reply that carries its request id. */
  async ask(frame: Json): Promise<Json> {
    const requestId = `ask-${this.frames.length}-${Math.random()}`;
    this.send({ ...frame, requestId });
    return this.untilFrame((reply) => reply.requestId === requestId, `reply to ${JSON.stringify(frame).slice(0, 80)}`);
  }

  async untilFrame(isIt: (frame: Json) => boolean, what: string): Promise<Json> {
    await this.until(() => this.frames.some(isIt), what);
    return this.frames.find(isIt) as Json;
  }

  until(isTrue: () => boolean, what: string): Promise<void> {
    const describe = () =>
      `${what}; closed: ${this.closeCode}; last: ${this.texts.slice(-3).join(" | ").slice(0, 500)}`;
    return this.#conditions.until(isTrue, describe);
  }

  async untilClosed(): Promise<number> {
    await this.until(() => this.closeCode !== undefined, "close");
    return this.closeCode as number;
  }

  close(): Promise<number> {
    this.ws.close();
    return this.untilClosed();
  }
}

/** The same secret for the same id, so that every client of a test holds what an earlier one bound (C8). */
export function secretOf(instanceId: string): string {
  return Buffer.from(instanceId.padEnd(22, ".")).toString("base64url");
}
