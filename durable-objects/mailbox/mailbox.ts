/** One instance: its queue, its live socket, its acks. The parts are beside this file; here they meet the platform. */
import { DurableObject } from "cloudflare:workers";
import { CloseCode, failure, type Result } from "../../shared/errors.ts";
import { projectOf, projectTopic } from "../../shared/ids.ts";
import { RETENTION_MS } from "../../shared/limits.ts";
import type { MessageStatus } from "../../shared/message.ts";
import type { ClientFrame, FrameOf } from "../../shared/protocol.ts";
import type { DeadLetter, QueuePage } from "../../shared/rest.ts";
import { answerClose } from "../answer-close.ts";
import { closeReason } from "../close-reason.ts";
import type { Author } from "../compose.ts";
import { directoryOf, type Env, exchangeOf, mailboxOf, readSettings, type Settings, topicOf } from "../env.ts";
import { errorText, log, setLogLevel } from "../log.ts";
import { fromLoggedColumns, type LoggedColumns, type LoggedParcel, withRecipient } from "../parcels.ts";
import type {
  FinalVerdict,
  MailboxRpc,
  MovedMessage,
  Predecessor,
  RelayFacts,
  Verdict,
  VerdictColumns,
} from "../rpc.ts";
import type { StateGroup } from "../states.ts";
import { readUpgrade, refuseUpgrade, upgradeResponse } from "../upgrade.ts";
import { type ActionContext, runAction, type SimpleFrame } from "./actions.ts";
import { Connection } from "./connection.ts";
import { noDeadLetter, toDeadLetter } from "./dead-letter.ts";
import { answer, FrameLoop, type PendingFrame } from "./frame-loop.ts";
import { type Accepted, welcomeFrame, writeBodies, writeReceipts, writeRows } from "./hub-frames.ts";
import { internalFailure } from "./internal-failure.ts";
import { nextAlarm } from "./next-alarm.ts";
import { Queue } from "./queue.ts";
import { toQueuePage } from "./queue-page.ts";
import { TokenBucket } from "./rate-limit.ts";
import { recallFrom } from "./recall.ts";
import { RelayPort } from "./relay.ts";
import type { SendFrame } from "./send.ts";
import { SessionChange } from "./session-change.ts";
import { Sockets } from "./sockets.ts";
import { MailboxState } from "./state.ts";
import { MailboxStore, type Row } from "./store.ts";
import { submitPublications, submitSends } from "./submit.ts";
import { WriteBehind } from "./write-behind.ts";

const PURGE_EVERY_MS = 86_400_000;
const RELAY_PATIENCE_MS = 5_000;
const RELAY_AGAIN_MS = 5;
const REPLACED = "replaced by a newer connection";
const REVOKED = "the key of this connection was revoked";

/** What a mailbox has in memory once it is awake. */
interface Awake {
  queue: Queue;
  disk: WriteBehind;
}

