/** One lasting WebSocket to the hub, in Node: comes back by itself, says why it is down, and gives up where retrying is wrong. */
import type { IncomingMessage } from "node:http";
import ReconnectingWebSocket from "partysocket/ws";
import WebSocket from "ws";
import { afterClose, isSilent, retryDelayMs, subprotocolsOf } from "../shared/client/connection-rules.ts";
import { CloseCode } from "../shared/errors.ts";
import { PING_INTERVAL_MS } from "../shared/limits.ts";

/** A connection that held this long was one: the next loss begins with the shortest delay. */
const STABLE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A hub that closes a connection keeps the TCP below it for ten seconds more; calls would wait that long for replies. */
const CLOSE_TIMEOUT_MS = 500;

export interface LinkOptions {
  /** Asked at each attempt: the id may have changed since the last one, or the place in a stream. */
  url(): string;
  apiKey: string;
  /** The first pause before a new attempt, and the longest; each is twice the one before. */
  retry?: { minMs: number; maxMs: number };
  /** What to do about a key that is refused, as a sentence without its full stop. */
  newKey: string;
  onText(text: string): void;
  onDown(reason: string): void;
  /** The id is held by another; called once per refusal. */
  onIdentityTaken?(): void;
}

/** What the hub does not take. */
export type RefusedOver = "key" | "id";

/** partysocket's word for a close without a reason. */
const UNKNOWN_REASON = "unknown reason";

/** How a refusal to connect is told from a broken network. */
interface Refusal {
  status: number;
  error: string;
  /** Only the hub says why in its own form; a proxy that restarts or a captive portal does not, and may be gone soon. */
  isFromHub: boolean;
}

