/** Forgets, piece by piece, what nobody can ask for any more: texts of what was acked, and messages that ended long ago. */
import { RETENTION_MS } from "../../shared/limits.ts";
import { digestOf } from "../content-digest.ts";
import type { StoredMessage } from "./store/messages.ts";
import type { Store } from "./store/store.ts";
import { makeRoomOfTasks } from "./tasks/time.ts";
import type { Turn } from "./turn.ts";

/** One transaction looks at so many messages. */
const PIECE = 1_000;
/** Texts younger than this are left: most of them are about to be asked for. */
const TEXT_AGE_MS = 60_000;

/** Where room is made, what ended is forgotten from this age on, and so many messages are looked at in one go. */
const ROOM_AGE_MS = 60_000;
const ROOM_PIECE = 2_000;

/** How far the last piece got. */
export interface Tidied {
  /** The place up to which texts were dropped, and messages forgotten. */
  textsUpTo: number;
  forgottenUpTo: number;
}

/** Does one piece of both. Returns where it ended, and whether there is more to do at once. */
export function tidySome(store: Store, from: Tidied, now: number): { tidied: Tidied; isMore: boolean } {
  const texts = dropTexts(store, from.textsUpTo, now - TEXT_AGE_MS);
  const forgotten = forgetEnded(store, from.forgottenUpTo, now - RETENTION_MS);
  return {
    tidied: { textsUpTo: texts.upTo, forgottenUpTo: forgotten.isMore ? forgotten.upTo : 0 },
    isMore: texts.isMore || forgotten.isMore,
  };
}

/**
 * Makes room in a store that is nearly full: of the next messages behind a position, forgets those that ended, dead letters
 * and publications too, before their time. Returns where it ended, 0 behind the last.
 */
export function makeRoom(turn: Turn, after: number): number {
  const { store, now } = turn;
  const positions = store.messages.listPositions(after, now - ROOM_AGE_MS, ROOM_PIECE);
  const open = store.deliveries.listAlive(positions, Number.MAX_SAFE_INTEGER);
  const ended = positions.filter((position) => !open.has(position));
  makeRoomOfTasks(turn, now - ROOM_AGE_MS, ended);
  store.decisions.forgetEnded(now - ROOM_AGE_MS, ROOM_PIECE);
  if (ended.length > 0) {
    store.deliveries.deleteAt(ended);
    store.messages.delete(ended);
    store.room.lookAgain();
  }
  return positions.length < ROOM_PIECE ? 0 : (positions.at(-1) as number);
}

/** A piece of those behind a position that were accepted before a time. */
function pieceOf({ messages }: Store, after: number, before: number) {
  const rows = messages.listAfter(after, PIECE);
  const piece = rows.filter(({ acceptedAt }) => acceptedAt < before);
  return { piece, upTo: piece.at(-1)?.position ?? after, isMore: piece.length === PIECE };
}

function dropTexts(store: Store, after: number, before: number): { upTo: number; isMore: boolean } {
  const { piece, upTo, isMore } = pieceOf(store, after, before);
  const direct = piece.filter(({ isPublication, body }) => !isPublication && body !== null);
  const needed = store.deliveries.listNeeded(direct.map(({ position }) => position));
  const done = direct.filter(({ position }) => !needed.has(position));
  if (done.length > 0) store.messages.dropBodies(done.map((message) => [message.position, digestOf(bodyOf(message))]));
  return { upTo, isMore };
}

/** A topic's history forgets as everything does, after 7 days. */
function forgetEnded(store: Store, after: number, before: number): { upTo: number; isMore: boolean } {
  const { piece, upTo, isMore } = pieceOf(store, after, before);
  const positions = piece.map(({ position }) => position);
  const alive = store.deliveries.listAlive(positions, before);
  const ended = positions.filter((position) => !alive.has(position));
  if (ended.length > 0) {
    store.deliveries.deleteAt(ended);
    store.messages.delete(ended);
  }
  return { upTo, isMore };
}

function bodyOf({ body }: StoredMessage): string {
  return body ?? "";
}
