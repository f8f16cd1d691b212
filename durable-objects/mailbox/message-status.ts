/** How far a message got, as `status` tells it. */
import type { DeliveryState, MessageStatus } from "../../shared/message.ts";
import { type Row, STATE_NAMES } from "./store.ts";

export function toMessageStatus(row: Row): MessageStatus {
  const current = STATE_NAMES[row.state] as DeliveryState;
  const steps: [DeliveryState, number][] = [
    ["queued", row.queuedAt],
    ["delivered", row.deliveredAt],
    ["acked", row.ackedAt],
    ["seen", row.seenAt],
    [current, row.endedAt ?? 0],
  ];
  return {
    messageId: row.messageId,
    state: current,
    attempts: row.attempts,
    history: steps.flatMap(([state, at]) => (at === 0 ? [] : [{ state, at: new Date(at).toISOString() }])),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
