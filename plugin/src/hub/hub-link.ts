/** One lasting WebSocket to the hub: comes back by itself, says why it is down, and gives up where retrying is wrong. */
import type { IncomingMessage } from "node:http";
import ReconnectingWebSocket from "partysocket/ws";
import WebSocket from "ws";
import { CloseCode } from "../../../shared/errors.ts";
import { PING_INTERVAL_MS, SILENCE_LIMIT_MS } from "../../../shared/limits.ts";
import { BEARER_PREFIX, SUBPROTOCOL } from "../../../shared/protocol.ts";

const RETRY = { minMs: 1_000, maxMs: 30_000 };
/** Sessions that lost the same hub must not all come back in the same moment. */
const JITTER = 0.3;
/** A connection that held this long was one: the next loss begins with the shortest delay. */
const STABLE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A hub that closes a connection keeps the TCP below it for ten seconds more; calls would wait that long for replies. */
const CLOSE_TIMEOUT_MS = 500;

export interface LinkOptions {
  hubUrl: URL;
  apiKey: string;
  identity: string;
  /** C10: this session ends with its answer. */
  isTransient?: boolean;
  /** The first pause before a new attempt, and the longest; each is twice the one before. */
  retry?: { minMs: number; maxMs: number };
  /** Asked at each connection: the id may have changed since the last one. */
  instanceId(): string;
  onText(text: string): void;
  onDown(reason: string): void;
  /** The id is held by another; called once per refusal. */
  onIdentityTaken(): void;
}

const NEW_KEY = "Set the hub's current key as CC2CC_API_KEY or in /plugin, then restart this session";
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
      () => this.#subprotocols(),
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

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Connects anew at once, also where it had given up: what the hub refused before may have been put right since. */
  reconnect(): void {
    this.#retryCount = 0;
    this.#stopReason = undefined;
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

  /** Says goodbye, so that the hub shows the instance offline at once. */
  close(): void {
    clearInterval(this.#heartbeat);
    this.#stopReason ??= "this session is ending";
    this.#socket.close(CloseCode.normal, "session ended");
  }

  async #nextUrl(): Promise<string> {
    const { hubUrl, identity, instanceId, isTransient = false, retry = RETRY } = this.#options;
    if (this.#retryCount++ > 0) await this.#pause(Math.min(retry.minMs * 2 ** (this.#retryCount - 2), retry.maxMs));
    this.#refusal = undefined;
    const url = new URL("/ws/plugin", hubUrl);
    url.protocol = hubUrl.protocol.replace("http", "ws");
    url.search = new URLSearchParams({
      instanceId: instanceId(),
      identity,
      ...(isTransient ? { transient: "1" } : {}),
    }).toString();
    return url.href;
  }

  #pause(baseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#endPause = undefined;
        resolve();
      };
      const timer = setTimeout(end, baseMs * (1 + Math.random() * JITTER));
      this.#endPause = end;
    });
  }

  #subprotocols(): string[] {
    return [SUBPROTOCOL, BEARER_PREFIX + Buffer.from(this.#options.apiKey).toString("base64url")];
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
      this.#stop(`it refused the key (${status}): ${error} ${NEW_KEY}`);
    } else if (status === 400) {
      this.#stop(`it refused this session's id (400): ${error}`);
    } else {
      this.#down(`it refused with ${status}: ${error}`);
      if (status === 409) this.#options.onIdentityTaken();
    }
  }

  #onClose(code: number, reason: string): void {
    // partysocket says this of every failed attempt as well; the error that follows it says why.
    if (reason === UNKNOWN_REASON) {
      this.#options.onDown(this.#downReason);
    } else if (code === CloseCode.revoked) {
      this.#stop(`it closed the connection for good (4003): ${reason}. ${NEW_KEY}`);
    } else {
      this.#down(`${reason} (${code})`);
      if (code === CloseCode.identityTaken || code === CloseCode.replaced) this.#options.onIdentityTaken();
    }
  }

  #down(reason: string): void {
    this.#downReason = reason;
    this.#options.onDown(reason);
  }

  #stop(reason: string): void {
    this.#stopReason = reason;
    this.#socket.close();
    this.#options.onDown(reason);
  }

  #beat(): void {
    if (!this.isOpen) return;
    // A network that is gone closes nothing: the silence is all there is to notice.
    const isSilent = Date.now() - this.#heardAt > SILENCE_LIMIT_MS;
    if (isSilent) this.#socket.reconnect(CloseCode.heartbeatLost, "silent");
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
