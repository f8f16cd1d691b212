/** A consumer of `/ws/dashboard` that comes back with its last cursor after each crash, and objects to gaps (S1, S2). */
import { env, exports } from "cloudflare:workers";
import type { StreamEvent } from "../../shared/events.ts";

type Told = Extract<StreamEvent, { cursor: number; event: string }>;

export class Observer {
  /** Every event since the run began, each once, in the order of their cursors. */
  readonly events: Told[] = [];
  /** What section 8 forbids, in words. */
  readonly faults: string[] = [];
  #cursor: number | undefined;
  #ws: WebSocket | undefined;
  #isGreeted = false;

  /** Connects where no link stands, and resolves once the stream has begun. */
  async connect(): Promise<void> {
    if (this.#ws !== undefined) return;
    const since = this.#cursor === undefined ? "" : `&since=${this.#cursor}`;
    const response = await exports.default.fetch(`http://hub/ws/dashboard?v=2${since}`, {
      headers: { upgrade: "websocket", authorization: `Bearer ${env.CC2CC_HUB_API_KEY}` },
    });
    const ws = response.webSocket;
    if (ws === null) throw new Error(`the stream was refused: ${response.status} ${await response.text()}`);
    this.#ws = ws;
    this.#isGreeted = false;
    const ended = () => {
      if (this.#ws === ws) this.#ws = undefined;
    };
    ws.addEventListener("close", ended);
    ws.addEventListener("error", ended);
    ws.addEventListener("message", ({ data }) => this.#read(String(data)));
    ws.accept();
    while (!this.#isGreeted && this.#ws === ws) await scheduler.wait(1);
  }

  close(): void {
    this.#ws?.close(1000, "");
    this.#ws = undefined;
  }

  #read(text: string): void {
    if (text === "pong") return;
    for (const event of [JSON.parse(text)].flat() as Told[]) {
      if (event.event === "hub:hello") {
        this.#isGreeted = true;
        this.#cursor ??= event.cursor;
      } else if (event.event === "hub:gap") {
        this.faults.push(`S2: the stream left out what came before ${event.cursor}`);
        this.#cursor = event.cursor;
      } else this.#take(event);
    }
  }

  #take(event: Told): void {
    const expected = (this.#cursor as number) + 1;
    if (event.cursor !== expected) this.faults.push(`S1: event ${event.cursor} came where ${expected} was due`);
    this.#cursor = event.cursor;
    this.events.push(event);
  }
}
