/**
 * How the stream's events are stored, a line each, and what consumers read. A line is an event without its cursor, which
 * follows from its place; a group of states, which is as many events as it has ids, is one line.
 */
import { isoTime } from "./iso-time.ts";
import { ID_LENGTH, idsOf, type StateGroup } from "./states.ts";

/** Events that were taken in together: as stored, and the cursors of the first and the last. */
export interface Segment {
  first: number;
  last: number;
  lines: readonly string[];
}

const GROUP_START = "[";

export function sentLine(body: string, acceptedAt: number): string {
  return `{"event":"message:sent","timestamp":"${isoTime(acceptedAt)}","message":${body}}`;
}

/** By hand: nothing here holds what JSON would escape. */
export function groupLine({ state, at, instanceId, ids }: StateGroup): string {
  return `["${state}",${at},"${instanceId}","${ids}"]`;
}

/** The group that a line holds; null for a line that is one event. */
export function readGroup(line: string): StateGroup | null {
  if (!line.startsWith(GROUP_START)) return null;
  const [state, at, instanceId, ids] = JSON.parse(line) as [StateGroup["state"], number, string, string];
  return { state, at, instanceId, ids };
}

/** How many events a line is. */
export function countEvents(line: string): number {
  if (!line.startsWith(GROUP_START)) return 1;
  return (line.length - '"]'.length - 1 - line.lastIndexOf('"', line.length - 3)) / ID_LENGTH;
}

/** The events of a segment after a cursor as consumers read them. */
export function expandLines(segment: Segment, after = 0): string[] {
  const events: string[] = [];
  let cursor = segment.first;
  for (const line of segment.lines) {
    const group = readGroup(line);
    if (group === null) {
      if (cursor > after) events.push(`${line.slice(0, -1)},"cursor":${cursor}}`);
      cursor++;
      continue;
    }
    const at = isoTime(group.at);
    const rest = `","instanceId":"${group.instanceId}","state":"${group.state}","at":"${at}","cursor":`;
    for (const id of idsOf(group)) {
      if (cursor > after) {
        events.push(`{"event":"message:state","timestamp":"${at}","messageId":"${id}${rest}${cursor}}`);
      }
      cursor++;
    }
  }
  return events;
}
