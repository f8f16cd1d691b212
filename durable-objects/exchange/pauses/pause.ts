/** H3: how pauses begin and end. What waits when one ends is given at once, to many sessions a few at a time. */
import { failure, type Result, success } from "../../../shared/errors.ts";
import { projectOf } from "../../../shared/ids.ts";
import { PAUSES_MAX } from "../../../shared/limits.ts";
import { type Pause, readPauseTarget } from "../../../shared/pauses.ts";
import { isoTime } from "../../iso-time.ts";
import { keeperRefusal, type Principal } from "../../principal.ts";
import { giveWaiting } from "../give.ts";
import type { Link } from "../links.ts";
import type { Instance } from "../store/instances.ts";
import type { PausedAim, StoredPause } from "../store/pauses.ts";
import { takeWaiting } from "../tasks/assign.ts";
import type { Turn } from "../turn.ts";
import { describePause, pauseOf } from "./rules.ts";

/** So many sessions are given what waited for them in one transaction. */
const RESUMED_PIECE = 20;

/** Does `POST /api/pauses`. Again, it is the pause that there is; with another reason, that one has it. */
export function pause(turn: Turn, target: string, reason: string | undefined, by: Principal): Result<Pause> {
  const aim = aimOf(turn, target, by);
  if (!aim.ok) return aim;
  const { pauses } = turn.store;
  const known = pauses.find(aim.value);
  if (known !== undefined && (reason === undefined || reason === known.reason)) {
    return success(describePause(turn, known));
  }
  if (known === undefined && pauses.count >= PAUSES_MAX && aim.value.kind !== "all") {
    return failure(
      "conflict",
      `${pauses.count} sessions and projects are paused, and no more may be: resume some, or pause all.`,
    );
  }
  const begun: StoredPause = { aim: aim.value, by: nameOf(by), reason: reason ?? null, at: known?.at ?? turn.now };
  pauses.set(begun);
  const told = describePause(turn, begun);
  turn.tell({
    event: "pause:set",
    timestamp: isoTime(turn.now),
    target: told.target,
    by: begun.by,
    ...(reason === undefined ? {} : { reason }),
  });
  for (const link of linksOf(turn, aim.value)) tellPause(turn, link);
  return success(told);
}

/** Does `DELETE /api/pauses`. `false`: it was not paused. */
export function resume(turn: Turn, target: string, by: Principal): Result<boolean> {
  const aim = aimOf(turn, target, by);
  if (!aim.ok) return aim;
  const { pauses } = turn.store;
  const held = pauses.find(aim.value);
  if (held === undefined) return success(false);
  const told = describePause(turn, held);
  pauses.lift(aim.value);
  turn.tell({ event: "pause:lifted", timestamp: isoTime(turn.now), target: told.target, by: nameOf(by) });
  for (const link of linksOf(turn, aim.value)) {
    tellPause(turn, link);
    if (pauseOf(turn, link.instance) === undefined) turn.links.resumed.add(link);
  }
  giveResumed(turn);
  return success(true);
}

/** Gives some of those whose pause is over what has waited. Those that are left are the next turn's. */
export function giveResumed(turn: Turn): void {
  const { resumed } = turn.links;
  for (const link of [...resumed].slice(0, RESUMED_PIECE)) {
    resumed.delete(link);
    if (link.state === "over") continue;
    giveWaiting(turn, link);
    takeWaiting(turn, link.instance);
  }
}

/** All pauses, the oldest first. */
export function listPauses(turn: Pick<Turn, "store">): Pause[] {
  return turn.store.pauses.all().map((held) => describePause(turn, held));
}

/** Tells a client how it stands, which is no mail: its model is not to be woken for that. */
export function tellPause(turn: Turn, link: Link): void {
  if (link.version === 1) return;
  const held = pauseOf(turn, link.instance);
  turn.to(link).head.paused = held === undefined ? null : describePause(turn, held);
}

/** An instance is no more: its pause went with it. */
export function dropPauseOf({ store }: Turn, number: number): void {
  store.pauses.lift({ kind: "instance", number });
}

/** What a target means, for who may pause it: an admin, or who holds a key whose pattern has the session. */
function aimOf(turn: Turn, target: string, by: Principal): Result<PausedAim> {
  const aim = readPauseTarget(target);
  if (aim === undefined) return failure("invalid_payload", `"${target.slice(0, 200)}" cannot be paused.`);
  if (aim.kind === "instance") {
    const instance: Instance | undefined = turn.store.instances.holderOf(aim.instanceId);
    const refusal = keeperRefusal(by, instance?.id ?? aim.instanceId);
    if (refusal !== null) return refusal;
    if (instance === undefined) return failure("unknown_instance", `No instance ${aim.instanceId} is here.`);
    return success({ kind: "instance", number: instance.number });
  }
  if (by.scope === "admin" && by.pattern === null) return success(aim);
  const what = aim.kind === "all" ? "everything" : `the project ${aim.project}`;
  return failure("forbidden", `To pause or resume ${what} needs a key of scope admin.`);
}

function linksOf({ links }: Turn, aim: PausedAim): Link[] {
  if (aim.kind === "instance") return [...links.all()].filter(({ instance }) => instance.number === aim.number);
  const all = [...links.all()];
  return aim.kind === "all" ? all : all.filter(({ instance }) => projectOf(instance.id) === aim.project);
}

function nameOf({ name }: Principal): string {
  return name ?? "an admin";
}
