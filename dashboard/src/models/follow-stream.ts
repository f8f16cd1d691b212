import { effect } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { Hub } from "../adapter/hub.ts";

export interface Follower {
  onEvents(events: HubEvent[]): void;
  /** Events are missing: what was read of the hub may be out of date. */
  onGap(): void;
  /** When the model ends. */
  onEnd?(): void;
}

/** Hears the event stream for as long as the model lives in whose factory this is called. */
export function followStream({ stream }: Hub, follower: Follower): void {
  effect(() => {
    const stops = [stream.onEvents(follower.onEvents), stream.onGap(follower.onGap)];
    return () => {
      for (const stop of stops) stop();
      follower.onEnd?.();
    };
  });
}
