/** `/ws/dashboard`: what happens in the hub, each event once, over a link that comes and goes (protocol section 8). */
import { type ReadonlySignal, signal } from "@preact/signals";
import { CloseCode } from "../../../shared/errors.ts";
import type { HubEvent, StreamEvent } from "../../../shared/events.ts";
import { createLink, type LinkState } from "./link.ts";
import { createListeners } from "./listeners.ts";

export interface EventStream {
  readonly state: ReadonlySignal<LinkState>;
  /** Whether the attempt that is under way comes after one that failed. */
  readonly hasFailed: ReadonlySignal<boolean>;
  /** Of the hub, as its last greeting told; null before the first. */
  readonly version: ReadonlySignal<string | null>;
  start(): void;
  stop(): void;
  retryNow(): void;
  /** Events in their order, as many as came in one text. This and the next return what ends the listening. */
  onEvents(listen: (events: HubEvent[]) => void): () => void;
  /** The stream began, or events were lost in between: what was read by REST before is no base any more. */
  onGap(listen: () => void): () => void;
  /** An attempt or the connection failed: time to ask REST why. */
  onLost(listen: (close: { code: number; wasOpen: boolean }) => void): () => void;
}

/** `wsBase` is the hub's origin with `ws:` or `wss:`. */
export function createEventStream(wsBase: string): EventStream {
  const version = signal<string | null>(null);
  const eventListeners = createListeners<[HubEvent[]]>();
  const gapListeners = createListeners<[]>();
  const lostListeners = createListeners<[{ code: number; wasOpen: boolean }]>();
  let cursor: number | undefined;

  const link = createLink({
    url: () => `${wsBase}/ws/dashboard${cursor === undefined ? "" : `?since=${cursor}`}`,
    onText: (text) => read([JSON.parse(text)].flat()),
    onClose({ code, wasOpen }) {
      lostListeners.tell({ code, wasOpen });
      return code === CloseCode.revoked ? "end" : "retry";
    },
  });

  function read(events: StreamEvent[]): void {
    let told: HubEvent[] = [];
    const flush = () => {
      const batch = told;
      told = [];
      if (batch.length > 0) eventListeners.tell(batch);
    };
    for (const event of events) {
      if (event.event === "hub:hello") {
        version.value = event.version;
        if (cursor !== undefined) continue;
        cursor = event.cursor;
        gapListeners.tell();
      } else if (event.event === "hub:gap") {
        flush();
        cursor = event.cursor;
        gapListeners.tell();
      } else {
        cursor = event.cursor;
        told.push(event);
      }
    }
    flush();
  }

  return {
    state: link.state,
    hasFailed: link.hasFailed,
    version,
    start: link.start,
    stop() {
      link.stop();
      // Whoever signs in next begins with a snapshot.
      cursor = undefined;
    },
    retryNow: link.retryNow,
    onEvents: eventListeners.add,
    onGap: gapListeners.add,
    onLost: lostListeners.add,
  };
}
