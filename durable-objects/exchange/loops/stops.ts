/** G1: how an exchange is stopped, and how a person lets it go on. All of its sessions are told, once. */
import { failure, type Result, success } from "../../../shared/errors.ts";
import { isInPattern } from "../../../shared/keys.ts";
import type { LoopStop } from "../../../shared/loops.ts";
import { isoTime } from "../../iso-time.ts";
import type { Principal } from "../../principal.ts";
import type { StoredLoopStop } from "../store/loop-stops.ts";
import { tellInstance } from "../tell.ts";
import type { Turn } from "../turn.ts";
import type { FullTalk } from "./talks.ts";

/** Stops a pair or a thread, and tells everyone in it. */
export function stopLoop(turn: Turn, { talk, members, root }: FullTalk): StoredLoopStop {
  const loopId = crypto.randomUUID();
  const stop = { loopId, root, members, answers: talk.answers, messages: talk.turns, at: turn.now };
  turn.store.loopStops.add(stop);
  const { instances, threadId, messages } = describeLoop(turn, stop);
  turn.tell({
    event: "loop:stopped",
    timestamp: isoTime(turn.now),
    loopId,
    instances,
    ...(threadId === undefined ? {} : { threadId }),
    messages,
  });
  tellAll(
    turn,
    stop,
    (others) =>
      `The hub stopped your exchange with ${others}: ${messages} messages without a person. Write no more of it until a person lets it go on.`,
  );
  return stop;
}

/** Does `POST /api/loops/:id/resume`. */
export function resumeLoop(turn: Turn, loopId: string, by: Principal): Result<LoopStop> {
  const { loopStops, talks } = turn.store;
  const stop = loopStops.find(loopId);
  if (stop === undefined) return failure("not_found", `Nothing is stopped under ${loopId}; it may go on already.`);
  const told = describeLoop(turn, stop);
  const { pattern } = by;
  if (pattern !== null && !told.instances.some((instanceId) => isInPattern(pattern, instanceId))) {
    return failure("forbidden", `This key is for ${pattern}; none of these sessions is in it.`);
  }
  loopStops.remove(stop);
  const { members, root } = stop;
  for (const [index, a] of members.entries()) for (const b of members.slice(index + 1)) talks.resetPair(a, b);
  if (root !== null) talks.resetThread(root);
  turn.tell({ event: "loop:resumed", timestamp: isoTime(turn.now), loopId, by: by.name ?? "an admin" });
  tellAll(turn, stop, (others) => `A person lets you and ${others} go on, if there is still something to say.`);
  return success(told);
}

/** The oldest first. */
export function listLoops(turn: Pick<Turn, "store">): LoopStop[] {
  return turn.store.loopStops.all().map((stop) => describeLoop(turn, stop));
}

/** An instance is no more. */
export function dropLoopsOf({ store }: Turn, number: number): void {
  store.loopStops.drop(number);
}

function describeLoop({ store }: Pick<Turn, "store">, stop: StoredLoopStop): LoopStop {
  const { loopId, root, members, messages, at } = stop;
  return {
    loopId,
    kind: root === null ? "pair" : "thread",
    instances: members.map((number) => store.instances.idOf(number)),
    ...(root === null ? {} : { threadId: root }),
    messages,
    at: isoTime(at),
  };
}

/** As type `ack`, which wants no answer. */
function tellAll(turn: Turn, { members }: StoredLoopStop, say: (others: string) => string): void {
  const { instances } = turn.store;
  for (const number of members) {
    const others = members.filter((other) => other !== number).map((other) => instances.idOf(other));
    const named = others.length > 2 ? `${others.length} others` : others.join(" and ");
    tellInstance(turn, instances.byNumber(number), { part: "guard", type: "ack", content: say(named) });
  }
}
