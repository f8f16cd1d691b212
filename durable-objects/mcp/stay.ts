/**
 * Keeps an object in memory while it has something to remember. workerd drops an object to which no request is open after
 * some two minutes (seen: 137 s), whatever sockets it has opened itself; a socket from itself to itself is such a request.
 */
import { CloseCode } from "../../shared/errors.ts";
import { answerClose } from "../answer-close.ts";

export class Stay {
  readonly #openSelf: () => Promise<Response>;
  #isWanted = false;
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

  async hold(): Promise<void> {
    if (this.#isWanted) return;
    this.#isWanted = true;
    const { webSocket } = await this.#openSelf();
    webSocket?.accept();
    this.#socket = webSocket;
    // Given up while it was being opened.
    if (!this.#isWanted) this.release();
  }

  release(): void {
    this.#isWanted = false;
    this.#socket?.close(CloseCode.normal, "nothing to remember");
    this.#socket = null;
  }
}
