/** What a mailbox waits for; times in epoch ms, null where there is nothing of the kind. */
export interface AlarmReasons {
  /** A lease runs out or a message expires. */
  queueDueAt: number | null;
  /** C6: the live v2 connection counts as gone if nothing comes until then. */
  silentAt: number | null;
  /** Old rows may be forgotten. */
  purgeAt: number | null;
  /** The directory may have to be told of dead letters again. */
  reportAt: number | null;
}

/** The only alarm a mailbox has: the earliest reason, or null for none. */
export function nextAlarm(reasons: AlarmReasons): number | null {
  const times = [reasons.queueDueAt, reasons.silentAt, reasons.purgeAt, reasons.reportAt].filter(
    (at) => at !== null && Number.isFinite(at),
  );
  return times.length === 0 ? null : Math.min(...(times as number[]));
}
