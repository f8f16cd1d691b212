/**
 * Keeps an object in memory while it has something to remember. workerd drops an object to which no request is open after
 * some two minutes (seen: 137 s), whatever sockets it has opened itself; a socket from itself to itself is such a request.
 */
import { CloseCode } from "../../shared/errors.ts";
import { answerClose } from "../answer-close.ts";
import { errorText, log } from "../log.ts";
import { enterMemory, leaveMemory } from "./room.ts";

type State =
  | { is: "free" }
  | { is: "held" }
  /** For some time more. */
  | { is: "leaving"; timer: ReturnType<typeof setTimeout> };

export class Stay {
  readonly #openSelf: () => Promise<Response>;
  #state: State = { is: "free" };
  #socket: WebSocket | null = null;

  /** `openSelf` asks the object for `accept`. */
  constructor(openSelf: () => Promise<Response>) {
    this.#openSelf = openSelf;
  }

  /** The object's end of the socket. */
  accept(): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.addEventListener("close", ({ code }) => answerClose(ours, code));
    ours.accept();
    return new Response(null, { status: 101, webSocket: theirs });
  }

  hold(): void {
    const before = this.#leave();
    this.#state = { is: "held" };
    if (before === "free")
      void this.#open().catch((error) => log("warn", "an object may go", { error: errorText(error) }));
  }

  /** Lets go at once, or after some time, if there is room to remember anything for that long. */
  release(afterMs: number): void {
    if (this.#leave() === "free") return;
    if (afterMs > 0 && enterMemory()) {
      this.#state = { is: "leaving", timer: setTimeout(() => this.release(0), afterMs) };
      return;
    }
    this.#state = { is: "free" };
    this.#close();
  }

  /** Ends the time that is left, if it is leaving; returns what it was. */
  #leave(): State["is"] {
    const { is } = this.#state;
    if (this.#state.is === "leaving") {
      clearTimeout(this.#state.timer);
      leaveMemory();
    }
    return is;
  }

  async #open(): Promise<void> {
    const { webSocket } = await this.#openSelf();
    webSocket?.accept();
    this.#close();
    this.#socket = webSocket;
    // Let go while it was being opened.
    if (this.#state.is === "free") this.#close();
  }

  #close(): void {
    this.#socket?.close(CloseCode.normal, "nothing to remember");
    this.#socket = null;
  }
}