export class HubLink {
  readonly #options: LinkOptions;
  readonly #socket: ReconnectingWebSocket;
  readonly #heartbeat: NodeJS.Timeout;
  #refusal: Refusal | undefined;
  #heardAt = Date.now();
  #downReason = "it has not answered yet";
  /** Set when connecting again would be wrong. */
  #stopReason: string | undefined;
  #refusedOver: RefusedOver | undefined;
  #retryCount = 0;
  /** Ends the pause before the next attempt; undefined while there is none. */
  #endPause: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const noteRefusal = (refusal: Refusal) => {
      this.#refusal = refusal;
    };
    this.#socket = new ReconnectingWebSocket(
      () => this.#nextUrl(),
      () => subprotocolsOf(options.apiKey),
      {
        WebSocket: refusalTellingSocket(noteRefusal),
        // The pauses are ours (`#pause`): one of partysocket's own cannot be cut short.
        minReconnectionDelay: 0,
        maxReconnectionDelay: 0,
        connectionTimeout: CONNECT_TIMEOUT_MS,
        minUptime: STABLE_MS,
        // What was not answered is sent again by its message id; a second queue would send it twice.
        maxEnqueuedMessages: 0,
      },
    );
    this.#socket.addEventListener("open", () => this.#onOpen());
    this.#socket.addEventListener("message", ({ data }) => this.#onText(String(data)));
    this.#socket.addEventListener("error", ({ message }) => this.#onError(message));
    this.#socket.addEventListener("close", ({ code, reason }) => this.#onClose(code, reason));
    this.#heartbeat = setInterval(() => this.#beat(), PING_INTERVAL_MS);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  get downReason(): string {
    return this.#stopReason ?? this.#downReason;
  }

  get isStopped(): boolean {
    return this.#stopReason !== undefined;
  }

  /** Why it has given up, where the hub made it. */
  get refusedOver(): RefusedOver | undefined {
    return this.#refusedOver;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Connects anew at once, also where it had given up: what the hub refused before may have been put right since. */
  reconnect(): void {
    this.#retryCount = 0;
    this.#stopReason = undefined;
    this.#refusedOver = undefined;
    this.#endPause?.();
    this.#socket.reconnect();
  }

  /** Somebody waits: tries at once instead of at the end of a pause, or after having given up. */
  hurry(): void {
    if (this.isStopped) this.reconnect();
    else if (this.#endPause !== undefined) {
      this.#retryCount = 1;
      this.#endPause();
    }
  }

  /** Says goodbye, so that the hub shows the instance offline at once. Resolves when the hub has heard it, or is away. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#stopReason ??= "this session is ending";
    const wasOpen = this.isOpen;
    const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve, { once: true }));
    this.#socket.close(CloseCode.normal, "session ended");
    if (wasOpen) await closed;
  }

  /** Tries no more, for the reason why it is down now. */
  giveUp(): void {
    this.#stop(this.#downReason, "id");
  }

  async #nextUrl(): Promise<string> {
    const delayMs = retryDelayMs(this.#retryCount++, Math.random(), this.#options.retry);
    if (delayMs > 0) await this.#pause(delayMs);
    this.#refusal = undefined;
    return this.#options.url();
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#endPause = undefined;
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      this.#endPause = end;
    });
  }

  #onOpen(): void {
    this.#heardAt = Date.now();
    this.#retryCount = 0;
  }

  #onText(text: string): void {
    this.#heardAt = Date.now();
    if (text !== "pong") this.#options.onText(text);
  }

  #onError(message: string): void {
    const refusal = this.#refusal;
    if (refusal === undefined) {
      this.#down(message === "" ? "it does not answer" : message);
      return;
    }
    const { status, error, isFromHub } = refusal;
    if (!isFromHub) {
      this.#down(`what answers there is not a cc2cc hub, or not yet (status ${status})`);
    } else if (status === 401 || status === 403) {
      this.#stop(`it refused the key (${status}): ${error} ${this.#options.newKey}`, "key");
    } else if (status === 400) {
      this.#stop(`it refused this session's id (400): ${error}`, "id");
    } else {
      this.#down(`it refused with ${status}: ${error}`);
      if (status === 409) this.#options.onIdentityTaken?.();
    }
  }

  #onClose(code: number, reason: string): void {
    // partysocket says this of every failed attempt as well; the error that follows it says why.
    if (reason === UNKNOWN_REASON) {
      this.#options.onDown(this.#downReason);
    } else if (afterClose(code) === "end") {
      this.#stop(`it closed the connection for good (4003): ${reason}. ${this.#options.newKey}`, "key");
    } else {
      this.#down(`${reason} (${code})`);
      if (afterClose(code) === "take another id") this.#options.onIdentityTaken?.();
    }
  }

  #down(reason: string): void {
    this.#downReason = reason;
    this.#options.onDown(reason);
  }

  #stop(reason: string, over: RefusedOver): void {
    this.#stopReason = reason;
    this.#refusedOver = over;
    this.#socket.close();
    this.#options.onDown(reason);
  }

  #beat(): void {
    if (!this.isOpen) return;
    if (isSilent(this.#heardAt, Date.now())) this.#socket.reconnect(CloseCode.heartbeatLost, "silent");
    else this.#socket.send("ping");
  }
}

const SOCKET_OPTIONS = {
  perMessageDeflate: false,
  handshakeTimeout: CONNECT_TIMEOUT_MS,
  // The types of `ws` do not have this one yet.
  closeTimeout: CLOSE_TIMEOUT_MS,
  // Before Node 20 a name with several addresses is tried by its first only: `localhost` may be ::1 alone then.
  autoSelectFamily: true,
};

/** A WebSocket that passes on why a handshake was refused; by itself `ws` tells the status at most. */
function refusalTellingSocket(onRefusal: (refusal: Refusal) => void) {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, SOCKET_OPTIONS);
      this.on("unexpected-response", (_, response) => void this.#readRefusal(response));
    }

    async #readRefusal(response: IncomingMessage): Promise<void> {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk as Buffer);
      } catch {
        // A refusal without its reason is still one.
      }
      onRefusal({ status: response.statusCode ?? 0, ...readRefusal(Buffer.concat(chunks).toString()) });
      this.terminate();
    }
  };
}

/** The hub's reason; of what stands in between, none. */
function readRefusal(body: string): Pick<Refusal, "error" | "isFromHub"> {
  try {
    const { error, code } = JSON.parse(body) as { error?: unknown; code?: unknown };
    if (typeof error === "string" && typeof code === "string") return { error, isFromHub: true };
  } catch {
    // Not from the hub itself, such as a proxy's page.
  }
  return { error: "no reason given.", isFromHub: false };
}
