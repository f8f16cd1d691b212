/** An expression in words. Cron's are made by cronstrue, which is loaded when the first is to be said. */
import { readScheduleExpression } from "../../../../shared/schedule-expression.ts";

/** Undefined for what is none; the hub says what is wrong with it. */
export async function wordsOfExpression(text: string): Promise<string | undefined> {
  const expression = readScheduleExpression(text);
  switch (expression.kind) {
    case "cron":
      return wordsOfCron(expression.fields);
    case "every":
      return `Every ${durationWords(expression.everyMs / 60_000)}`;
    case "at":
      return "Once";
    case "none":
      return undefined;
  }
}

async function wordsOfCron(fields: string): Promise<string | undefined> {
  const { default: cronstrue } = await import("cronstrue");
  try {
    return cronstrue.toString(fields, { use24HourTimeFormat: true, verbose: false });
  } catch {
    return undefined;
  }
}

const UNITS = [
  [1_440, "day"],
  [60, "hour"],
  [1, "minute"],
] as const;

function durationWords(minutes: number): string {
  const [size, unit] = UNITS.find(([one]) => minutes % one === 0) ?? [1, "minute"];
  const count = minutes / size;
  return count === 1 ? unit : `${count} ${unit}s`;
}
