/** A stored message as history answers it. */
import type { MessageRecord } from "../../shared/history.ts";
import type { DeliveryState, Message } from "../../shared/message.ts";
import { type HistoryRow, stateName, stateNumber } from "./history-store.ts";

const QUEUED = stateNumber("queued");

export function toRecord(row: HistoryRow): MessageRecord {
  const message = JSON.parse(row.body) as Message;
  const isWhole = row.delivered !== null;
  // What was written to nobody yet, but waits for some, is queued.
  const whole: DeliveryState = row.delivered === 0 && (row.queued ?? 0) > 0 ? "queued" : "delivered";
  const state = isWhole ? whole : stateName(row.state ?? 0);
  const steps: [DeliveryState, number | null][] = [
    ["queued", row.at],
    ["delivered", isWhole && whole === "delivered" ? row.at : row.deliveredAt],
    ["acked", row.ackedAt],
    ["seen", row.seenAt],
    [state, row.endedAt],
    // Where that is told at all, it was a dead letter that is retried.
    ["queued", row.state === QUEUED ? row.changedAt : null],
  ];
  return {
    ...message,
    state,
    history: steps.flatMap(([name, at]) => (at === null ? [] : [{ state: name, at: iso(at) }])),
    ...(row.answeredAt === null ? {} : { answeredAt: iso(row.answeredAt) }),
    ...(isWhole && message.topicName !== undefined
      ? { recipients: { delivered: row.delivered ?? 0, queued: row.queued ?? 0 } }
      : {}),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
