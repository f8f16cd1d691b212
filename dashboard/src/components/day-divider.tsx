import type { Message } from "../../../shared/message.ts";
import "./day-divider.css";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

type Dated = Pick<Message, "timestamp">;

/** The day of a message, where it is another one than that of the message above it. */
export function DayDivider({ message, previous }: { message: Dated; previous: Dated | undefined }) {
  if (previous !== undefined && dayOf(previous) === dayOf(message)) return null;
  return <p class="day-divider">{DAY.format(new Date(message.timestamp))}</p>;
}

function dayOf({ timestamp }: Dated): string {
  return new Date(timestamp).toDateString();
}
