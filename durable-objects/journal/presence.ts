/** When somebody was online: made of the events that say who came and went, and told as spans. */
import type { HubEvent } from "../../shared/events.ts";
import type { Presence } from "../../shared/history.ts";
import { PRESENCE_SPANS_MAX } from "../../shared/limits.ts";
import { isoTime } from "../iso-time.ts";
import type { PresenceStore } from "./presence-store.ts";

/** How lines begin that may be of a change of presence. */
export const INSTANCE_LINE = '{"event":"instance:';

/** A session change (Q8) ends the old id's presence and begins the new one's; after a crash the exchange tells who left. */
export function notePresence(store: PresenceStore, event: HubEvent): void {
  const note = (instanceId: string, isOnline: boolean) => store.note(instanceId, Date.parse(event.timestamp), isOnline);
  switch (event.event) {
    case "instance:joined":
      note(event.instanceId, true);
      break;
    case "instance:left":
    case "instance:removed":
      note(event.instanceId, false);
      break;
    case "instance:session_updated":
      note(event.oldInstanceId, false);
      note(event.newInstanceId, true);
      break;
  }
}

/** The answer to `GET /api/instances/:id/presence`. */
export function readPresence(store: PresenceStore, instanceId: string, from: number, to: number): Presence {
  // A span is two changes. One more says that there are more.
  const limit = 2 * PRESENCE_SPANS_MAX;
  const changes = store.list(instanceId, from, to, limit + 1);
  const spans: Presence["spans"] = [];
  let endAt: number | null = store.next(instanceId, to)?.at ?? null;
  for (const { at, isOnline } of changes) {
    // What began and ended in one moment was nothing.
    if (isOnline && at !== endAt) spans.push({ from: isoTime(at), to: endAt === null ? null : isoTime(endAt) });
    endAt = at;
  }
  const known = store.first(instanceId);
  return {
    instanceId,
    spans: spans.slice(0, PRESENCE_SPANS_MAX).reverse(),
    knownSince: known === undefined ? null : isoTime(known.at),
    truncated: changes.length > limit || spans.length > PRESENCE_SPANS_MAX,
  };
}
