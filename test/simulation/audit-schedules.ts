/** SC1: whether each time of a schedule was dealt with once, by what the hub told of it and what it has stored. */

export interface ToldFiring {
  dueAt: string | undefined;
  outcome: string;
  messageId: string | undefined;
}

/** What is known of one schedule at the end of a run. */
export interface ScheduleRecord {
  /** Times that the expression has, up to the last that the hub has looked at, ISO. */
  times: readonly string[];
  /** Whether each of them must have been sent, as with `missed: all`. */
  isEachSent: boolean;
  told: readonly ToldFiring[];
  /** Ids of messages of this schedule that were accepted. */
  stored: readonly string[];
}

/** Returns what is wrong, in words; nothing for what is well. */
export function auditSchedule({ times, isEachSent, told, stored }: ScheduleRecord): string[] {
  const problems: string[] = [];
  const dealt = told.flatMap(({ dueAt }) => dueAt ?? []);
  for (const at of doubles(dealt)) problems.push(`${at} was dealt with twice`);
  for (const id of doubles(stored)) problems.push(`${id} is stored twice`);
  const sent = told.filter(({ outcome }) => outcome === "sent");
  for (const { dueAt, messageId } of sent) {
    if (messageId === undefined || !stored.includes(messageId))
      problems.push(`${dueAt} was told as sent, and is not stored`);
  }
  for (const id of stored) {
    if (!sent.some(({ messageId }) => messageId === id)) problems.push(`${id} is stored, and was not told`);
  }
  for (const at of dealt) if (!times.includes(at)) problems.push(`${at} is no time of it`);
  const sentAt = sent.map(({ dueAt }) => dueAt);
  if (isEachSent) for (const at of times) if (!sentAt.includes(at)) problems.push(`${at} was not sent`);
  return problems;
}

function doubles(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}
