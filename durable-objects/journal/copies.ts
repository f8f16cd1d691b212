/** How far the copies of a publication or broadcast got: each recipient's has an id of its own (M3). */
import type { CopyCounts } from "../../shared/history.ts";
import { fanOutId } from "../fan-out-id.ts";
import { FIRST_END, type HistoryStore } from "./history-store.ts";

/** Of the copies for these instances. Null where there are none: what is only written to who is there has no copies. */
export function countCopies(
  history: HistoryStore,
  messageId: string,
  instanceIds: readonly string[],
): CopyCounts | null {
  const copies = history.findDeliveries(instanceIds.map((instanceId) => fanOutId(messageId, instanceId)));
  if (copies.length === 0) return null;
  const count = (isSo: (copy: (typeof copies)[number]) => boolean) => copies.filter(isSo).length;
  return {
    // What came later proves what came before.
    delivered: count(({ deliveredAt, ackedAt, seenAt }) => (deliveredAt ?? ackedAt ?? seenAt) !== null),
    acked: count(({ ackedAt, seenAt }) => (ackedAt ?? seenAt) !== null),
    seen: count(({ seenAt }) => seenAt !== null),
    ended: count(({ state }) => state >= FIRST_END),
  };
}
