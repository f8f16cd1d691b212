import type { ScheduleState } from "../../../shared/schedules.ts";
import { Tag } from "./badge.tsx";

/** Why one does not fire, for somebody who has not read the protocol. */
const MEANINGS: Readonly<Record<Exclude<ScheduleState, "active">, string>> = {
  paused: "It fires no more until it is resumed",
  used_up: "It has fired as often as it may",
  expired: "Its last day is over",
  over: "It has no time any more",
};

/** Why a schedule has no next time; nothing for one that has. */
export function ScheduleStateTag({ state }: { state: ScheduleState }) {
  return state === "active" ? null : <Tag title={MEANINGS[state]}>{state.replace("_", " ")}</Tag>;
}
