/** T3: who of a role gets a task, and who gets it next. Exactly one has it at any moment: each change is one transaction. */
import { fullness } from "../accept.ts";
import { pauseOf } from "../pauses/rules.ts";
import { isListed } from "../routes.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";
import { handOver } from "./hand-over.ts";
import { type Cause, checkAtOf, HUB, takeStep } from "./move.ts";
import { patienceEnds } from "./next-check.ts";
import { named, tell } from "./notice.ts";
import { holderOf, isThere, ownerOf, requesterOf } from "./people.ts";

/** So many change hands when somebody comes. */
const STUCK_PIECE = 200;
/** When those whose queues were full are looked at again. */
const ROOM_AGAIN_MS = 10_000;

/** Everyone with a role but who asked, the best first: online before offline or paused, fewest open tasks, longest idle. */
export function candidatesFor(turn: Turn, role: string, requester: Instance | undefined): Instance[] {
  const { store } = turn;
  const having = store.instances
    .active()
    .filter((instance) => instance.role === role && instance !== requester && isListed(instance, turn))
    .map((instance) => ({
      instance,
      isOnline: mayBeGiven(turn, instance),
      open: store.tasks.countOpen(instance.number),
      lastStep: store.tasks.lastStepOf(instance.number),
    }));
  having.sort(
    (a, b) =>
      Number(b.isOnline) - Number(a.isOnline) ||
      a.open - b.open ||
      a.lastStep - b.lastStep ||
      a.instance.number - b.instance.number,
  );
  return having.map(({ instance }) => instance);
}

/** H3: a session that is paused counts as offline: what it got would wait. */
function mayBeGiven(turn: Turn, instance: Instance): boolean {
  return turn.links.isOnline(instance) && pauseOf(turn, instance) === undefined;
}

/** Others who may have a task, the best first. */
interface Others {
  /** Whose queues have room, those who never had it before the others. */
  able: Instance[];
  /** Of these, those who never had it. */
  isNew(instance: Instance): boolean;
  /** Whether there are some whose queues are full. */
  areSomeFull: boolean;
}

/** Nobody who refused it, nor who has it. */
function othersFor(turn: Turn, task: StoredTask): Others {
  const { store } = turn;
  const steps = store.tasks.stepsOf(task);
  // A step by somebody that makes it submitted is a refusal: it went to another, or to nobody.
  const refusals = steps.filter(({ state, by }) => state === "submitted" && by !== null);
  const left = new Set([...refusals.map(({ by }) => holderOf(store, by)), ownerOf(store, task)]);
  const had = new Set([task.firstOwner, ...steps.map(({ owner }) => owner)].map((number) => holderOf(store, number)));
  const others = candidatesFor(turn, task.role ?? "", requesterOf(store, task)).filter((one) => !left.has(one));
  const bytes = store.tasks.bodyOf(task)?.length ?? 0;
  const able = others.filter((instance) => turn.hasRoom && fullness(turn, instance, bytes) === null);
  const isNew = (instance: Instance) => !had.has(instance);
  return {
    able: [...able.filter(isNew), ...able.filter((instance) => !isNew(instance))],
    isNew,
    areSomeFull: able.length < others.length,
  };
}

/**
 * Gives a task for any of a role to another where it should go to one: it has no owner, or the owner did not accept it in
 * time, or was away for as long. It goes to who is online, and only from one who is away to who had it before: so it never
 * goes to and fro. Where there is nobody, it waits for the next who takes the role.
 */
export function settle(turn: Turn, task: StoredTask): void {
  const { now } = turn;
  const owner = ownerOf(turn.store, task);
  const isAway = owner === undefined || !isThere(turn, owner);
  const ends = patienceEnds(task, isAway ? (owner?.lastSeenAt ?? 0) : null);
  const isFine = owner !== undefined && (ends === null || ends > now);
  const isPast = task.expiresAt <= now;
  if (owner === undefined && isPast) {
    expire(turn, task);
    return;
  }
  // What may wait for nobody any more stays with who has it.
  const others = isFine || isPast ? undefined : othersFor(turn, task);
  const next = others && nextOf(turn, others, owner, isAway);
  if (next === undefined) {
    const isStuck = !isFine;
    const checkAt = others?.areSomeFull ? now + ROOM_AGAIN_MS : checkAtOf(turn, { ...task, isStuck });
    turn.store.tasks.change(task, { isStuck, checkAt });
    turn.noteTaskCheck(checkAt);
    return;
  }
  const isLate = task.state === "submitted";
  const why = isLate ? "did not accept it in time" : "was away for too long";
  handOver(turn, task, next, owner === undefined ? "it had waited for its role" : `${owner.id} ${why}`, HUB);
  const reason = isLate ? "you did not accept it in time" : "you were away for too long";
  tell(turn, owner, task, `The task ${named(task)} is ${next.id}'s now, since ${reason}. Do not work on it any more.`);
}

function nextOf(
  turn: Turn,
  { able, isNew }: Others,
  owner: Instance | undefined,
  isAway: boolean,
): Instance | undefined {
  if (owner === undefined) return able[0];
  const online = able.filter((instance) => mayBeGiven(turn, instance));
  return online.find(isNew) ?? (isAway ? online[0] : undefined);
}

/** Nobody has taken it for as long as its message may wait. */
function expire(turn: Turn, task: StoredTask): void {
  const why = `nobody with the role ${task.role} took it before its time ended`;
  takeStep(turn, task, { state: "failed", note: why }, HUB);
  tell(turn, requesterOf(turn.store, task), task, `The task ${named(task)} failed: ${why}.`);
}

/** Who has a task when its owner refuses it, first one who never had it; undefined where that is the end of it. */
export function nextAfterRefusal(turn: Turn, task: StoredTask): Instance | undefined {
  return task.role === null || task.expiresAt <= turn.now ? undefined : othersFor(turn, task).able[0];
}

/** Its owner refuses a task. Returns it as it is then. */
export function refuse(turn: Turn, task: StoredTask, note: string | undefined, cause: Cause): StoredTask {
  const next = nextAfterRefusal(turn, task);
  if (next === undefined) return takeStep(turn, task, { state: "rejected", note }, cause);
  const refused = `${ownerOf(turn.store, task)?.id ?? "its owner"} refused it`;
  return handOver(turn, task, next, note === undefined ? refused : `${refused}: ${note}`, cause);
}

/** Its owner is no more, or its message was taken out of the queue: another has it, or it waits for one. */
export function passOn(turn: Turn, task: StoredTask, reason: string): void {
  if (task.expiresAt <= turn.now) takeStep(turn, task, { state: "failed", note: reason }, HUB);
  else handOver(turn, task, othersFor(turn, task).able[0] ?? null, reason, HUB);
}

/** Someone has a role: gives it what waited for that. What is too much for one transaction comes with time. */
export function takeWaiting(turn: Turn, { role }: Instance): void {
  if (role === null || !turn.hasRoom) return;
  const { tasks } = turn.store;
  const waiting = tasks.listStuck(role, STUCK_PIECE);
  for (const task of waiting) settle(turn, task);
  if (waiting.length < STUCK_PIECE) return;
  tasks.checkStuck(role, waiting.at(-1)?.number ?? 0, turn.now);
  turn.noteTaskCheck(turn.now);
}
