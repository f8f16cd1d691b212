import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import type { HubEventName, HubEventOf, StreamEvent } from "../../shared/events.ts";
import type { HubAddress } from "./test-socket.ts";
import { Conditions } from "./until.ts";

const RETRY_MS = 20;

export interface StreamOptions {
  version?: 1 | 2;
  /** The last event it knows; begins with what happens next when there is none. */
  since?: number;
}

/** A consumer of `/ws/dashboard` that comes back with its last cursor whenever the link breaks. */
export class StreamClient {
  /** Everything it was told, greetings included. */
  readonly events: StreamEvent[] = [];
  readonly texts: string[] = [];
  /** Why a connection failed first, if one did. */
  refusal: string | undefined;
  readonly #hub: HubAddress;
  readonly #version: 1 | 2;
  readonly #conditions = new Conditions();
  #cursor: number | undefined;
  #ws: WebSocket | undefined;
  #isWanted = false;

  constructor(hub: HubAddress, { version = 2, since }: StreamOptions = {}) {
    this.#hub = hub;
    this.#version = version;
    this.#cursor = since;
  }

  /** A consumer whose stream has begun. */
  static async connect(hub: HubAddress, options?: StreamOptions): Promise<StreamClient> {
    const client = new StreamClient(hub, options);
    await client.goOnline();
    return client;
  }

  /** Connects, and stays connected until told otherwise. */
  async goOnline(): Promise<void> {
    this.#isWanted = true;
    this.#connect();
    await this.until(() => this.#ws?.readyState === WebSocket.OPEN, "stream");
    if (this.#version === 2) await this.until(() => this.events.length > 0, "hello");
  }

  async goOffline(): Promise<void> {
    this.#isWanted = false;
    this.#ws?.close();
    await this.until(() => this.#ws === undefined, "close");
  }

  /** Tears the link as a network does; comes back by itself. */
  dropLink(): void {
    this.#ws?.terminate();
  }

  /** The cursors of the events it was told, in their order. */
  get cursors(): number[] {
    return this.events.flatMap((event) => (event.event === "hub:hello" ? [] : [event.cursor]));
  }

  of<N extends HubEventName>(name: N): HubEventOf<N>[] {
    return this.events.filter((event): event is HubEventOf<N> & { cursor: number } => event.event === name);
  }

  until(isTrue: () => boolean, what: string): Promise<void> {
    return this.#conditions.until(isTrue, () => `${what}; the stream told ${this.events.length} events`);
  }

  #connect(): void {
    const since = this.#cursor === undefined ? "" : `&since=${this.#cursor}`;
    const url = `${this.#hub.url.replace("http", "ws")}/ws/dashboard?v=${this.#version}${since}`;
    const ws = new WebSocket(url, { headers: { authorization: `Bearer ${this.#hub.key}` } });
    this.#ws = ws;
    ws.on("open", () => this.#conditions.changed());
    ws.on("message", (data) => {
      // A torn link may still have messages in the kernel; they come again.
      if (this.#ws === ws) this.#read(String(data));
    });
    ws.on("error", (error) => {
      this.refusal ??= error.message;
    });
    ws.on("close", () => void this.#afterClose(ws));
  }

  async #afterClose(ws: WebSocket): Promise<void> {
    if (this.#ws !== ws) return;
    this.#ws = undefined;
    this.#conditions.changed();
    await sleep(RETRY_MS);
    if (this.#isWanted && this.#ws === undefined) this.#connect();
  }

  #read(text: string): void {
    this.texts.push(text);
    for (const event of [JSON.parse(text)].flat() as StreamEvent[]) {
      this.events.push(event);
      if (event.event !== "hub:hello" || this.#cursor === undefined) this.#cursor = event.cursor;
    }
    this.#conditions.changed();
  }
}
