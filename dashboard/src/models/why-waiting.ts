/** Why a message is not where it should be: what stands in its way, as far as the page can know. */
import type { InstanceInfo } from "../../../shared/message.ts";
import type { Pause } from "../../../shared/pauses.ts";
import type { StoredMessage } from "./message-store.ts";

/** A message without a time to live of its own ends after so long (E2). */
const TTL_DEFAULT_MS = 7 * 86_400_000;

export type WhyWaiting =
  /** Given up: what for, only its dead letter says. */
  | { kind: "ended" }
  /** Its recipient was removed, or goes by another id by now. */
  | { kind: "unknown" }
  | { kind: "paused"; paused: Pause }
  | { kind: "offline"; since: string }
  /** It asks for its messages itself. */
  | { kind: "pull" }
  /** Written to its connection, and not taken by its session. */
  | { kind: "untaken" }
  /** It is there, and has not got it yet. */
  | { kind: "coming" };

/** Null for what has arrived, what is for several, and what the hub does not have yet. */
export function whyWaiting(message: StoredMessage, instance: InstanceInfo | undefined): WhyWaiting | null {
  if (message.local !== undefined || message.topicName !== undefined || !message.to.includes("@")) return null;
  const { state } = message;
  if (state === "acked" || state === "seen") return null;
  if (state !== "queued" && state !== "delivered") return { kind: "ended" };
  if (instance === undefined) return { kind: "unknown" };
  if (state === "queued" && instance.paused !== undefined) return { kind: "paused", paused: instance.paused };
  if (instance.status === "offline") return { kind: "offline", since: instance.lastSeenAt };
  if (instance.delivery === "pull") return { kind: "pull" };
  return { kind: state === "delivered" ? "untaken" : "coming" };
}

/** When a message that waits is given up. */
export function expiryOf({ expiresAt, timestamp }: StoredMessage): string {
  return expiresAt ?? new Date(Date.parse(timestamp) + TTL_DEFAULT_MS).toISOString();
}

/** `1 h`, `3 days`: how long something lasts by now. */
export function describeDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** `today at 14:05`, `Saturday at 14:05`, or with the date beyond a week. */
export function describeMoment(at: string, now: number): string {
  const date = new Date(at);
  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(date);
  const days = (date.getTime() - now) / 86_400_000;
  if (date.toDateString() === new Date(now).toDateString()) return `today at ${time}`;
  const day = new Intl.DateTimeFormat(undefined, days < 6 ? { weekday: "long" } : { dateStyle: "medium" }).format(date);
  return `${day} at ${time}`;
}
