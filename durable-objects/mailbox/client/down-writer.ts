/** Writes to a client what the exchange said on its link, in the order of `DownHead`. */
import type { Pause } from "../../../shared/pauses.ts";
import type { DownHead } from "../../link.ts";
import { receiptsJson } from "../../receipt.ts";
import { deliverFrame } from "../frames/hub-frames.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Window } from "./window.ts";

export class DownWriter {
  readonly #client: ClientSocket;
  readonly #window: Window;
  /** What the client was told last of a pause. */
  #paused: Pause | null = null;

  constructor(client: ClientSocket, window: Window) {
    this.#client = client;
    this.#window = window;
  }

  write(
    { receipts = [], decisions = [], topics, paused, rows = [], live = 0 }: DownHead,
    bodies: readonly string[],
  ): void {
    const client = this.#client;
    if (client.version === 2) {
      for (const group of receipts) for (const json of receiptsJson(group)) client.sendJson(json);
      for (const frame of decisions) client.send(frame);
    }
    if (topics !== undefined) client.send({ action: "subscriptions:sync", topics });
    if (paused !== undefined) this.tellPaused(paused);
    this.#window.note(rows, bodies);
    if (rows.length > 0) this.#deliver(bodies.slice(0, rows.length));
    if (live > 0 && !client.isBehind) this.#deliver(bodies.slice(rows.length));
  }

  /** H3: the client hears of it once, also where that changed while the link was down. */
  tellPaused(paused: Pause | null): void {
    const told = this.#paused;
    this.#paused = paused;
    if (this.#client.version === 1 || JSON.stringify(paused) === JSON.stringify(told)) return;
    this.#client.send(paused === null ? { action: "resumed" } : { action: "paused", ...paused });
  }

  /** The welcome has told it. */
  notePaused(paused: Pause | null): void {
    this.#paused = paused;
  }

  #deliver(bodies: readonly string[]): void {
    if (this.#client.version === 2) this.#client.sendJson(deliverFrame(bodies));
    else for (const body of bodies) this.#client.sendJson(body);
  }
}
