/**
 * States of messages on their way to the journal, grouped: what one mailbox notes at one moment differs in the message ids
 * only. Each message has several states, so the hub moves and stores them as groups and writes them out for consumers only.
 */
import type { ReceiptFrame } from "../shared/protocol.ts";

/** `at` in epoch ms; `ids` are message ids of 36 characters, one after the other. */
export interface StateGroup {
  state: ReceiptFrame["state"];
  at: number;
  /** The recipient. */
  instanceId: string;
  ids: string;
}

export const ID_LENGTH = 36;
const ID_FROM = '{"action":"receipt","messageId":"'.length;
const ID_TO = ID_FROM + ID_LENGTH;

/** What receipt frames (receipt.ts) say, in their order as far as it matters: that of one message's states. */
export function groupReceipts(receipts: readonly string[]): StateGroup[] {
  const groups = new Map<string, StateGroup>();
  for (const receipt of receipts) {
    // "state":"<state>","at":"<time>","instanceId":"<id>"}
    const rest = receipt.slice(ID_TO + 2);
    const group = groups.get(rest);
    if (group !== undefined) group.ids += receipt.slice(ID_FROM, ID_TO);
    else groups.set(rest, { ...readRest(rest), ids: receipt.slice(ID_FROM, ID_TO) });
  }
  return [...groups.values()];
}

/** Appends a group to others, to the last of them if it differs in the ids only. */
export function pushGroup(groups: StateGroup[], group: StateGroup): void {
  const last = groups.at(-1);
  if (last?.at === group.at && last.state === group.state && last.instanceId === group.instanceId) {
    last.ids += group.ids;
  } else groups.push({ ...group });
}

export function* idsOf({ ids }: StateGroup): Generator<string> {
  for (let at = 0; at < ids.length; at += ID_LENGTH) yield ids.slice(at, at + ID_LENGTH);
}

function readRest(rest: string): Omit<StateGroup, "ids"> {
  const { state, at, instanceId } = JSON.parse(`{${rest}`) as ReceiptFrame;
  return { state, at: Date.parse(at), instanceId };
}
