/**
 * Q8: an instance changes its id. Every step can be repeated, and a record on disk says that they are under way, so a
 * crash between any two loses and doubles nothing:
 *
 *   1. the directory checks and binds the new id, still without telling anyone
 *   2. this mailbox stops taking mail (whoever offers some waits), and the new one adopts what is not acked
 *   3. the directory retires the old id: what is sent to it goes to the new one from here on
 *   4. topics replace their subscriber; this mailbox answers whoever waited with `moved`
 */
import { type Result, success } from "../../shared/errors.ts";
import { projectOf, projectTopic } from "../../shared/ids.ts";
import { directoryOf, type Env, mailboxOf, topicOf } from "../env.ts";
import type { FinishedMove } from "../rpc.ts";
import type { Queue } from "./queue.ts";
import type { Row } from "./store.ts";

/** The record of a change under way. */
export interface Move {
  from: string;
  to: string;
  /** SHA-256 of the secret the client named for the new id, or null. */
  identityHash: string | null;
  version: 1 | 2;
}

/** One RPC carries at most this many characters of bodies. */
const ADOPT_MAX_LENGTH = 4_000_000;

/** Step 1. */
export async function beginMove(env: Env, move: Move): Promise<Result<null>> {
  const begun = await directoryOf(env).beginMove(move.from, move.to, move.identityHash, move.version, Date.now());
  return begun.ok ? success(null) : begun;
}

/** Steps 2 to 4. Returns how many messages moved, and the new id's place in the directory. */
export async function performMove(
  env: Env,
  move: Move,
  queue: Queue,
  isOnline: boolean,
): Promise<FinishedMove & { migrated: number }> {
  const rows = queue.openRows();
  const successor = mailboxOf(env, move.to);
  for (const chunk of chunksOf(rows)) await successor.adopt(move.to, move.from, chunk, queue.highestId);
  queue.forgetMoved(rows);
  const finished = await directoryOf(env).finishMove(move.from, move.to, isOnline, rows.length, Date.now());
  await Promise.all(finished.topics.map((topic) => topicOf(env, topic).replaceSubscriber(move.from, move.to)));
  const own = projectTopic(projectOf(move.to));
  if (!finished.topics.includes(own)) {
    await topicOf(env, own).subscribe(own, move.to, Date.now(), true);
    finished.topics.push(own);
  }
  return { ...finished, topics: [...finished.topics].sort(), migrated: rows.length };
}

/** At least one chunk, even an empty one: the new mailbox must learn whose successor it is. */
function chunksOf(rows: readonly Row[]): Row[][] {
  const chunks: Row[][] = [[]];
  let length = 0;
  for (const row of rows) {
    if (length > 0 && length + row.body.length > ADOPT_MAX_LENGTH) {
      chunks.push([]);
      length = 0;
    }
    (chunks.at(-1) as Row[]).push(row);
    length += row.body.length;
  }
  return chunks;
}
