import type { ReceiptFrame } from "../shared/protocol.ts";

/**
 * A receipt frame as JSON. Written by hand because each message has several: ids and states hold nothing that JSON escapes.
 * `at` in epoch ms.
 */
export function receiptJson(messageId: string, state: ReceiptFrame["state"], at: number, instanceId: string): string {
  return `{"action":"receipt","messageId":"${messageId}","state":"${state}","at":"${isoTime(at)}","instanceId":"${instanceId}"}`;
}

let lastAt = Number.NaN;
let lastIso = "";

/** Epoch ms as ISO 8601; many receipts of one batch share their time. */
function isoTime(at: number): string {
  if (at !== lastAt) {
    lastAt = at;
    lastIso = new Date(at).toISOString();
  }
  return lastIso;
}
