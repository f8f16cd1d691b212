import type { FiringOutcome } from "../../../../shared/schedules.ts";

/** What each outcome says to somebody who has not read the protocol. */
const MEANINGS: Readonly<Record<FiringOutcome, string>> = {
  sent: "The hub has accepted the message",
  refused: "Nobody could get it",
  skipped: "A task of it was open still",
  missed: "The hub was down",
};

export function Outcome({ outcome }: { outcome: FiringOutcome }) {
  return (
    <span class="schedule-outcome" data-outcome={outcome} title={MEANINGS[outcome]}>
      {outcome}
    </span>
  );
}