export class InstanceMailbox extends DurableObject<Env> implements MailboxRpc {
  readonly #settings: Settings;
  readonly #state: MailboxState;
  readonly #sockets: Sockets;
  readonly #loop: FrameLoop;
  readonly #bucket: TokenBucket;
  readonly #session: SessionChange;
  /** Texts on their way to other mailboxes, in their order. */
  #relaying: Promise<void> = Promise.resolve();
  #relayingCount = 0;
  #awake: Awake | undefined;
  #waking: Promise<void> | undefined;
  #connection: Connection | null;
  #alarmAt: number | null = null;
  /** Those of this life in memory: what is under way meets them, and what comes later does not get this far. */
  readonly #revokedKeys = new Set<string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    this.#settings = readSettings(env);
    this.#state = new MailboxState(ctx.storage);
    this.#sockets = new Sockets(ctx);
    this.#connection = this.#sockets.newest();
    this.#bucket = new TokenBucket(this.#settings.rateFrames, this.#settings.rateWindowMs, this.#state.bucket);
    this.#loop = new FrameLoop(this.#bucket, {
      ack: (frame, connection, now) => this.#ack(frame, connection, now),
      send: (sends) => this.#sendAll(sends),
      publish: (publications) => submitPublications(publications, this.#author, env),
      run: (pending) => this.#run(pending),
    });
    this.#session = new SessionChange({
      env,
      state: this.#state,
      instanceId: () => this.#requireId(),
      queue: () => this.#requireAwake().queue,
      connection: () => this.#liveConnection(),
      wakeAt: (at) => void ctx.storage.setAlarm(at),
      letGo: () => this.#letGo(),
      retarget: (...facts) => this.retarget(...facts),
    });
  }

  // ---- connecting

  /** An upgrade that the worker has authorised (section 1). */
  override async fetch(request: Request): Promise<Response> {
    const facts = readUpgrade(request);
    const now = Date.now();
    const { instanceId, version, identityHash, principal } = facts;
    const verdict = await directoryOf(this.env).openConnection({ instanceId, version, identityHash, principal, now });
    if (!verdict.ok) return refuseUpgrade(verdict);
    this.#become(instanceId);
    await this.#wake();
    await this.#joinProjectTopic(instanceId, verdict.topics, now);
    // Between the directory's yes and this turn the key may have been revoked.
    if (this.#revokedKeys.has(principal.keyId))
      return refuseUpgrade(failure("unauthorized", "That key has been revoked."));
    const { 0: client, 1: server } = new WebSocketPair();
    this.#welcome(this.#sockets.accept(server, principal.keyId, verdict.epoch, version, now), verdict);
    return upgradeResponse(client, facts);
  }

  /** Every session is in its project's topic, from its first connection on (A5). */
  async #joinProjectTopic(instanceId: string, topics: string[], now: number): Promise<void> {
    const topic = projectTopic(projectOf(instanceId));
    if (topics.includes(topic)) return;
    await topicOf(this.env, topic).subscribe(topic, instanceId, now, true);
    topics.push(topic);
    topics.sort();
  }

  #welcome(connection: Connection, verdict: Accepted): void {
    if (this.#connection !== null && this.#connection.epoch > connection.epoch) {
      connection.close(CloseCode.replaced, REPLACED);
      return;
    }
    this.#state.set("role", verdict.role ?? undefined);
    this.#replaceConnection(connection);
    this.#requireAwake().queue.expire(Date.now());
    if (connection.version === 1) connection.send({ action: "subscriptions:sync", topics: verdict.topics });
    else connection.send(welcomeFrame(this.#requireId(), verdict, this.#requireAwake().queue.depth, this.#settings));
    this.#goOn();
  }

  /** C7: one live socket; the ones before it are told and not heard any more. */
  #replaceConnection(connection: Connection): void {
    const others = this.#sockets.own().filter((other) => other.epoch < connection.epoch);
    if (this.#connection !== null && this.#connection.ws === null) others.push(this.#connection);
    this.#connection = connection;
    this.#loop.stopGathering();
    this.#awake?.queue.releaseAll();
    for (const other of others) other.close(CloseCode.replaced, REPLACED);
    if (connection.ws !== null) this.#state.set("relay", undefined);
  }

  override async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    answerClose(ws, code);
    await this.#ended(ws, code);
  }

  override async webSocketError(ws: WebSocket): Promise<void> {
    await this.#ended(ws);
  }

  async #ended(ws: WebSocket, code?: number): Promise<void> {
    const gone = this.#sockets.connectionOf(ws);
    if (gone === undefined) return;
    const instance = gone.relayTo ?? this.#state.instanceId;
    log("info", "instance disconnected", { instance, code, reason: closeReason(code) });
    await this.#drop(gone);
  }

  /** C7: the end of a socket that was replaced changes nothing; that of another id's is its mailbox's business. */
  async #drop(gone: Connection): Promise<void> {
    if (gone.relayTo !== null) {
      await mailboxOf(this.env, gone.relayTo).relayClosed(gone.epoch);
      return;
    }
    if (gone.epoch !== this.#connection?.epoch) return;
    this.#loop.stopGathering();
    this.#connection = null;
    this.#awake?.queue.releaseAll();
    this.#state.set("bucket", this.#bucket.state);
    this.#awake?.disk.flush();
    this.#updateAlarm();
    if (this.#state.instanceId === undefined) return;
    await directoryOf(this.env).closeConnection(this.#state.instanceId, gone.epoch, Date.now());
  }

  async isLive(epoch: number): Promise<boolean> {
    await this.#wake();
    return this.#connection?.epoch === epoch && this.#connection.isOpen;
  }

  async revokeKey(keyId: string): Promise<void> {
    this.#revokedKeys.add(keyId);
    for (const ws of this.#sockets.withKey(keyId)) {
      ws.close(CloseCode.revoked, REVOKED);
      await this.#ended(ws, CloseCode.revoked);
    }
    // The directory names the id that goes on with the key; its socket may be in the mailbox of the id before (Q8).
    const connection = this.#connection;
    if (connection === null || connection.ws !== null) return;
    connection.close(CloseCode.revoked, REVOKED);
    await this.#drop(connection);
  }

  // ---- frames

  override async webSocketMessage(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    if (this.#awake === undefined) await this.#wake();
    const live = this.#connection;
    if (live !== null && live.ws === ws && this.#relayingCount === 0) {
      await this.#loop.take(live, data, Date.now());
      return;
    }
    const held = this.#sockets.connectionOf(ws);
    if (held === undefined) return;
    if (held.relayTo !== null || live === null || held.epoch > live.epoch || this.#relayingCount > 0) {
      held.noteHeard(Date.now());
      this.#relayingCount++;
      this.#relaying = this.#relaying.then(() => this.#relay(ws, data)).finally(() => this.#relayingCount--);
      await this.#relaying;
    } else if (live !== null && live.ws !== null && held.epoch === live.epoch) {
      // The same socket under another object, as after hibernation. What a replaced one still says is not heard.
      await this.#loop.take(live, data, Date.now());
    }
  }

  /** A client that changes its id again is for a moment with no mailbox: what it says then waits. */
  async #relay(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    for (const until = Date.now() + RELAY_PATIENCE_MS; Date.now() < until; await scheduler.wait(RELAY_AGAIN_MS)) {
      const held = this.#sockets.connectionOf(ws);
      if (held === undefined || !held.isOpen) return;
      const holder = held.relayTo === null ? this : mailboxOf(this.env, held.relayTo);
      if (await holder.relayIn(held.epoch, data).catch(() => false)) return;
    }
  }

  /** With a reply the ack is a promise, so it is on disk first; without one it may share a later commit. */
  #ack(frame: FrameOf<"ack">, connection: Connection, now: number): FrameOf<"ack"> | null {
    const { queue, disk } = this.#requireAwake();
    if (this.#session.isUnderWay) return queue.ackById(frame);
    const acked = queue.ack(frame, connection.epoch, now);
    if (frame.requestId !== undefined) {
      disk.flush();
      connection.send({ requestId: frame.requestId, acked });
    }
    if (acked > 0 && queue.hasQueued) this.#pump();
    disk.schedule();
    return null;
  }

  async #sendAll(sends: readonly PendingFrame<SendFrame>[]): Promise<void> {
    const { queue, disk } = this.#requireAwake();
    await submitSends(sends, this.#author, queue.sent, this.env);
    disk.schedule();
  }

  async #run({ frame, connection }: PendingFrame): Promise<void> {
    if (frame.action === "session_update") {
      await this.#session.change(frame, connection);
    } else if (frame.action === "ack") {
      this.#ack(frame, connection, Date.now());
    } else {
      const reply = await runAction(frame as SimpleFrame, this.#actionContext()).catch(internalFailure);
      answer(connection, frame.requestId, reply);
      if (this.#awake?.queue.hasQueued) this.#pump();
      this.#awake?.disk.schedule();
    }
  }

  get #author(): Author {
    return { from: this.#requireId(), role: this.#state.role };
  }

  #actionContext(): ActionContext {
    return {
      instanceId: this.#requireId(),
      env: this.env,
      queue: this.#requireAwake().queue,
      now: Date.now(),
      role: this.#state.role,
      predecessors: this.#state.predecessors.map(({ id }) => id),
      setRole: (role) => this.#state.set("role", role ?? undefined),
      takeBroadcast: () => this.#takeBroadcast(Date.now()),
    };
  }

  /** E4: on disk at once, so that neither a reconnect nor a crash shortens the wait. */
  #takeBroadcast(now: number): number {
    const { broadcastAt } = this.#state;
    const waitMs = broadcastAt + this.#settings.broadcastIntervalMs - now;
    if (waitMs > 0 && broadcastAt <= now) return waitMs;
    this.#state.set("broadcastAt", now);
    return 0;
  }

  // ---- mail

  /** Takes a batch in and writes what fits to the live socket at once. */
  async apply(columns: LoggedColumns, receipts: StateGroup[]): Promise<VerdictColumns> {
    if (this.#awake === undefined) await this.#wake();
    if (this.#session.isUnderWay) await this.#session.settled();
    const parcels = fromLoggedColumns(this.#state.instanceId ?? "", columns);
    const recalled = await recallFrom(this.#state.predecessors, parcels, this.env);
    const { successor } = this.#state;
    if (successor !== undefined) return this.#moved(successor, parcels, receipts);
    if (this.#awake === undefined) return verdictForAll(parcels, REMOVED);
    const { queue, disk } = this.#awake;
    const connection = this.#liveConnection();
    if (connection !== null) writeReceipts(connection, receipts);
    if (parcels.length === 0) return verdictForAll(parcels, REMOVED);
    const { verdicts, writes } = queue.offer(parcels, connection, Date.now(), false, recalled);
    if (writes.length > 0) {
      // A v1 client cannot ack: its message leaves the queue with this write, so that must be on disk before.
      if (connection?.version === 1) disk.flush();
      this.#write(writes);
    } else if (queue.hasQueued) {
      this.#pump();
    }
    if (connection === null) await disk.reportDepth();
    disk.schedule();
    this.#updateAlarm();
    return verdicts;
  }

  /** A4: a retired mailbox keeps nothing; what it is offered goes to its successor. */
  #moved(successor: string, parcels: readonly LoggedParcel[], receipts: StateGroup[]): VerdictColumns {
    if (receipts.length > 0) {
      exchangeOf(this.env)
        .relayReceipts(successor, receipts)
        .catch((error: unknown) => log("warn", "exchange not reached", { error: errorText(error) }));
    }
    return verdictForAll(parcels, { ok: false, moved: successor });
  }

  /** A socket that the hub has closed takes nothing any more, though its client has not answered the close yet. */
  #liveConnection(): Connection | null {
    return this.#connection?.isOpen === true ? this.#connection : null;
  }

  /** Gives the live connection what it may have now. */
  #pump(): void {
    const connection = this.#liveConnection();
    const queue = this.#awake?.queue;
    if (connection === null || queue === undefined) return;
    for (;;) {
      const rows = queue.claim(connection, Date.now());
      if (rows.length === 0) return;
      this.#write(rows);
      if (connection.version === 2) return;
    }
  }

  #write(rows: readonly Row[]): void {
    if (this.#connection !== null) writeRows(this.#connection, rows);
  }

  async writeLive(bodies: string[]): Promise<boolean> {
    const connection = this.#connection;
    if (connection === null || !connection.isOpen) return false;
    writeBodies(connection, bodies);
    return true;
  }

  async closeSockets(): Promise<void> {
    for (const held of this.#sockets.held()) held.close(CloseCode.goingAway, "the hub is shutting down");
    if (this.#connection?.ws === null) this.#connection.close(CloseCode.goingAway, "the hub is shutting down");
  }

  async syncTopics(topics: string[]): Promise<void> {
    this.#connection?.send({ action: "subscriptions:sync", topics });
  }

  async status(messageId: string, askers: string[]): Promise<MessageStatus | null> {
    await this.#wake();
    const found = this.#awake?.queue.status(messageId);
    if (found !== undefined) return askers.includes(found.sender) ? found.status : null;
    const { successor } = this.#state;
    return successor === undefined ? null : mailboxOf(this.env, successor).status(messageId, askers);
  }

  async recall(columns: LoggedColumns): Promise<[index: number, verdict: FinalVerdict][]> {
    const { instanceId } = this.#state;
    if (instanceId === undefined) return [];
    // Without waking: two that were each other's successor would wait for each other, and what moved is on disk.
    const queue = this.#awake?.queue ?? this.#readQueue(instanceId, null);
    const known = queue.recall(fromLoggedColumns(instanceId, columns));
    return known.flatMap(([index, verdict]): [number, FinalVerdict][] =>
      "moved" in verdict ? [] : [[index, verdict]],
    );
  }

  async sentTo(messageIds: string[]): Promise<[messageId: string, recipient: string][]> {
    await this.#wake();
    return [...(this.#awake?.queue.sent.find(messageIds) ?? [])];
  }

  // ---- another id takes over from this one, or this one from another (Q8)

  async adopt(instanceId: string, messages: MovedMessage[], predecessors: Predecessor[]): Promise<void> {
    this.#become(instanceId);
    await this.#wake();
    const { queue, disk } = this.#requireAwake();
    this.#state.addPredecessors(predecessors.filter(({ id }) => id !== instanceId));
    queue.adopt(messages.map((message) => ({ ...message, body: withRecipient(message.body, instanceId) })));
    await disk.reportDepth();
    this.#goOn();
  }

  async takeOver(instanceId: string, relay: RelayFacts, role: string | null): Promise<void> {
    this.#become(instanceId);
    await this.#wake();
    const connection = relay.home === instanceId ? this.#sockets.newest() : this.#relayed(instanceId, relay);
    if (connection === null) return;
    this.#state.set("role", role ?? undefined);
    this.#replaceConnection(connection);
    if (connection.ws === null) this.#state.set("relay", relay);
    this.#goOn();
  }

  async relayIn(epoch: number, data: string | ArrayBuffer): Promise<boolean> {
    await this.#wake();
    if (this.#connection?.epoch !== epoch) return false;
    // What it asks may take long; what comes behind it, acks above all, does not wait for that.
    void this.#loop.take(this.#connection, data, Date.now());
    return true;
  }

  async relayClosed(epoch: number): Promise<void> {
    await this.#wake();
    if (this.#connection?.epoch !== epoch) return;
    this.#state.set("relay", undefined);
    await this.#drop(this.#connection);
  }

  async relayOut(instanceId: string, epoch: number, text: string): Promise<boolean> {
    const held = this.#sockets.relayOf(instanceId, epoch);
    held?.sendText(text);
    return held !== undefined;
  }

  async relayClose(instanceId: string, epoch: number, code: number, reason: string): Promise<boolean> {
    const held = this.#sockets.relayOf(instanceId, epoch);
    held?.close(code, reason);
    return held !== undefined;
  }

  async holdsRelay(instanceId: string, epoch: number): Promise<boolean> {
    return this.#sockets.relayOf(instanceId, epoch) !== undefined;
  }

  async retarget(from: string, fromEpoch: number, to: string, toEpoch: number): Promise<boolean> {
    const own = this.#sockets.own().find((connection) => connection.isOpen && connection.epoch === fromEpoch);
    const held = from === this.#state.instanceId ? own : this.#sockets.relayOf(from, fromEpoch);
    return this.#sockets.retarget(held, to === this.#state.instanceId ? null : to, toEpoch, Date.now());
  }

  #letGo(): ClientFrame[] {
    this.#connection = null;
    this.#awake?.queue.releaseAll();
    this.#state.set("relay", undefined);
    return this.#loop.takeWaiting();
  }

  #relayed(instanceId: string, { home, epoch, version }: RelayFacts): Connection {
    return Connection.relayed(new RelayPort(mailboxOf(this.env, home), instanceId, epoch), epoch, version, Date.now());
  }

  /** The id this object is for; one that was retired takes its own mail again (C9). */
  #become(instanceId: string): void {
    this.#state.set("instanceId", instanceId);
    this.#state.set("successor", undefined);
  }

  // ---- what an operator asks

  async flushQueue(now: number): Promise<number> {
    await this.#wake();
    const count = this.#awake?.queue.removeAll(now, "its queue was flushed") ?? 0;
    this.#awake?.disk.flush();
    this.#updateAlarm();
    return count;
  }

  async peekQueue(limit: number, cursor: string | null): Promise<QueuePage> {
    await this.#wake();
    const instanceId = this.#requireId();
    const queue = this.#awake?.queue;
    if (queue === undefined) return { instanceId, depth: 0, items: [] };
    return toQueuePage(instanceId, queue.depth, queue.peek(Number(cursor ?? 0), limit + 1), limit);
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    await this.#wake();
    const rows = this.#awake?.queue.deadLetters(limit) ?? [];
    return rows.map((row) => toDeadLetter(row, this.#requireId()));
  }

  async retryDeadLetter(messageId: string, now: number): Promise<Result<null>> {
    await this.#wake();
    const result = this.#awake?.queue.retry(messageId, now) ?? noDeadLetter(messageId);
    if (result.ok) await this.#session.resume();
    this.#pump();
    this.#awake?.disk.flush();
    this.#updateAlarm();
    return result;
  }

  async dropDeadLetter(messageId: string, now: number): Promise<Result<null>> {
    await this.#wake();
    const result = this.#awake?.queue.drop(messageId, now) ?? noDeadLetter(messageId);
    this.#awake?.disk.flush();
    return result;
  }

  /** The last write tells the senders; then nothing is left, neither on disk nor in memory. */
  async remove(now: number): Promise<void> {
    await this.#wake();
    if (this.#awake === undefined) return;
    const { queue } = this.#awake;
    const instanceId = this.#requireId();
    for (const held of this.#sockets.held()) {
      // A socket that speaks for the successor of a retired id has nothing to do with the removal: it may come back.
      held.close(held.relayTo === null ? CloseCode.revoked : CloseCode.goingAway, "the instance was removed");
      await this.#drop(held);
    }
    queue.removeAll(now, "the instance was removed");
    const { changes, isRepeat, logPosition } = queue.flush(Number.MAX_SAFE_INTEGER);
    // Before anything awaits: what comes from here on finds nobody.
    this.#awake = undefined;
    this.#waking = undefined;
    this.#connection = null;
    this.#alarmAt = null;
    this.#state.forget();
    this.#loop.takeWaiting();
    await exchangeOf(this.env).confirm(instanceId, logPosition, changes, isRepeat);
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  // ---- time

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    await this.#wake();
    if (this.#awake === undefined) return;
    const { queue, disk } = this.#awake;
    const now = Date.now();
    await this.#session.resume();
    for (const silent of this.#sockets.silent(now)) {
      silent.close(CloseCode.heartbeatLost, "no ping for 75 s");
      await this.#drop(silent);
    }
    queue.expire(now);
    this.#pump();
    if ((this.#state.purgeAt ?? 0) <= now) {
      queue.purge(now - RETENTION_MS);
      this.#state.set("purgeAt", now + PURGE_EVERY_MS);
    }
    disk.flush();
    this.#updateAlarm();
  }

  #updateAlarm(): void {
    const wanted = nextAlarm({
      queueDueAt: this.#awake?.queue.nextDueAt ?? null,
      silentAt: this.#sockets.silentAt(),
      purgeAt: this.#state.purgeAt,
      reportAt: this.#awake?.disk.reportDueAt(Date.now()) ?? null,
    });
    // An alarm that comes early only looks and goes on; moving it with every message would cost a commit each.
    if (wanted === null || (this.#alarmAt !== null && this.#alarmAt <= wanted)) return;
    this.#alarmAt = wanted;
    void this.ctx.storage.setAlarm(wanted);
  }

  /** After a change of who is connected or of what waits. */
  #goOn(): void {
    this.#pump();
    this.#awake?.disk.schedule();
    this.#updateAlarm();
  }

  // ---- waking up

  /** Once per life in memory: loads the queue and takes over what the exchange holds for it since a crash. */
  #wake(): Promise<void> {
    const { instanceId } = this.#state;
    if (this.#awake !== undefined || instanceId === undefined) return Promise.resolve();
    this.#waking ??= this.#load(instanceId).catch((error: unknown) => {
      this.#waking = undefined;
      throw error;
    });
    return this.#waking;
  }

  async #load(instanceId: string): Promise<void> {
    const unconfirmed = await exchangeOf(this.env).unconfirmed(instanceId);
    await this.#restoreRelay(instanceId);
    this.#alarmAt = await this.ctx.storage.getAlarm();
    const parcels = fromLoggedColumns(instanceId, unconfirmed);
    const recalled = await recallFrom(this.#state.predecessors, parcels, this.env);
    // From here on in one turn: nothing newer may come before what was accepted before the crash.
    const queue = this.#readQueue(instanceId, this.#liveConnection());
    const disk = new WriteBehind(this.env, instanceId, queue, () => this.#liveConnection() === null);
    this.#awake = { queue, disk };
    // A retired mailbox has moved all it had; what the log still holds for it comes by `apply`, and moves on.
    if (this.#state.successor === undefined) queue.offer(parcels, null, Date.now(), true, recalled);
    this.#goOn();
    void disk.repeatStates();
  }

  #readQueue(instanceId: string, holder: Connection | null): Queue {
    const bounds = { maxMessages: this.#settings.queueMaxMessages, maxBytes: this.#settings.queueMaxBytes };
    return new Queue(new MailboxStore(this.ctx.storage), instanceId, bounds, holder);
  }

  /** A relayed client is in no socket of this object: its home knows whether it is still there. */
  async #restoreRelay(instanceId: string): Promise<void> {
    const { relay } = this.#state;
    if (relay === undefined || this.#connection !== null) return;
    if (await mailboxOf(this.env, relay.home).holdsRelay(instanceId, relay.epoch)) {
      this.#connection ??= this.#relayed(instanceId, relay);
    } else {
      this.#state.set("relay", undefined);
    }
  }

  #requireAwake(): Awake {
    if (this.#awake === undefined) throw new Error("the mailbox is not awake");
    return this.#awake;
  }

  #requireId(): string {
    const { instanceId } = this.#state;
    if (instanceId === undefined) throw new Error("the mailbox has no instance id");
    return instanceId;
  }
}

const REMOVED: Verdict = failure("unknown_instance", "That instance was removed; nothing was stored.");

function verdictForAll(parcels: readonly LoggedParcel[], verdict: Verdict): VerdictColumns {
  return {
    deliveredAt: parcels.map(() => 0),
    isQueued: parcels.map(() => false),
    special: parcels.map((_, index) => [index, verdict]),
  };
}
