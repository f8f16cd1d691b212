/** A queue as people see it. */
import type { QueuePage } from "../../shared/rest.ts";
import { readMessage } from "./dead-letter.ts";
import { type Row, State } from "./store.ts";

/** `rows`: one more than the page takes, if there are so many. */
export function toQueuePage(instanceId: string, depth: number, rows: readonly Row[], limit: number): QueuePage {
  const items = rows.slice(0, limit);
  return {
    instanceId,
    depth,
    items: items.flatMap((row) => {
      const message = readMessage(row.body);
      // Q10: it becomes a dead letter when its turn comes.
      if (message === null) return [];
      const state = row.state === State.queued ? ("queued" as const) : ("delivered" as const);
      return { message, state, attempts: row.attempts, queuedAt: new Date(row.queuedAt).toISOString() };
    }),
    ...(rows.length > limit ? { nextCursor: String(items.at(-1)?.seq) } : {}),
  };
}
