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
import type { ClientFrame, FrameOf } from "../../shared/protocol.ts";
import { directoryOf, type Env, exchangeOf, mailboxOf, topicOf } from "../env.ts";
import { sha256Hex } from "../hash.ts";
import type { FinishedMove, Predecessor } from "../rpc.ts";
import type { Connection } from "./connection.ts";
import { answer } from "./frame-loop.ts";
import { internalFailure } from "./internal-failure.ts";
import type { Queue } from "./queue.ts";
import type { MailboxState } from "./state.ts";
import type { Row } from "./store.ts";

/** The record of a change under way. */
export interface Move {
  from: string;
  to: string;
  /** SHA-256 of the secret the client named for the new id, or null. */
  identityHash: string | null;
  version: 1 | 2;
}

/** The mailbox as a change of its session sees it. */
export interface SessionHost {
  env: Env;
  state: MailboxState;
  instanceId(): string;
  queue(): Queue;
  /** The client that is here, on an open socket. */
  connection(): Connection | null;
  /** Sets the alarm that resumes a change, epoch ms. */
  wakeAt(at: number): void;
  /** The client is this mailbox's no longer. Returns the frames it sent meanwhile. */
  letGo(): ClientFrame[];
  retarget(from: string, fromEpoch: number, to: string, toEpoch: number): Promise<boolean>;
}

type Moved = FinishedMove & { migrated: number };

/** After a crash in the middle of a change: when it goes on. */
const RETRY_MS = 5_000;
/** One RPC carries at most this many characters of bodies. */
const ADOPT_MAX_LENGTH = 4_000_000;

export class SessionChange {
  readonly #host: SessionHost;
  #moving: Promise<Moved> | undefined;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  get isUnderWay(): boolean {
    return this.#moving !== undefined;
  }

  /** Resolves when no change is under way: mail that comes meanwhile waits for it. */
  async settled(): Promise<void> {
    await this.#moving?.catch(() => {});
  }

  /** Changes the id and answers; the client goes on as the new one on the socket it has. */
  async change(frame: FrameOf<"session_update">, connection: Connection): Promise<void> {
    const { requestId, newInstanceId: to } = frame;
    const from = this.#host.instanceId();
    if (to === from) {
      answer(connection, requestId, success({ migrated: 0, instanceId: from }));
      return;
    }
    const identityHash = frame.identity === undefined ? null : await sha256Hex(frame.identity);
    const move: Move = { from, to, identityHash, version: connection.version };
    const moved = await this.#begin(move).catch(internalFailure);
    if (!moved.ok) {
      answer(connection, requestId, moved);
      return;
    }
    answer(connection, requestId, success({ migrated: moved.value.migrated, instanceId: to }));
    await this.#handOver(connection, to, moved.value);
  }

  /** A crash came between two steps, or a dead letter was brought back to life after all of them. */
  async resume(): Promise<void> {
    const { move } = this.#host.state;
    if (this.isUnderWay) return;
    if (move === undefined) {
      await this.#handOverRest();
      return;
    }
    const moved = await this.#begin(move);
    // It came back under the id it knows: it goes along, as it would have without the crash.
    const connection = this.#host.connection();
    if (!moved.ok) this.#host.state.set("move", undefined);
    else if (connection !== null) await this.#handOver(connection, move.to, moved.value);
  }

  async #begin(move: Move): Promise<Result<Moved>> {
    const { from, to, identityHash, version } = move;
    const begun: Result<null> = await directoryOf(this.#host.env).beginMove(
      from,
      to,
      identityHash,
      version,
      Date.now(),
    );
    if (!begun.ok) return begun;
    return success(await this.#move(move));
  }

  #move(move: Move): Promise<Moved> {
    const { state } = this.#host;
    state.set("move", move);
    this.#host.wakeAt(Date.now() + RETRY_MS);
    const moving = this.#perform(move).then((moved) => {
      state.set("successor", move.to);
      state.set("move", undefined);
      state.set("role", undefined);
      return moved;
    });
    this.#moving = moving.finally(() => {
      this.#moving = undefined;
    });
    return this.#moving;
  }

  /** Steps 2 to 4. */
  async #perform({ from, to }: Move): Promise<Moved> {
    const { env } = this.#host;
    const queue = this.#host.queue();
    const rows = queue.openRows();
    for (const chunk of chunksOf(rows)) await mailboxOf(env, to).adopt(to, chunk, this.#predecessors());
    queue.forgetMoved(rows);
    const finished = await directoryOf(env).finishMove(
      from,
      to,
      this.#host.connection() !== null,
      rows.length,
      Date.now(),
    );
    // From here on one sender's mail to the old id and to the new one goes the same way, in its order (Q2).
    await exchangeOf(env).forgetRecipient(from);
    await Promise.all(finished.topics.map((topic) => topicOf(env, topic).replaceSubscriber(from, to)));
    const project = projectTopic(projectOf(to));
    if (!finished.topics.includes(project)) {
      await topicOf(env, project).subscribe(project, to, Date.now(), true);
      finished.topics.push(project);
    }
    return { ...finished, topics: [...finished.topics].sort(), migrated: rows.length };
  }

  /** Those of the next id: this one first. */
  #predecessors(): Predecessor[] {
    const { state, instanceId, queue } = this.#host;
    return [{ id: instanceId(), highestId: queue().highestId }, ...state.predecessors];
  }

  /** What is open in a retired mailbox is its successor's. */
  async #handOverRest(): Promise<void> {
    const { env, state } = this.#host;
    const { successor } = state;
    const queue = this.#host.queue();
    if (successor === undefined || queue.depth === 0) return;
    this.#host.wakeAt(Date.now() + RETRY_MS);
    const rows = queue.openRows();
    for (const chunk of chunksOf(rows)) {
      await mailboxOf(env, successor).adopt(successor, chunk, this.#predecessors());
    }
    queue.forgetMoved(rows);
  }

  /** The socket speaks for the new id; what the client sent meanwhile is the new id's. */
  async #handOver(connection: Connection, to: string, { epoch, role, topics }: FinishedMove): Promise<void> {
    const { env, state } = this.#host;
    const from = this.#host.instanceId();
    connection.flush();
    await connection.sent();
    const home = state.relay?.home ?? from;
    const waiting = this.#host.letGo();
    const holder = home === from ? this.#host : mailboxOf(env, home);
    if (!(await holder.retarget(from, connection.epoch, to, epoch))) {
      await directoryOf(env).closeConnection(to, epoch, Date.now());
      return;
    }
    const successor = mailboxOf(env, to);
    // All at once, and in this order: the home passes on what comes behind as soon as the client is taken over.
    await Promise.all([
      successor.takeOver(to, { home, epoch, version: connection.version }, role),
      ...waiting.map((frame) => successor.relayIn(epoch, JSON.stringify(frame))),
      successor.syncTopics(topics),
    ]);
  }
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
