import type { ReceiptFrame } from "../shared/protocol.ts";
import { isoTime } from "./iso-time.ts";
import { idsOf, type StateGroup } from "./states.ts";

/**
 * A receipt frame as JSON. Written by hand because each message has several: ids and states hold nothing that JSON escapes.
 * `at` in epoch ms.
 */
export function receiptJson(messageId: string, state: ReceiptFrame["state"], at: number, instanceId: string): string {
  return head + messageId + tailOf(state, at, instanceId);
}

/** The receipts of a group, which share all but their ids. */
export function receiptsJson(group: StateGroup): string[] {
  const tail = tailOf(group.state, group.at, group.instanceId);
  return Array.from(idsOf(group), (id) => head + id + tail);
}

const head = `{"action":"receipt","messageId":"`;

function tailOf(state: ReceiptFrame["state"], at: number, instanceId: string): string {
  return `","state":"${state}","at":"${isoTime(at)}","instanceId":"${instanceId}"}`;
}
