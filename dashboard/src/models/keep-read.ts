/** A list that is read whole, and again whenever an event is about it, for as long as the model lives that asks for it. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { Hub } from "../adapter/hub.ts";
import { followStream } from "./follow-stream.ts";
import { createRefresher, failed, LOADING, type Loading, READY, type Refresher } from "./refresher.ts";

const REFRESH_PAUSE_MS = 500;

export interface KeptRead {
  /** Reads the list and keeps it. Rejects where that fails: `loading` tells why. */
  read(): Promise<void>;
  /** Whether the list may be another after this event. */
  isAbout(event: HubEvent): boolean;
  /** For events that come in bursts. 500 ms without. */
  pauseMs?: number;
}

/** Call it in the factory of a model. Reads at once; `refresher` is for what the model itself changes. */
export function keepRead(
  hub: Hub,
  { read, isAbout, pauseMs = REFRESH_PAUSE_MS }: KeptRead,
): { loading: ReadonlySignal<Loading>; refresher: Refresher } {
  const loading = signal<Loading>(LOADING);
  const refresher = createRefresher(async () => {
    try {
      await read();
      loading.value = READY;
    } catch (error) {
      loading.value = failed(error);
    }
  }, pauseMs);

  void refresher.now();
  followStream(hub, {
    onEvents(events) {
      if (events.some(isAbout)) refresher.soon();
    },
    onGap: refresher.soon,
    onEnd: refresher.stop,
  });
  return { loading, refresher };
}
