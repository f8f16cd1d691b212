/** Moments as a clock in a schedule's own time zone shows them. */

/** `Mon, 30 Nov 2026, 09:00`; as the reader's own clock has it where the zone is none. */
export function formatInZone(at: string, timeZone: string): string {
  const look = {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  } as const;
  try {
    return new Intl.DateTimeFormat(undefined, { ...look, timeZone }).format(new Date(at));
  } catch {
    return new Intl.DateTimeFormat(undefined, look).format(new Date(at));
  }
}

/** The zone of this browser, which a new schedule begins with. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
