/** Which sessions and topics the sidebar shows, and under which headings. */
import type { InstanceInfo } from "../../../../shared/message.ts";

export const GROUPINGS = ["none", "person", "project"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export type SessionRow = { kind: "group"; name: string; count: number } | { kind: "session"; instance: InstanceInfo };

/** Whether a text has every word of a filter in it, in any order. */
export function makeTest(filter: string): (text: string) => boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => {
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}

/** By what a session is found: its id and its role. */
export function textOf({ instanceId, role = "" }: InstanceInfo): string {
  return `${instanceId} ${role}`;
}

/** Sessions as they come, or under the heading of each person or project, by name. */
export function groupSessions(instances: readonly InstanceInfo[], grouping: Grouping): SessionRow[] {
  const toRow = (instance: InstanceInfo): SessionRow => ({ kind: "session", instance });
  if (grouping === "none") return instances.map(toRow);
  const nameOf = ({ instanceId, project }: InstanceInfo) =>
    grouping === "project" ? project : instanceId.slice(0, instanceId.indexOf("@"));
  const groups = [...Map.groupBy(instances, nameOf)].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.flatMap(([name, members]) => [
    { kind: "group", name, count: members.length } as const,
    ...members.map(toRow),
  ]);
}
