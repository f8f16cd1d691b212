import type { ReceiptFrame } from "../shared/protocol.ts";
import { isoTime } from "./iso-time.ts";
import { messageIdOf } from "./parcels.ts";

/**
 * A receipt frame as JSON. Written by hand because each message has several: ids and states hold nothing that JSON escapes.
 * `at` in epoch ms.
 */
export function receiptJson(messageId: string, state: ReceiptFrame["state"], at: number, instanceId: string): string {
  return `{"action":"receipt","messageId":"${messageId}","state":"${state}","at":"${isoTime(at)}","instanceId":"${instanceId}"}`;
}

const RECEIPT_HEAD = '{"action":"receipt",';
const ISO_LENGTH = 24;

/** The `message:state` event (section 8) that says what a receipt frame says. Spliced for the same reason. */
export function toStateEvent(receipt: string): string {
  const at = receipt.indexOf('"at":"') + '"at":"'.length;
  return `{"event":"message:state","timestamp":"${receipt.slice(at, at + ISO_LENGTH)}",${receipt.slice(RECEIPT_HEAD.length)}`;
}

/** The `message:state` event of a message that was written to its recipient's socket. `at` in epoch ms. */
export function stateEventJson(body: string, at: number, instanceId: string): string {
  const iso = isoTime(at);
  return `{"event":"message:state","timestamp":"${iso}","messageId":"${messageIdOf(body)}","state":"delivered","at":"${iso}","instanceId":"${instanceId}"}`;
}
