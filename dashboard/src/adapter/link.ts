/** One lasting WebSocket: comes back by itself, shows when it tries next, and can be told to try now. */
import { type ReadonlySignal, signal } from "@preact/signals";
import ReconnectingWebSocket from "partysocket/ws";
import { isSilent, retryDelayMs } from "../../../shared/client/connection-rules.ts";
import { CloseCode } from "../../../shared/errors.ts";
import { PING_INTERVAL_MS } from "../../../shared/limits.ts";
import { SUBPROTOCOL } from "../../../shared/subprotocol.ts";

const CONNECT_TIMEOUT_MS = 10_000;

export type LinkState =
  /** Nobody asked for it. */
  | { kind: "off" }
  | { kind: "connecting" }
  | { kind: "open" }
  /** Tries again at `retryAt` (epoch ms). */
  | { kind: "waiting"; retryAt: number }
  /** The hub ended it for good (close codes of the protocol). */
  | { kind: "ended"; code: number; reason: string };

export interface LinkOptions {
  /** Asked at each attempt. */
  url(): string;
  onText(text: string): void;
  /** An attempt or a connection ended. `wasOpen` tells which; `code` is 1006 where the browser knows no better. */
  onClose(close: { code: number; reason: string; wasOpen: boolean }): "retry" | "now" | "end";
}

export interface Link {
  readonly state: ReadonlySignal<LinkState>;
  /** Whether the attempt that is under way comes after one that failed. */
  readonly hasFailed: ReadonlySignal<boolean>;
  start(): void;
  stop(): void;
  /** Cuts the waiting short. */
  retryNow(): void;
  /** Lost if the link is not open. */
  send(text: string): void;
}

export function createLink(options: LinkOptions): Link {
  const state = signal<LinkState>({ kind: "off" });
  let socket: ReconnectingWebSocket | undefined;
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let heardAt = 0;
  const hasFailed = signal(false);
  let failures = 0;
  let endWait: (() => void) | undefined;

  /** partysocket's own delays cannot be shown or cut short, so they are zero and this one stands before each attempt. */
  async function nextUrl(): Promise<string> {
    if (failures > 0) await wait(retryDelayMs(failures, Math.random()));
    if (socket !== undefined) state.value = { kind: "connecting" };
    return options.url();
  }

  function wait(waitMs: number): Promise<void> {
    state.value = { kind: "waiting", retryAt: Date.now() + waitMs };
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function onClose(code: number, reason: string): void {
    const wasOpen = state.peek().kind === "open";
    const next = options.onClose({ code, reason, wasOpen });
    if (next === "end") {
      close();
      state.value = { kind: "ended", code, reason };
    } else {
      failures = next === "now" ? 0 : failures + 1;
      hasFailed.value = failures > 0;
      state.value = { kind: "connecting" };
    }
  }

  function beat(): void {
    if (state.peek().kind !== "open") return;
    if (isSilent(heardAt, Date.now())) socket?.reconnect(CloseCode.heartbeatLost, "silent");
    else socket?.send("ping");
  }

  function close(): void {
    clearInterval(heartbeat);
    const closing = socket;
    socket = undefined;
    closing?.close(CloseCode.normal, "page left");
    endWait?.();
  }

  function start(): void {
    if (socket !== undefined) return;
    failures = 0;
    hasFailed.value = false;
    state.value = { kind: "connecting" };
    const opened = new ReconnectingWebSocket(nextUrl, [SUBPROTOCOL], {
      minReconnectionDelay: 0,
      maxReconnectionDelay: 0,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      // What was not answered is sent again by its message id; a second queue would send it twice.
      maxEnqueuedMessages: 0,
    });
    socket = opened;
    opened.addEventListener("open", () => {
      if (socket !== opened) return;
      heardAt = Date.now();
      failures = 0;
      hasFailed.value = false;
      state.value = { kind: "open" };
    });
    opened.addEventListener("message", ({ data }) => {
      if (socket !== opened) return;
      heardAt = Date.now();
      if (data !== "pong") options.onText(String(data));
    });
    opened.addEventListener("close", ({ code, reason }) => {
      if (socket === opened) onClose(code, reason);
    });
    heartbeat = setInterval(beat, PING_INTERVAL_MS);
  }

  return {
    state,
    hasFailed,
    start,
    stop() {
      close();
      state.value = { kind: "off" };
    },
    retryNow: () => endWait?.(),
    send: (text) => socket?.send(text),
  };
}
