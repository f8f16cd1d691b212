/** Which messages the host had its chance to show and did not, as far as time tells. Pure. */
import type { OpenParcel, Path } from "./parcel.ts";
import { WAKE_NAMES } from "./wake-way.ts";

/** A host that took a post says so in its transcript at once, and an idle one shows it well within this. */
export const GRACE_MS = 5_000;

/** Those that a path handed to the host and that nothing has proven yet. */
export function handedBy(parcels: readonly OpenParcel[], ...paths: Path[]): OpenParcel[] {
  return parcels.filter(({ state }) => state.is === "handed" && paths.includes(state.by));
}

/** Posts that the host's transcript does not show in its queue: it refused them, held them, or dropped a burst. */
export function untakenPosts(parcels: readonly OpenParcel[], now: number): OpenParcel[] {
  return handedBy(parcels, "inbox").filter(({ state }) => {
    return state.is === "handed" && !state.isQueuedByHost && now - state.at >= GRACE_MS;
  });
}

/**
 * What was written to wake a session that is idle since `idleSince` and did not wake. What the host has in its queue
 * counts only where the session had the time to take it out.
 */
export function unwokenBy(
  parcels: readonly OpenParcel[],
  now: number,
  idleSince: number,
  isQueueIncluded: boolean,
): OpenParcel[] {
  return handedBy(parcels, ...WAKE_NAMES).filter(({ state }) => {
    if (state.is !== "handed" || (state.isQueuedByHost && !isQueueIncluded)) return false;
    return now - Math.max(state.at, idleSince) >= GRACE_MS;
  });
}

/** What the answer of a hook or a tool brought, long enough ago for the transcript to show it. */
export function lateAnswers(parcels: readonly OpenParcel[], now: number): OpenParcel[] {
  return handedBy(parcels, "hook", "tool").filter(({ state }) => state.is === "handed" && now - state.at >= GRACE_MS);
}
