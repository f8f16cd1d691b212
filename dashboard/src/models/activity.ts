/** How much each session said and was told in the last hour, in stretches of ten minutes: read once, then counted. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { Traffic } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import { followStream } from "./follow-stream.ts";
import { createRefresher } from "./refresher.ts";

const STRETCH_MS = 600_000;
export const STRETCHES = 6;
/** Who counts messages need not see each at once. */
const SHOW_PAUSE_MS = 2_000;

export interface Activity {
  /** Messages of each stretch, the oldest first, by instance id; who has none is left out. */
  counts: ReadonlySignal<ReadonlyMap<string, readonly number[]>>;
}

/** `now` is the clock. */
export const ActivityModel = createModel((hub: Hub, now: () => number = Date.now): Activity => {
  const counts = signal<ReadonlyMap<string, readonly number[]>>(new Map());
  /** By the number of the stretch since 1970. */
  const stretches = new Map<number, Map<string, number>>();
  const present = () => Math.floor(now() / STRETCH_MS);

  function add(stretch: number, ids: readonly string[], messages: number): void {
    const byId = stretches.get(stretch) ?? new Map<string, number>();
    stretches.set(stretch, byId);
    for (const id of ids) if (id.includes("@")) byId.set(id, (byId.get(id) ?? 0) + messages);
  }

  function show(): void {
    const first = present() - STRETCHES + 1;
    for (const stretch of stretches.keys()) if (stretch < first) stretches.delete(stretch);
    const next = new Map<string, number[]>();
    for (const [stretch, byId] of stretches) {
      for (const [id, messages] of byId) {
        const row = next.get(id) ?? Array<number>(STRETCHES).fill(0);
        row[stretch - first] = messages;
        next.set(id, row);
      }
    }
    counts.value = next;
  }

  async function readStretch(stretch: number): Promise<void> {
    const query = {
      from: new Date(stretch * STRETCH_MS).toISOString(),
      to: new Date((stretch + 1) * STRETCH_MS).toISOString(),
    };
    const { edges } = await hub.rest.get<Traffic>("/api/traffic", { query });
    stretches.delete(stretch);
    for (const { from, to, messages } of edges) add(stretch, [from, to], messages);
  }

  // Without an answer it begins with what the stream tells.
  const reader = createRefresher(async () => {
    const last = present();
    await Promise.allSettled(Array.from({ length: STRETCHES }, (_, at) => readStretch(last - at)));
    show();
  }, SHOW_PAUSE_MS);
  const shower = createRefresher(async () => show(), SHOW_PAUSE_MS);

  void reader.now();
  followStream(hub, {
    onEvents(events) {
      for (const event of events) {
        if (event.event === "message:sent") add(present(), [event.message.from, event.message.to], 1);
        else if (event.event === "topic:message") add(present(), [event.message.from], 1);
        else if (event.event === "broadcast:sent") add(present(), [event.from], 1);
        else continue;
        shower.soon();
      }
    },
    onGap: reader.soon,
    onEnd() {
      reader.stop();
      shower.stop();
    },
  });
  return { counts };
});
