import type { ReceiptFrame } from "../shared/protocol.ts";
import { isoTime } from "./iso-time.ts";

/**
 * A receipt frame as JSON. Written by hand because each message has several: ids and states hold nothing that JSON escapes.
 * `at` in epoch ms.
 */
export function receiptJson(messageId: string, state: ReceiptFrame["state"], at: number, instanceId: string): string {
  return `{"action":"receipt","messageId":"${messageId}","state":"${state}","at":"${isoTime(at)}","instanceId":"${instanceId}"}`;
}
