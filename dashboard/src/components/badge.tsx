import type { ComponentChildren } from "preact";
import type { DeliveryState, MessageType } from "../../../shared/message.ts";
import type { Pause } from "../../../shared/pauses.ts";
import "./badge.css";

/** What each delivery state says to somebody who has not read the protocol. */
export const STATE_MEANINGS: Readonly<Record<DeliveryState, string>> = {
  queued: "On disk, waiting for its recipient",
  delivered: "Written to the recipient's connection",
  acked: "Taken by the recipient's session",
  seen: "In the model's context",
  expired: "Its time ran out before it was taken",
  dead: "Given up: it could not be delivered",
  removed: "Its queue was flushed or its recipient removed",
};

export function TypeBadge({ type }: { type: MessageType }) {
  return (
    <span class="badge" data-type={type}>
      {type}
    </span>
  );
}

export function StateBadge({ state }: { state: DeliveryState }) {
  return (
    <span class="badge" data-state={state} title={STATE_MEANINGS[state]}>
      <span class="badge-mark" aria-hidden="true" />
      {state}
    </span>
  );
}

export function RoleBadge({ role }: { role: string }) {
  return (
    <span class="badge ellipsis" data-role={role} title={`role ${role}`}>
      {role}
    </span>
  );
}

/** Whether an instance is connected, as a dot with its word for those who do not see colours. */
export function Presence({ isOnline, hasWord = false }: { isOnline: boolean; hasWord?: boolean }) {
  const word = isOnline ? "online" : "offline";
  return (
    <span class="presence" data-presence={word} title={hasWord ? undefined : word}>
      <span class="presence-dot" aria-hidden="true" />
      <span class={hasWord ? undefined : "visually-hidden"}>{word}</span>
    </span>
  );
}

/** A number beside what it counts. `label` says of what, since a bare number says nothing. */
export function CountBadge({ count, label }: { count: number; label: string }) {
  return (
    <span class="badge badge-count" title={`${count} ${label}`}>
      {count.toLocaleString("en")}
      <span class="visually-hidden"> {label}</span>
    </span>
  );
}

/** A small plain label: `kept`, `project`, `you`. */
export function Tag({ children, title }: { children: ComponentChildren; title?: string }) {
  return (
    <span class="badge" title={title}>
      {children}
    </span>
  );
}

/** Says that the hub has stopped an exchange that a session is in (G1). */
export function StoppedBadge() {
  return (
    <span class="badge" data-paused title="The hub stopped an exchange of it; the Inbox lets it go on">
      stopped
    </span>
  );
}

/** H3: what is sent to it waits. */
export function PausedBadge({ paused: { by, reason } }: { paused: Pause }) {
  return (
    <span class="badge" data-paused title={`Paused by ${by}${reason === undefined ? "" : `: ${reason}`}`}>
      paused
    </span>
  );
}
