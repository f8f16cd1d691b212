/**
 * G1: sessions that only talk to each other are stopped. Asked before a message is accepted (`loopRefusal`) and told after it
 * was (`noteSaid`). A person in it, a new task or a task's end begins the count anew.
 */
import { type Failure, failure } from "../../../shared/errors.ts";
import { messageIdOf } from "../../envelope.ts";
import type { TaskPart } from "../../link.ts";
import { wholeOfCopy } from "../copies.ts";
import type { Link } from "../links.ts";
import { isCry, type Said } from "../pauses/rules.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredLoopStop } from "../store/loop-stops.ts";
import type { Turn } from "../turn.ts";
import { stopLoop } from "./stops.ts";
import type { FullTalk, Talk } from "./talks.ts";

/** A message on its way; `recipient` is null for a publication, which counts in its thread alone. */
export interface Word {
  recipient: Instance | null;
  replyTo: string | undefined;
  body: string;
  task: TaskPart | undefined;
  /** Whether it is an answer that ends its task: work may always be finished. */
  isEnding: boolean;
}

/** Why a message may not be said; null where it may. */
export function loopRefusal(turn: Turn, link: Link, word: Word): Failure | null {
  const { loopMessages: limit } = turn.settings;
  if (limit === 0 || isWithPerson(turn, link, word) || word.isEnding || isCry(turn, link, saidOf(word))) return null;
  const stopped = stopOf(turn, link, word);
  if (stopped === undefined && word.task?.kind === "opens") return null;
  const full = stopped === undefined ? fullTalk(turn, link, word, limit) : undefined;
  if (stopped === undefined && full === undefined) return null;
  // M3: what was accepted before is answered again.
  if (turn.store.messages.has(messageIdOf(word.body))) return null;
  if (stopped !== undefined) return refusalOf(turn, link, stopped);
  return refusalOf(turn, link, stopLoop(turn, full as FullTalk));
}

/** A message was accepted. */
export function noteSaid(turn: Turn, link: Link, word: Word): void {
  const { settings, now } = turn;
  if (settings.loopMessages === 0) return;
  const { talks } = turn.store;
  const { recipient, replyTo, body } = word;
  const sender = link.instance.number;
  const isAnew = isWithPerson(turn, link, word) || word.task?.kind === "opens";
  if (recipient !== null && isAnew) talks.resetPair(sender, recipient.number);
  else if (recipient !== null) talks.notePair(sender, recipient.number, now);
  if (replyTo === undefined) return;
  const root = rootOf(turn, link, replyTo);
  const answerId = messageIdOf(body);
  talks.noteRoot(answerId, root);
  if (isAnew) talks.resetThread(root);
  // Whose answer it is wrote what it answers, most likely.
  else talks.noteThread(root, { sender, asker: recipient?.number ?? null, answerId }, now);
}

/** A task ended: what its requester and owner say next is something new. */
export function noteTaskEnd({ store }: Turn, taskId: string, requester: number, owner: number | null): void {
  if (owner !== null) store.talks.resetPair(requester, owner);
  store.talks.resetThread(store.talks.rootOf(taskId));
}

/** The first message of the thread that an answer to this message is in; what answers a copy answers the publication. */
function rootOf({ store }: Turn, { instance }: Link, messageId: string): string {
  return store.talks.rootOf(wholeOfCopy(messageId, store, instance) ?? messageId);
}

function saidOf({ task, replyTo, recipient }: Word): Said {
  return { task, replyTo, recipients: recipient === null ? [] : [recipient] };
}

function isWithPerson({ links }: Turn, link: Link, { recipient }: Word): boolean {
  return link.isPerson || (recipient !== null && links.of(recipient)?.isPerson === true);
}

function stopOf(turn: Turn, link: Link, { recipient, replyTo }: Word): StoredLoopStop | undefined {
  const { loopStops } = turn.store;
  if (loopStops.isEmpty) return undefined;
  const ofPair = recipient === null ? undefined : loopStops.ofPair(link.instance.number, recipient.number);
  if (ofPair !== undefined || replyTo === undefined) return ofPair;
  return loopStops.ofThread(rootOf(turn, link, replyTo));
}

function fullTalk(turn: Turn, link: Link, { recipient, replyTo }: Word, limit: number): FullTalk | undefined {
  const { now } = turn;
  const { talks, instances } = turn.store;
  const sender = link.instance.number;
  const pair = recipient === null ? undefined : talks.pair(sender, recipient.number, now);
  if (recipient !== null && pair !== undefined && isFull(pair, sender, limit)) {
    return { talk: pair, members: [sender, recipient.number], root: null };
  }
  if (replyTo === undefined) return undefined;
  const root = rootOf(turn, link, replyTo);
  const thread = talks.thread(root, now);
  if (thread === undefined) return undefined;
  // Under the ids that they have by now (Q8).
  const current = (number: number) => {
    const known = instances.byNumber(number);
    return (known && instances.current(known)?.number) ?? number;
  };
  // Many who answer one question are no loop, whatever is said to each of them.
  const isCrowd = thread.firstWords * 2 > thread.turns;
  if (isCrowd || !isFull({ ...thread, last: current(thread.last) }, sender, limit)) return undefined;
  return { talk: thread, members: [...new Set([...thread.who, sender].map(current))], root };
}

/** Whether one more word of this sender would be a turn too many. */
function isFull({ last, turns }: Talk, sender: number, limit: number): boolean {
  return last !== sender && turns >= limit;
}

/** Says no command: a model with a shell would run it. */
function refusalOf({ store }: Turn, { instance }: Link, stop: StoredLoopStop): Failure {
  const { loopId, members, messages, root } = stop;
  const other = members.filter((number) => number !== instance.number).map((number) => store.instances.idOf(number))[0];
  const what = root === null ? `You and ${other}` : "The sessions of this thread";
  return failure(
    "loop_guard",
    `${what} exchanged ${messages} messages without a person, so this is stopped; do not try again. Only a person may let it go on, in the hub's dashboard: tell yours if it matters. What ends a task, and input_required or failed, still passes.`,
    { details: { loopId } },
  );
}
