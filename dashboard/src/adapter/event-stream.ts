/** `/ws/dashboard`: what happens in the hub, each event once, over a link that comes and goes (protocol section 8). */
import { type ReadonlySignal, signal } from "@preact/signals";
import { CloseCode } from "../../../shared/errors.ts";
import type { HubEvent, StreamEvent } from "../../../shared/events.ts";
import { createLink, type LinkState } from "./link.ts";

export interface EventStream {
  readonly state: ReadonlySignal<LinkState>;
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
  onLost(listen: (close: { code: number; wasOpen: boolean }) => void): void;
}

/** `wsBase` is the hub's origin with `ws:` or `wss:`. */
export function createEventStream(wsBase: string): EventStream {
  const version = signal<string | null>(null);
  const eventListeners = new Set<(events: HubEvent[]) => void>();
  const gapListeners = new Set<() => void>();
  const lostListeners = new Set<(close: { code: number; wasOpen: boolean }) => void>();
  let cursor: number | undefined;

  const link = createLink({
    url: () => `${wsBase}/ws/dashboard${cursor === undefined ? "" : `?since=${cursor}`}`,
    onText: (text) => read([JSON.parse(text)].flat()),
    onClose({ code, wasOpen }) {
      for (const listen of lostListeners) listen({ code, wasOpen });
      return code === CloseCode.revoked ? "end" : "retry";
    },
  });

  function read(events: StreamEvent[]): void {
    let told: HubEvent[] = [];
    const flush = () => {
      const batch = told;
      told = [];
      if (batch.length > 0) for (const listen of eventListeners) listen(batch);
    };
    for (const event of events) {
      if (event.event === "hub:hello") {
        version.value = event.version;
        if (cursor !== undefined) continue;
        cursor = event.cursor;
        for (const listen of gapListeners) listen();
      } else if (event.event === "hub:gap") {
        flush();
        cursor = event.cursor;
        for (const listen of gapListeners) listen();
      } else {
        cursor = event.cursor;
        told.push(event);
      }
    }
    flush();
  }

  return {
    state: link.state,
    version,
    start: link.start,
    stop() {
      link.stop();
      // Whoever signs in next begins with a snapshot.
      cursor = undefined;
    },
    retryNow: link.retryNow,
    onEvents(listen) {
      eventListeners.add(listen);
      return () => void eventListeners.delete(listen);
    },
    onGap(listen) {
      gapListeners.add(listen);
      return () => void gapListeners.delete(listen);
    },
    onLost: (listen) => void lostListeners.add(listen),
  };
}
