/** When a session was online, off and unknown, as bars on the lane of its presence. */
import type { InstanceInfo } from "../../../../shared/message.ts";
import type { PresenceData } from "../../models/session-timeline.ts";
import type { Stretch } from "../../models/time-span.ts";
import { type Mark, SLOTS, timeOf } from "./marks.ts";

/** `toAt` is infinite where there is no end yet. */
interface Bar extends Stretch {
  /** Times that it was away in between, too short to be seen. */
  breaks: number;
}

/** Bars over the whole stretch, the oldest first. Where history has nothing, the hub says how it is now, and since when. */
export function presenceMarks(told: PresenceData, instance: InstanceInfo | undefined, stretch: Stretch): Mark[] {
  const { spans, knownSince, isCut } = told.knownSince === null ? presenceNow(instance) : told;
  const online = joinNear(spans, (stretch.toAt - stretch.fromAt) / SLOTS);
  const knownFrom = (isCut ? online[0]?.fromAt : knownSince) ?? Number.POSITIVE_INFINITY;
  const before = { fromAt: Number.NEGATIVE_INFINITY, toAt: knownFrom };
  const marks = markOf("unknown", before, stretch, isCut ? TOO_OFTEN : unknownWords(knownSince));
  let offlineFrom = knownFrom;
  for (const bar of online) {
    const gap = { fromAt: offlineFrom, toAt: bar.fromAt };
    marks.push(...markOf("offline", gap, stretch, `Offline ${timesOf(gap)}`));
    marks.push(...markOf("online", bar, stretch, `Online ${timesOf(bar)}${breakWords(bar.breaks)}`));
    offlineFrom = bar.toAt;
  }
  const gap = { fromAt: offlineFrom, toAt: Number.POSITIVE_INFINITY };
  return [...marks, ...markOf("offline", gap, stretch, `Offline ${timesOf(gap)}`)];
}

function presenceNow(instance: InstanceInfo | undefined): PresenceData {
  const isOnline = instance?.status === "online";
  const since = Date.parse((isOnline ? instance?.connectedAt : instance?.lastSeenAt) ?? "");
  if (Number.isNaN(since)) return { spans: [], knownSince: null, isCut: false };
  return { spans: isOnline ? [{ fromAt: since, toAt: null }] : [], knownSince: since, isCut: false };
}

/** Spans that are too near to be told apart as one. */
function joinNear(spans: PresenceData["spans"], slotMs: number): Bar[] {
  const bars: Bar[] = [];
  for (const { fromAt, toAt } of spans) {
    const last = bars.at(-1);
    const endAt = toAt ?? Number.POSITIVE_INFINITY;
    if (last !== undefined && fromAt - last.toAt < slotMs) {
      last.toAt = endAt;
      last.breaks++;
    } else bars.push({ fromAt, toAt: endAt, breaks: 0 });
  }
  return bars;
}

/** None for what has no part in the stretch. */
function markOf(tone: "online" | "offline" | "unknown", bar: Stretch, stretch: Stretch, words: string): Mark[] {
  const fromAt = Math.max(bar.fromAt, stretch.fromAt);
  const toAt = Math.min(bar.toAt, stretch.toAt);
  return fromAt < toAt ? [{ key: `${tone} ${bar.fromAt}`, fromAt, toAt, tone, words }] : [];
}

const TOO_OFTEN = "Before this it came and went too often to be shown: choose a shorter span";

function unknownWords(knownSince: number | null): string {
  return knownSince === null
    ? "The hub does not know when this session was online"
    : `The hub does not know whether it was online before ${timeOf(knownSince)}`;
}

/** `since 12:00`, `12:00 to 13:00`, or `at 12:00` where no clock tells them apart. */
function timesOf({ fromAt, toAt }: Stretch): string {
  if (toAt === Number.POSITIVE_INFINITY) return fromAt === toAt ? "" : `since ${timeOf(fromAt)}`;
  const [from, to] = [timeOf(fromAt), timeOf(toAt)];
  return from === to ? `at ${from}` : `${from} to ${to}`;
}

function breakWords(breaks: number): string {
  if (breaks === 0) return "";
  return `, away for a moment ${breaks === 1 ? "once" : `${breaks} times`}`;
}
