import { formatMoment } from "./relative-time.tsx";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** `14:05`, with the day where that is not today; its title has the moment to the second. It never changes while it is read. */
export function ClockTime({ at, class: className }: { at: string; class?: string }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return (
    <time
      dateTime={date.toISOString()}
      title={formatMoment(at)}
      class={className === undefined ? "nowrap" : `nowrap ${className}`}
    >
      {(isToday ? TIME : DAY_AND_TIME).format(date)}
    </time>
  );
}
