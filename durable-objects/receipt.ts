import { isoTime } from "./iso-time.ts";
import { idsOf, type StateGroup } from "./states.ts";

const HEAD = `{"action":"receipt","messageId":"`;

/**
 * Returns the receipt frames of a group as JSON. Written by hand because each message has several: ids and states hold nothing
 * that JSON escapes.
 */
export function receiptsJson(group: StateGroup): string[] {
  const { state, at, instanceId } = group;
  const tail = `","state":"${state}","at":"${isoTime(at)}","instanceId":"${instanceId}"}`;
  return Array.from(idsOf(group), (id) => HEAD + id + tail);
}
