/** `/ws/plugin`: this tab as an instance that sends and receives (protocol sections 4 to 6). */
import { type ReadonlySignal, signal } from "@preact/signals";
import { uuidv7 } from "uuidv7";
import { ClientCore, type ClientEvent, type Reply } from "../../../shared/client/client-core.ts";
import { afterClose, instanceUrl } from "../../../shared/client/connection-rules.ts";
import type { ClientFrameInput, DeliveredMessage, ErrorFrame, ReceiptFrame } from "../../../shared/protocol.ts";
import { createLink, type LinkState } from "./link.ts";
import { createListeners } from "./listeners.ts";
import type { TabIdentityHolder } from "./tab-identity.ts";

/** How long a request waits for its reply on one connection; while there is none, it waits for that. */
const REPLY_WAIT_MS = 20_000;
/** Refused this often while the hub answers REST: the id cannot be had, and a new one can. */
const REFUSALS_BEFORE_RENEWAL = 3;

export type { Reply };
/** `code` "timeout": no reply came, so it may or may not have happened; the same `messageId` makes a repeat safe (M3). */
export type Answer =
  | { ok: true; reply: Reply }
  | { ok: false; code: ErrorFrame["code"] | "timeout" | "offline"; error: string; retryAfterMs?: number };

const UNCONFIRMED: Answer = { ok: false, code: "timeout", error: "The hub did not confirm in time." };
const SIGNED_OUT: Answer = { ok: false, code: "offline", error: "You were signed out before the hub confirmed it." };

export interface Participant {
  readonly state: ReadonlySignal<LinkState>;
  /** Of this tab; it may change when another tab holds it. */
  readonly instanceId: ReadonlySignal<string>;
  start(): void;
  stop(): void;
  retryNow(): void;
  /** Asks the hub; never rejects. Waits for a connection, and is sent again after one that broke before the answer. */
  request(frame: ClientFrameInput): Promise<Answer>;
  /** Acknowledges that a person has seen these messages. */
  markSeen(messageIds: string[]): void;
  /** This and the next give what ends the listening. */
  onDeliver(listen: (messages: DeliveredMessage[]) => void): () => void;
  onReceipt(listen: (receipt: ReceiptFrame) => void): () => void;
}

interface Waiting {
  timer: ReturnType<typeof setTimeout> | undefined;
  resolve(answer: Answer): void;
}

/** `wsBase` is the hub's origin with `ws:` or `wss:`; `isHubThere` tells a hub that refuses from one that is away. */
export function createParticipant(
  wsBase: string,
  tab: TabIdentityHolder,
  isHubThere: () => Promise<boolean>,
): Participant {
  const instanceId = signal(tab.current.instanceId);
  const deliverListeners = createListeners<[DeliveredMessage[]]>();
  const receiptListeners = createListeners<[ReceiptFrame]>();
  const core = new ClientCore();
  /** By request id. */
  const waiting = new Map<string, Waiting>();
  let refusals = 0;
  let isWanted = false;

  const link = createLink({
    url() {
      core.connecting();
      const { instanceId, secret } = tab.current;
      return instanceUrl(wsBase, { instanceId, identity: secret });
    },
    onText(text) {
      for (const event of core.received(text)) take(event);
      flush();
    },
    onClose({ code, wasOpen }) {
      core.closed();
      for (const { timer } of waiting.values()) clearTimeout(timer);
      const next = afterClose(code);
      if (next === "take another id") renew();
      else if (next === "retry" && !wasOpen) void countRefusal();
      return next === "take another id" ? "now" : next;
    },
  });

  /** A browser does not tell why a handshake failed. */
  async function countRefusal(): Promise<void> {
    if (!(await isHubThere())) return;
    refusals++;
    if (refusals >= REFUSALS_BEFORE_RENEWAL) renew();
  }

  function renew(): void {
    refusals = 0;
    tab.renew();
    instanceId.value = tab.current.instanceId;
  }

  function take(event: ClientEvent): void {
    if (event.is === "ready") begin();
    else if (event.is === "answered") end(event.requestId, event.answer as Answer);
    else if (event.is === "receipt") receiptListeners.tell(event.receipt);
    else if (event.is === "delivered") deliver(event.messages);
  }

  function begin(): void {
    refusals = 0;
    for (const requestId of waiting.keys()) giveTime(requestId);
  }

  function flush(): void {
    for (const text of core.takeTexts()) link.send(text);
  }

  function giveTime(requestId: string): void {
    const request = waiting.get(requestId);
    if (request) request.timer = setTimeout(() => end(requestId, UNCONFIRMED), REPLY_WAIT_MS);
  }

  function end(requestId: string, answer: Answer): void {
    const request = waiting.get(requestId);
    core.forget(requestId);
    waiting.delete(requestId);
    clearTimeout(request?.timer);
    request?.resolve(answer);
  }

  function deliver(messages: DeliveredMessage[]): void {
    deliverListeners.tell(messages);
    // Broadcasts and live publications want no ack.
    if (messages.some(({ seq }) => seq)) core.tell({ action: "ack", upTo: core.deliveredUpTo });
  }

  return {
    state: link.state,
    instanceId,
    start() {
      if (isWanted) return;
      isWanted = true;
      void tab.claim().then(() => {
        instanceId.value = tab.current.instanceId;
        if (isWanted) link.start();
      });
    },
    stop() {
      isWanted = false;
      core.closed();
      link.stop();
      for (const requestId of [...waiting.keys()]) end(requestId, SIGNED_OUT);
    },
    retryNow: link.retryNow,
    request(frame) {
      return new Promise((resolve) => {
        const requestId = uuidv7();
        waiting.set(requestId, { timer: undefined, resolve });
        core.ask(requestId, frame);
        if (core.isReady) giveTime(requestId);
        flush();
      });
    },
    markSeen(messageIds) {
      core.tell({ action: "ack", messageIds, state: "seen" });
      flush();
    },
    onDeliver: deliverListeners.add,
    onReceipt: receiptListeners.add,
  };
}
