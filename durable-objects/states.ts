/**
 * States of messages on their way to the journal, grouped: what one mailbox notes at one moment differs in the message ids
 * only. Each message has several states, so the hub moves and stores them as groups and writes them out for consumers only.
 */
import type { DeliveryState } from "../shared/message.ts";

/** `at` in epoch ms; `ids` are message ids of 36 characters, one after the other. */
export interface StateGroup {
  /** `queued` where a dead letter is retried: that a message is new, its own line says. */
  state: DeliveryState;
  at: number;
  /** The recipient. */
  instanceId: string;
  ids: string;
}

export const ID_LENGTH = 36;

export function* idsOf({ ids }: StateGroup): Generator<string> {
  for (let at = 0; at < ids.length; at += ID_LENGTH) yield ids.slice(at, at + ID_LENGTH);
}

/** Appends the state of one message. */
export function pushState(
  groups: StateGroup[],
  id: string,
  state: StateGroup["state"],
  at: number,
  instanceId: string,
): void {
  const last = groups.at(-1);
  if (last?.at === at && last.state === state && last.instanceId === instanceId) last.ids += id;
  else groups.push({ state, at, instanceId, ids: id });
}
