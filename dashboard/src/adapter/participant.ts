/** `/ws/plugin`: this tab as an instance that sends and receives (protocol sections 4 to 6). */
import { type ReadonlySignal, signal } from "@preact/signals";
import { uuidv7 } from "uuidv7";
import { CloseCode } from "../../../shared/errors.ts";
import type {
  ClientFrameInput,
  DeliveredMessage,
  ErrorFrame,
  HubFrame,
  ReceiptFrame,
  ReplyFrame,
} from "../../../shared/protocol.ts";
import { createLink, type LinkState } from "./link.ts";
import { createListeners } from "./listeners.ts";
import type { TabIdentityHolder } from "./tab-identity.ts";

/** How long a request waits for its reply on one connection; while there is none, it waits for that. */
const REPLY_WAIT_MS = 20_000;
/** Refused this often while the hub answers REST: the id cannot be had, and a new one can. */
const REFUSALS_BEFORE_RENEWAL = 3;

export type Reply = Record<string, unknown>;
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

interface Pending {
  frame: ClientFrameInput & { requestId: string };
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
  /** In the order of asking: a resend keeps it. */
  const pending = new Map<string, Pending>();
  let isWelcome = false;
  let refusals = 0;
  let isWanted = false;

  const link = createLink({
    url() {
      const query = new URLSearchParams({ instanceId: tab.current.instanceId, identity: tab.current.secret });
      return `${wsBase}/ws/plugin?${query}`;
    },
    onText(text) {
      for (const frame of [JSON.parse(text)].flat() as (HubFrame | ReplyFrame)[]) take(frame);
    },
    onClose({ code, wasOpen }) {
      isWelcome = false;
      for (const { timer } of pending.values()) clearTimeout(timer);
      if (code === CloseCode.revoked) return "end";
      // Two tabs that share an id would take it from each other for ever; the one that lost it becomes another.
      const isTaken = code === CloseCode.replaced || code === CloseCode.identityTaken;
      if (isTaken) renew();
      else if (!wasOpen) void countRefusal();
      return isTaken ? "now" : "retry";
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

  function take(frame: HubFrame | ReplyFrame): void {
    if ("requestId" in frame && typeof frame.requestId === "string") settle(frame.requestId, frame);
    else if ("action" in frame) takeUnasked(frame as HubFrame);
  }

  function takeUnasked(unasked: HubFrame): void {
    if (unasked.action === "welcome") begin();
    else if (unasked.action === "receipt") receiptListeners.tell(unasked);
    else if (unasked.action === "deliver") deliver(unasked.messages);
  }

  function begin(): void {
    isWelcome = true;
    refusals = 0;
    for (const request of pending.values()) send(request);
  }

  function send(request: Pending): void {
    link.send(JSON.stringify(request.frame));
    request.timer = setTimeout(() => end(request, UNCONFIRMED), REPLY_WAIT_MS);
  }

  function end(request: Pending, answer: Answer): void {
    clearTimeout(request.timer);
    pending.delete(request.frame.requestId);
    request.resolve(answer);
  }

  function deliver(messages: DeliveredMessage[]): void {
    deliverListeners.tell(messages);
    // Broadcasts and live publications among them have none, and want no ack.
    const upTo = Math.max(0, ...messages.map(({ seq }) => seq ?? 0));
    if (upTo > 0) link.send(JSON.stringify({ action: "ack", upTo }));
  }

  function settle(requestId: string, frame: ReplyFrame): void {
    const { requestId: _, ...reply } = frame;
    const answer = "error" in reply ? { ok: false as const, ...(reply as ErrorFrame) } : { ok: true as const, reply };
    const request = pending.get(requestId);
    if (request !== undefined) end(request, answer);
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
      isWelcome = false;
      link.stop();
      for (const request of [...pending.values()]) end(request, SIGNED_OUT);
    },
    retryNow: link.retryNow,
    request(frame) {
      return new Promise((resolve) => {
        const request: Pending = { frame: { ...frame, requestId: uuidv7() }, timer: undefined, resolve };
        pending.set(request.frame.requestId, request);
        if (isWelcome) send(request);
      });
    },
    markSeen(messageIds) {
      if (isWelcome) link.send(JSON.stringify({ action: "ack", messageIds, state: "seen" }));
    },
    onDeliver: deliverListeners.add,
    onReceipt: receiptListeners.add,
  };
}
