/** One instance: its queue, its live socket, its acks. */
import { DurableObject } from "cloudflare:workers";
import { CloseCode, type Failure, failure, type Result, success } from "../../shared/errors.ts";
import { isTopicName, projectOf, projectTopic } from "../../shared/ids.ts";
import {
  CONTENT_MAX_BYTES,
  FLOOD_REFUSALS,
  FLOOD_WINDOW_MS,
  METADATA_MAX_BYTES,
  PENDING_FRAMES_MAX,
  RETENTION_MS,
  SILENCE_LIMIT_MS,
  TEXT_MAX_BYTES,
  WINDOW_MESSAGES,
} from "../../shared/limits.ts";
import { fitsUtf8, type MessageStatus } from "../../shared/message.ts";
import {
  type ClientFrame,
  type FrameOf,
  PROTOCOL_VERSION,
  type ReadFrame,
  type WelcomeFrame,
} from "../../shared/protocol.ts";
import type { DeadLetter } from "../../shared/rest.ts";
import { directoryOf, type Env, exchangeOf, mailboxOf, readSettings, type Settings, topicOf } from "../env.ts";
import { sha256Hex } from "../hash.ts";
import {
  fromLoggedColumns,
  type LoggedColumns,
  type LoggedParcel,
  messageIdOf,
  toLoggedColumns,
  withRecipient,
} from "../parcels.ts";
import { receiptJson } from "../receipt.ts";
import type {
  ConnectVerdict,
  FinalVerdict,
  FinishedMove,
  MailboxRpc,
  MovedMessage,
  RelayFacts,
  VerdictColumns,
} from "../rpc.ts";
import { readUpgrade, refuseUpgrade, type UpgradeFacts, upgradeResponse } from "../upgrade.ts";
import { type ActionContext, runAction, type SimpleFrame } from "./actions.ts";
import { Connection } from "./connection.ts";
import { noDeadLetter, toDeadLetter } from "./dead-letter.ts";
import { nextAlarm } from "./next-alarm.ts";
import { type Holder, Queue } from "./queue.ts";
import { type BucketState, RefusalCounter, TokenBucket } from "./rate-limit.ts";
import { readText } from "./read-text.ts";
import { RelayPort } from "./relay.ts";
import { type SendFrame, sendMessages } from "./send.ts";
import { beginMove, type Move, performMove } from "./session-change.ts";
import { MailboxStore, type Row } from "./store.ts";

/** Write-behind: after a pause what changed is on disk soon; under load many changes share a commit. */
const FLUSH_AFTER_PAUSE_MS = 10;
const FLUSH_UNDER_LOAD_MS = 100;
const PAUSE_MS = 1_000;
/** Under load, how often the directory hears the depth of a mailbox whose client is online. */
const DEPTH_REPORT_MS = 1_000;
const PURGE_EVERY_MS = 86_400_000;
/** `ctx.storage.kv` keys of this object. */
const KEY = {
  instanceId: "instanceId",
  role: "role",
  purgeAt: "purgeAt",
  bucket: "bucket",
  broadcastAt: "broadcastAt",
  successor: "successor",
  predecessors: "predecessors",
  move: "move",
  relay: "relay",
} as const;
/** After a crash in the middle of a session change: when it goes on. */
const MOVE_RETRY_MS = 5_000;
const PREDECESSORS_MAX = 20;

const REVOKED = "the key of this connection was revoked";

/** An id this instance has left, and the greatest message id it had. */
interface Predecessor {
  id: string;
  highestId: string;
}

/** A frame that waits for its turn, and where its answer goes. */
interface PendingFrame {
  frame: ClientFrame;
  connection: Connection;
}

export class InstanceMailbox extends DurableObject<Env> implements MailboxRpc {
  readonly #settings: Settings;
  #instanceId: string | undefined;
  #role: string | null;
  #queue: Queue | undefined;
  #connection: Connection | null = null;
  #prepared: Promise<void> | undefined;
  #isPrepared = false;
  readonly #pending: PendingFrame[] = [];
  #isDraining = false;
  readonly #bucket: TokenBucket;
  readonly #refusals = new RefusalCounter(FLOOD_REFUSALS, FLOOD_WINDOW_MS);
  #isFlushScheduled = false;
  #flushedAt = 0;
  #reportedDepth: number | undefined;
  #reportedDead = 0;
  /** Those of this life in memory: what is under way meets them, and what comes later does not get this far. */
  readonly #revokedKeys = new Set<string>();
  #depthReportedAt = 0;
  #alarmAt: number | null | undefined;
  /** A4: set while this id is retired. */
  #successor: string | undefined;
  /** A session change under way (Q8). */
  #move: Promise<FinishedMove & { migrated: number }> | undefined;
  #hasPredecessors: boolean;
  #purgeAt: number | null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#settings = readSettings(env);
    this.#instanceId = ctx.storage.kv.get<string>(KEY.instanceId);
    this.#role = ctx.storage.kv.get<string>(KEY.role) || null;
    this.#purgeAt = ctx.storage.kv.get<number>(KEY.purgeAt) ?? null;
    this.#successor = ctx.storage.kv.get<string>(KEY.successor);
    this.#hasPredecessors = this.#predecessors().length > 0;
    const bucket = ctx.storage.kv.get<BucketState>(KEY.bucket);
    this.#bucket = new TokenBucket(this.#settings.rateFrames, this.#settings.rateWindowMs, bucket);
    // The object answers these without waking (C6).
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    this.#connection = this.#newestConnection();
  }

  // ---- connecting

  /** An upgrade that the worker has authorised (section 1). */
  override async fetch(request: Request): Promise<Response> {
    const facts = readUpgrade(request);
    const now = Date.now();
    const { instanceId, version, identityHash, principal } = facts;
    const verdict = await directoryOf(this.env).openConnection({ instanceId, version, identityHash, principal, now });
    if (!verdict.ok) return refuseUpgrade(verdict);
    this.#becomeKnown(instanceId);
    this.#endRetirement();
    await this.#prepare();
    await this.#joinProjectTopic(instanceId, verdict.topics, now);
    const { 0: client, 1: server } = new WebSocketPair();
    // Between the directory's yes and this turn the key may have been revoked.
    if (this.#revokedKeys.has(principal.keyId)) {
      return refuseUpgrade(failure("unauthorized", "That key has been revoked."));
    }
    // The tag survives hibernation, and finds the sockets of a key that is revoked.
    this.ctx.acceptWebSocket(server, [principal.keyId]);
    this.#welcome(
      Connection.open(server, this.ctx, { epoch: verdict.epoch, version, heardAt: now, relayTo: null }),
      facts,
      verdict,
    );
    return upgradeResponse(client, facts);
  }

  /** Every session is in its project's topic, from its first connection on. */
  async #joinProjectTopic(instanceId: string, topics: string[], now: number): Promise<void> {
    const topic = projectTopic(projectOf(instanceId));
    if (topics.includes(topic)) return;
    await topicOf(this.env, topic).subscribe(topic, instanceId, now, true);
    topics.push(topic);
    topics.sort();
  }

  #welcome(connection: Connection, facts: UpgradeFacts, verdict: Extract<ConnectVerdict, { ok: true }>): void {
    const current = this.#connection;
    if (current !== null && current.epoch > connection.epoch) {
      connection.close(CloseCode.replaced, "replaced by a newer connection");
      return;
    }
    this.#role = verdict.role;
    this.#replaceConnection(connection);
    const queue = this.#requireQueue();
    queue.expire(Date.now());
    if (connection.version === 1) connection.send({ action: "subscriptions:sync", topics: verdict.topics });
    else connection.send(this.#welcomeFrame(facts.instanceId, verdict, queue.depth));
    this.#pump();
    this.#scheduleFlush();
    this.#updateAlarm();
  }

  /** C7: one live socket; the ones before it are told and not heard any more. */
  #replaceConnection(connection: Connection): void {
    const previous = this.#connection;
    this.#connection = connection;
    this.#queue?.releaseAll();
    const others = this.#ownConnections().filter((other) => other.epoch < connection.epoch);
    if (previous !== null && previous.ws === null) others.push(previous);
    for (const other of others) other.close(CloseCode.replaced, "replaced by a newer connection");
    if (connection.ws !== null) this.ctx.storage.kv.delete(KEY.relay);
  }

  /** C9: a retired id that connects or is changed to again takes its own mail again. */
  #endRetirement(): void {
    if (this.#successor === undefined) return;
    this.#successor = undefined;
    this.ctx.storage.kv.delete(KEY.successor);
  }

  #welcomeFrame(instanceId: string, verdict: Extract<ConnectVerdict, { ok: true }>, pending: number): WelcomeFrame {
    const { version, rateFrames, rateWindowMs, broadcastIntervalMs } = this.#settings;
    return {
      action: "welcome",
      protocol: PROTOCOL_VERSION,
      instanceId,
      ...(verdict.identityToken === null ? {} : { identityToken: verdict.identityToken }),
      ...(verdict.role === null ? {} : { role: verdict.role }),
      topics: verdict.topics,
      pending,
      hub: { version },
      limits: {
        contentBytes: CONTENT_MAX_BYTES,
        metadataBytes: METADATA_MAX_BYTES,
        frames: rateFrames,
        windowSeconds: rateWindowMs / 1_000,
        broadcastIntervalSeconds: broadcastIntervalMs / 1_000,
        unackedMessages: WINDOW_MESSAGES,
      },
    };
  }

  override async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    // 1005, 1006 and 1015 may not be sent; the handshake wants an answer nevertheless.
    try {
      ws.close(code === 1005 || code === 1006 || code === 1015 ? CloseCode.normal : code);
    } catch {
      // Closed by both sides at once.
    }
    await this.#end(ws);
  }

  override async webSocketError(ws: WebSocket): Promise<void> {
    await this.#end(ws);
  }

  /** C7: the end of a socket that was replaced changes nothing. */
  async #end(ws: WebSocket): Promise<void> {
    const gone = Connection.restore(ws, this.ctx);
    if (gone === undefined) return;
    if (gone.relayTo !== null) await mailboxOf(this.env, gone.relayTo).relayClosed(gone.epoch);
    else if (gone.epoch === this.#connection?.epoch) await this.#drop(gone);
  }

  async #drop(gone: Connection): Promise<void> {
    this.#connection = null;
    this.#queue?.releaseAll();
    this.ctx.storage.kv.put(KEY.bucket, this.#bucket.state);
    this.#flush();
    this.#updateAlarm();
    if (this.#instanceId !== undefined)
      await directoryOf(this.env).closeConnection(this.#instanceId, gone.epoch, Date.now());
  }

  #newestConnection(): Connection | null {
    const open = this.#ownConnections().filter((connection) => connection.isOpen);
    return open.sort((a, b) => b.epoch - a.epoch)[0] ?? null;
  }

  /** The sockets that speak for this instance. */
  #ownConnections(): Connection[] {
    return this.#heldConnections().filter((connection) => connection.relayTo === null);
  }

  /** All sockets of this object, those included that speak for another id since a session change. */
  #heldConnections(): Connection[] {
    return this.ctx.getWebSockets().flatMap((ws) => Connection.restore(ws, this.ctx) ?? []);
  }

  // ---- frames

  override async webSocketMessage(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    if (!this.#isPrepared) await this.#prepare();
    const connection = this.#connectionOf(ws);
    if (connection === undefined) await this.#passOn(ws, data);
    else await this.#hear(connection, data);
  }

  /** A text of a socket that speaks for another id since a session change (Q8). */
  async #passOn(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const held = Connection.restore(ws, this.ctx);
    if (held === undefined || held.relayTo === null) return;
    held.noteHeard(Date.now());
    await mailboxOf(this.env, held.relayTo).relayIn(held.epoch, data);
  }

  async #hear(connection: Connection, data: string | ArrayBuffer): Promise<void> {
    const now = Date.now();
    connection.noteHeard(now);
    if (typeof data !== "string") {
      this.#refuse(
        connection,
        undefined,
        failure("invalid_payload", "Frames are JSON text messages, not binary ones."),
        now,
      );
      return;
    }
    if (!fitsUtf8(data, TEXT_MAX_BYTES)) {
      connection.close(CloseCode.messageTooBig, `a text message may have at most ${TEXT_MAX_BYTES} bytes`);
      return;
    }
    const frames = readText(data, connection.version);
    if (!Array.isArray(frames)) this.#refuse(connection, undefined, frames, now);
    else for (const frame of frames) this.#take(frame, connection, now);
    if (!this.#isDraining) await this.#drain();
  }

  /** The live connection of a socket; what a replaced one still says is not heard. */
  #connectionOf(ws: WebSocket): Connection | undefined {
    if (this.#connection?.ws === ws) return this.#connection;
    const restored = Connection.restore(ws, this.ctx);
    if (restored === undefined || restored.relayTo !== null || this.#connection?.ws === null) return undefined;
    return restored.epoch === this.#connection?.epoch ? this.#connection : undefined;
  }

  /** Acks go at once, since deliveries wait for them; all else in order, as if each frame came alone (B1). */
  #take({ requestId, result }: ReadFrame, connection: Connection, now: number): void {
    if (!result.ok) {
      const waitMs = this.#bucket.take(now);
      this.#refuse(connection, requestId, waitMs > 0 ? rateLimited(waitMs) : result, now);
      return;
    }
    if (result.value.action === "ack" && this.#move !== undefined) {
      this.#pending.push({ frame: this.#ackById(result.value), connection });
      return;
    }
    if (result.value.action === "ack") {
      this.#ack(result.value, connection, now);
      return;
    }
    const waitMs = this.#pending.length >= PENDING_FRAMES_MAX ? 1_000 : this.#bucket.take(now);
    if (waitMs > 0) this.#refuse(connection, requestId, rateLimited(waitMs), now);
    else this.#pending.push({ frame: plainFrame(result.value), connection });
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      while (this.#pending.length > 0) {
        const count = this.#pending.findIndex(({ frame }) => frame.action !== "send_message");
        const sends = this.#pending.splice(0, count === -1 ? this.#pending.length : count);
        if (sends.length > 0) await this.#sendAll(sends);
        else await this.#runOne(this.#pending.shift() as PendingFrame);
      }
    } finally {
      this.#isDraining = false;
    }
  }

  /** One run of sends is one submission; the next collects while it is under way. */
  async #sendAll(sends: readonly PendingFrame[]): Promise<void> {
    const now = Date.now();
    const queue = this.#requireQueue();
    const outcomes = await sendMessages(
      sends.map(({ frame }) => frame as SendFrame),
      {
        author: { from: this.#requireId(), role: this.#role },
        directory: directoryOf(this.env),
        exchange: exchangeOf(this.env),
        findSent: (ids) => queue.findSent(ids),
        noteSent: (row) => queue.noteSent(row),
        now,
      },
    ).catch((error: unknown) => sends.map(() => internalFailure(error)));
    for (const [index, { frame, connection }] of sends.entries()) {
      const outcome = outcomes[index] as (typeof outcomes)[number];
      if (!outcome.ok) {
        this.#answer(connection, frame.requestId, outcome);
        continue;
      }
      const { reply, written } = outcome.value;
      this.#answer(connection, frame.requestId, { ok: true, value: reply });
      if (connection.version === 1) continue;
      for (const { messageId, to, at } of written) connection.sendJson(receiptJson(messageId, "delivered", at, to));
    }
    this.#scheduleFlush();
  }

  async #runOne({ frame, connection }: PendingFrame): Promise<void> {
    if (frame.action === "session_update") await this.#changeSession(frame, connection);
    else if (frame.action === "ack") this.#ack(frame, connection, Date.now());
    else await this.#run(frame as SimpleFrame, connection);
  }

  async #run(frame: SimpleFrame, connection: Connection): Promise<void> {
    const reply = await runAction(frame, this.#actionContext()).catch(internalFailure);
    this.#answer(connection, frame.requestId, reply);
    if (this.#queue?.hasQueued) this.#pump();
    this.#scheduleFlush();
  }

  #actionContext(): ActionContext {
    return {
      instanceId: this.#requireId(),
      env: this.env,
      queue: this.#requireQueue(),
      now: Date.now(),
      role: this.#role,
      predecessors: this.#predecessors().map((predecessor) => predecessor.id),
      setRole: (role) => {
        this.#role = role;
        this.ctx.storage.kv.put(KEY.role, role ?? "");
      },
      takeBroadcast: () => this.#takeBroadcast(Date.now()),
    };
  }

  /** E4: on disk at once, so that neither a reconnect nor a crash shortens the wait. */
  #takeBroadcast(now: number): number {
    const broadcastAt = this.ctx.storage.kv.get<number>(KEY.broadcastAt) ?? 0;
    const waitMs = broadcastAt + this.#settings.broadcastIntervalMs - now;
    if (waitMs > 0 && broadcastAt <= now) return waitMs;
    this.ctx.storage.kv.put(KEY.broadcastAt, now);
    return 0;
  }

  #ack(frame: FrameOf<"ack">, connection: Connection, now: number): void {
    const queue = this.#requireQueue();
    const acked = queue.ack(frame, connection.epoch, now);
    // With a reply the ack is a promise, so it is on disk first; without one it may share a later commit.
    if (frame.requestId !== undefined) {
      this.#flush();
      connection.send({ requestId: frame.requestId, acked });
    }
    if (acked > 0 && queue.hasQueued) this.#pump();
    this.#scheduleFlush();
  }

  #answer(connection: Connection, requestId: string | undefined, result: Result<object>): void {
    if (!result.ok) connection.send(errorFrame(requestId, result));
    else if (requestId !== undefined) connection.send({ requestId, ...result.value });
  }

  #refuse(connection: Connection, requestId: string | undefined, why: Failure, now: number): void {
    connection.send(errorFrame(requestId, why));
    if (this.#refusals.note(now))
      connection.close(CloseCode.flooding, "too many refused frames; slow down and reconnect");
  }

  // ---- changing the session (Q8)

  async #changeSession(frame: FrameOf<"session_update">, connection: Connection): Promise<void> {
    const from = this.#requireId();
    const to = frame.newInstanceId;
    if (to === from) {
      this.#answer(connection, frame.requestId, success({ migrated: 0, instanceId: from }));
      return;
    }
    const identityHash = frame.identity === undefined ? null : await sha256Hex(frame.identity);
    const move: Move = { from, to, identityHash, version: connection.version };
    const begun = await beginMove(this.env, move).catch(internalFailure);
    if (!begun.ok) {
      this.#answer(connection, frame.requestId, begun);
      return;
    }
    const moved = await this.#performMove(move).catch(internalFailure);
    if (!("migrated" in moved)) {
      this.#answer(connection, frame.requestId, moved);
      return;
    }
    this.#answer(connection, frame.requestId, success({ migrated: moved.migrated, instanceId: to }));
    await this.#handOver(connection, to, moved);
  }

  /** Performs a change, recorded on disk before and after; mail that comes meanwhile waits for it. */
  #performMove(move: Move): Promise<FinishedMove & { migrated: number }> {
    this.ctx.storage.kv.put(KEY.move, move);
    void this.ctx.storage.setAlarm(Date.now() + MOVE_RETRY_MS);
    const moving = performMove(this.env, move, this.#requireQueue(), this.#connection?.isOpen === true).then(
      (moved) => {
        this.#successor = move.to;
        this.ctx.storage.kv.put(KEY.successor, move.to);
        this.ctx.storage.kv.delete(KEY.move);
        this.#role = null;
        return moved;
      },
    );
    const ending = moving.finally(() => {
      this.#move = undefined;
    });
    this.#move = ending;
    ending.catch(() => {});
    return ending;
  }

  /** The client goes on as its new id on the socket it has; frames it sent meanwhile are the new id's. */
  async #handOver(connection: Connection, to: string, { epoch, role, topics }: FinishedMove): Promise<void> {
    const from = this.#requireId();
    connection.flush();
    await connection.sent();
    const home = this.ctx.storage.kv.get<RelayFacts>(KEY.relay)?.home ?? from;
    this.#connection = null;
    this.#queue?.releaseAll();
    this.ctx.storage.kv.delete(KEY.relay);
    const isHeld =
      home === from
        ? await this.retarget(from, connection.epoch, to, epoch)
        : await mailboxOf(this.env, home).retarget(from, connection.epoch, to, epoch);
    if (!isHeld) {
      await directoryOf(this.env).closeConnection(to, epoch, Date.now());
      return;
    }
    const successor = mailboxOf(this.env, to);
    await successor.takeOver(to, { home, epoch, version: connection.version }, role);
    await successor.syncTopics(topics);
    const rest = this.#pending.splice(0).map(({ frame }) => frame);
    for (const frame of rest) await successor.relayIn(epoch, JSON.stringify(frame));
  }

  /** An ack that comes while the mailbox moves: its seqs mean nothing under the new id, so it names the messages. */
  #ackById(frame: FrameOf<"ack">): FrameOf<"ack"> {
    const held = frame.upTo === undefined ? [] : this.#requireQueue().heldIds(frame.upTo);
    const { upTo: _, ...rest } = frame;
    return { ...rest, messageIds: [...held, ...(frame.messageIds ?? [])] };
  }

  async adopt(instanceId: string, from: string, messages: MovedMessage[], highestId: string): Promise<void> {
    this.#becomeKnown(instanceId);
    this.#endRetirement();
    await this.#prepare();
    const others = this.#predecessors().filter((predecessor) => predecessor.id !== from);
    this.ctx.storage.kv.put(KEY.predecessors, [{ id: from, highestId }, ...others].slice(0, PREDECESSORS_MAX));
    this.#hasPredecessors = true;
    this.#requireQueue().adopt(
      messages.map((message) => ({ ...message, body: withRecipient(message.body, instanceId) })),
    );
    await this.#reportDepth();
    this.#pump();
    this.#updateAlarm();
  }

  async takeOver(instanceId: string, relay: RelayFacts, role: string | null): Promise<void> {
    this.#becomeKnown(instanceId);
    await this.#prepare();
    const connection = relay.home === instanceId ? this.#newestConnection() : this.#relayed(instanceId, relay);
    if (connection === null) return;
    this.#role = role;
    this.#replaceConnection(connection);
    if (connection.ws === null) this.ctx.storage.kv.put(KEY.relay, relay);
    this.#pump();
    this.#scheduleFlush();
    this.#updateAlarm();
  }

  async relayIn(epoch: number, data: string | ArrayBuffer): Promise<void> {
    await this.#prepare();
    if (this.#connection?.epoch === epoch) await this.#hear(this.#connection, data);
  }

  async relayClosed(epoch: number): Promise<void> {
    await this.#prepare();
    if (this.#connection?.epoch !== epoch) return;
    this.ctx.storage.kv.delete(KEY.relay);
    await this.#drop(this.#connection);
  }

  async relayOut(instanceId: string, epoch: number, text: string): Promise<boolean> {
    const held = this.#heldRelay(instanceId, epoch);
    held?.sendText(text);
    return held !== undefined;
  }

  async relayClose(instanceId: string, epoch: number, code: number, reason: string): Promise<boolean> {
    const held = this.#heldRelay(instanceId, epoch);
    held?.close(code, reason);
    return held !== undefined;
  }

  async holdsRelay(instanceId: string, epoch: number): Promise<boolean> {
    return this.#heldRelay(instanceId, epoch) !== undefined;
  }

  async retarget(from: string, fromEpoch: number, to: string, toEpoch: number): Promise<boolean> {
    const isOwn = from === this.#instanceId;
    const held = isOwn
      ? this.#ownConnections().find((connection) => connection.isOpen && connection.epoch === fromEpoch)
      : this.#heldRelay(from, fromEpoch);
    if (held?.ws == null) return false;
    const relayTo = to === this.#instanceId ? null : to;
    Connection.open(held.ws, this.ctx, { epoch: toEpoch, version: held.version, heardAt: Date.now(), relayTo });
    return true;
  }

  async recall(columns: LoggedColumns): Promise<[index: number, verdict: FinalVerdict][]> {
    await this.#prepare();
    const known = this.#queue?.recall(fromLoggedColumns(this.#instanceId ?? "", columns)) ?? [];
    return known.flatMap(([index, verdict]): [number, FinalVerdict][] =>
      "moved" in verdict ? [] : [[index, verdict]],
    );
  }

  async sentTo(messageIds: string[]): Promise<[messageId: string, recipient: string][]> {
    await this.#prepare();
    return [...(this.#queue?.findSent(messageIds) ?? [])];
  }

  #heldRelay(instanceId: string, epoch: number): Connection | undefined {
    return this.#heldConnections().find((held) => held.isOpen && held.relayTo === instanceId && held.epoch === epoch);
  }

  #relayed(instanceId: string, { home, epoch, version }: RelayFacts): Connection {
    return Connection.relayed(new RelayPort(mailboxOf(this.env, home), instanceId, epoch), epoch, version, Date.now());
  }

  #predecessors(): Predecessor[] {
    return this.ctx.storage.kv.get<Predecessor[]>(KEY.predecessors) ?? [];
  }

  #becomeKnown(instanceId: string): void {
    if (this.#instanceId !== undefined) return;
    this.#instanceId = instanceId;
    this.ctx.storage.kv.put(KEY.instanceId, instanceId);
  }

  // ---- what other objects ask

  /** Takes a batch in and writes what fits to the live socket at once. */
  async apply(columns: LoggedColumns, receipts: string[]): Promise<VerdictColumns> {
    if (!this.#isPrepared) await this.#prepare();
    if (this.#move !== undefined) await this.#move.catch(() => {});
    if (this.#successor !== undefined) return this.#moved(this.#successor, columns, receipts);
    const connection = this.#connection;
    if (connection?.version === 2) for (const frame of receipts) connection.sendJson(frame);
    if (columns.bodies.length === 0) return { deliveredAt: [], isQueued: [], special: [] };
    const queue = this.#queue;
    const parcels = fromLoggedColumns(this.#instanceId ?? "", columns);
    if (queue === undefined) return unknownHere(parcels);
    const now = Date.now();
    const holder = this.#holder();
    const recalled = await this.#recall(parcels);
    const { verdicts, writes } = queue.offer(parcels, holder, now, false, recalled);
    if (writes.length > 0) {
      // A v1 client cannot ack: its message leaves the queue with this write, so that must be on disk before.
      if (holder?.version === 1) this.#flush();
      this.#write(writes);
    } else if (queue.hasQueued) {
      this.#pump();
    }
    if (holder === null) await this.#reportDepth();
    this.#scheduleFlush();
    this.#updateAlarm();
    return verdicts;
  }

  /** M3 holds over a session change: ids that may be known under the id before are asked for there. */
  async #recall(parcels: readonly LoggedParcel[]): Promise<ReadonlyMap<number, FinalVerdict>> {
    const recalled = new Map<number, FinalVerdict>();
    if (!this.#hasPredecessors) return recalled;
    for (const { id, highestId } of this.#predecessors()) {
      const perhaps = parcels.flatMap((parcel, index) =>
        messageIdOf(parcel.body) <= highestId && !recalled.has(index) ? [index] : [],
      );
      if (perhaps.length === 0) continue;
      const asked = perhaps.map((index) => parcels[index] as LoggedParcel);
      const known: [number, FinalVerdict][] = await mailboxOf(this.env, id).recall(toLoggedColumns(asked));
      for (const [at, verdict] of known) recalled.set(perhaps[at] as number, verdict);
    }
    return recalled;
  }

  /** A4: a retired mailbox keeps nothing; what it is offered goes to its successor. */
  #moved(successor: string, columns: LoggedColumns, receipts: string[]): VerdictColumns {
    if (receipts.length > 0) void exchangeOf(this.env).confirm(successor, null, [[successor, receipts]]);
    return {
      deliveredAt: columns.bodies.map(() => 0),
      isQueued: columns.bodies.map(() => false),
      special: columns.bodies.map((_, index) => [index, { ok: false, moved: successor }]),
    };
  }

  async status(messageId: string, askers: string[]): Promise<MessageStatus | null> {
    await this.#prepare();
    const found = this.#queue?.status(messageId);
    if (found !== undefined) return askers.includes(found.sender) ? found.status : null;
    return this.#successor === undefined ? null : mailboxOf(this.env, this.#successor).status(messageId, askers);
  }

  async flushQueue(now: number): Promise<number> {
    await this.#prepare();
    const count = this.#queue?.removeAll(now, "its queue was flushed") ?? 0;
    this.#flush();
    return count;
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    await this.#prepare();
    const instanceId = this.#instanceId ?? "";
    return (this.#queue?.deadLetters(limit) ?? []).map((row) => toDeadLetter(row, instanceId));
  }

  async retryDeadLetter(messageId: string, now: number): Promise<Result<null>> {
    await this.#prepare();
    const result = this.#queue?.retry(messageId, now) ?? noDeadLetter(messageId);
    this.#pump();
    this.#flush();
    this.#updateAlarm();
    return result;
  }

  async dropDeadLetter(messageId: string, now: number): Promise<Result<null>> {
    await this.#prepare();
    const result = this.#queue?.drop(messageId, now) ?? noDeadLetter(messageId);
    this.#flush();
    return result;
  }

  async revokeKey(keyId: string): Promise<void> {
    this.#revokedKeys.add(keyId);
    for (const ws of this.ctx.getWebSockets(keyId)) {
      ws.close(CloseCode.revoked, REVOKED);
      await this.#end(ws);
    }
    // The directory names the id that goes on with the key; its socket may be in the mailbox of the id before (Q8).
    const connection = this.#connection;
    if (connection === null || connection.ws !== null) return;
    connection.close(CloseCode.revoked, REVOKED);
    await this.#drop(connection);
  }

  /** The last write tells the senders; then nothing is left, neither on disk nor in memory. */
  async remove(now: number): Promise<void> {
    await this.#prepare();
    const queue = this.#queue;
    const instanceId = this.#instanceId;
    if (queue === undefined || instanceId === undefined) return;
    for (const ws of this.ctx.getWebSockets()) {
      // A socket that speaks for the successor of a retired id has nothing to do with the removal: it may come back.
      const isRelay = typeof Connection.restore(ws, this.ctx)?.relayTo === "string";
      ws.close(isRelay ? CloseCode.goingAway : CloseCode.revoked, "the instance was removed");
      await this.#end(ws);
    }
    queue.removeAll(now, "the instance was removed");
    const { receipts, logPosition } = queue.flush(Number.MAX_SAFE_INTEGER);
    // Before anything awaits: what comes from here on finds nobody.
    this.#forgetAll();
    await exchangeOf(this.env).confirm(instanceId, logPosition, receipts);
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #forgetAll(): void {
    this.#instanceId = undefined;
    this.#role = null;
    this.#queue = undefined;
    this.#connection = null;
    this.#prepared = undefined;
    this.#isPrepared = false;
    this.#pending.length = 0;
    this.#reportedDepth = undefined;
    this.#reportedDead = 0;
    this.#alarmAt = undefined;
    this.#purgeAt = null;
    this.#successor = undefined;
    this.#hasPredecessors = false;
  }

  async isLive(epoch: number): Promise<boolean> {
    await this.#prepare();
    return this.#connection?.epoch === epoch && this.#connection.isOpen;
  }

  async writeLive(bodies: string[]): Promise<boolean> {
    const connection = this.#connection;
    if (connection === null || !connection.isOpen) return false;
    if (connection.version === 1) for (const body of bodies) connection.sendJson(body);
    else connection.sendJson(`{"action":"deliver","messages":[${bodies.join(",")}]}`);
    return true;
  }

  async syncTopics(topics: string[]): Promise<void> {
    this.#connection?.send({ action: "subscriptions:sync", topics });
  }

  // ---- time

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    await this.#prepare();
    const now = Date.now();
    const queue = this.#queue;
    if (queue === undefined) return;
    await this.#resumeMove();
    await this.#dropSilent(now);
    queue.expire(now);
    this.#pump();
    this.#purgeIfDue(queue, now);
    this.#flush();
    this.#updateAlarm();
  }

  /** Q8: a crash came between two steps of a session change. */
  async #resumeMove(): Promise<void> {
    const move = this.ctx.storage.kv.get<Move>(KEY.move);
    if (move === undefined || this.#move !== undefined) return;
    const begun = await beginMove(this.env, move);
    if (begun.ok) await this.#performMove(move);
    else this.ctx.storage.kv.delete(KEY.move);
  }

  /** C6, also for sockets that speak for another id by now. */
  async #dropSilent(now: number): Promise<void> {
    for (const held of this.#heldConnections()) {
      const silentAt = held.silentAt(SILENCE_LIMIT_MS);
      if (!held.isOpen || silentAt === null || silentAt > now) continue;
      held.close(CloseCode.heartbeatLost, "no ping for 75 s");
      if (held.relayTo !== null) await mailboxOf(this.env, held.relayTo).relayClosed(held.epoch);
      else if (held.epoch === this.#connection?.epoch) await this.#drop(held);
    }
  }

  #silentAt(): number | null {
    const times = this.#heldConnections().flatMap((held) => held.silentAt(SILENCE_LIMIT_MS) ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  #purgeIfDue(queue: Queue, now: number): void {
    if (this.#purgeAt !== null && this.#purgeAt > now) return;
    queue.purge(now - RETENTION_MS);
    this.#purgeAt = now + PURGE_EVERY_MS;
    this.ctx.storage.kv.put(KEY.purgeAt, this.#purgeAt);
  }

  #updateAlarm(): void {
    const wanted = nextAlarm({
      queueDueAt: this.#queue?.nextDueAt ?? null,
      silentAt: this.#silentAt(),
      purgeAt: this.#purgeAt,
    });
    // An alarm that comes early only looks and goes on; moving it with every message would cost a commit each.
    if (wanted === null || (this.#alarmAt !== null && this.#alarmAt !== undefined && this.#alarmAt <= wanted)) return;
    this.#alarmAt = wanted;
    void this.ctx.storage.setAlarm(wanted);
  }

  // ---- writing

  /** Gives the live connection what it may have now. */
  #pump(): void {
    const holder = this.#holder();
    const queue = this.#queue;
    if (holder === null || queue === undefined) return;
    for (;;) {
      const rows = queue.claim(holder, Date.now());
      if (rows.length === 0) return;
      this.#write(rows);
      if (holder.version === 2) return;
    }
  }

  #write(rows: readonly Row[]): void {
    const connection = this.#connection;
    if (connection === null) return;
    if (connection.version === 1) {
      for (const row of rows) connection.sendJson(row.body);
      return;
    }
    const messages = rows.map((row) => `{"seq":${row.seq},"attempt":${row.attempts},${row.body.slice(1)}`);
    connection.sendJson(`{"action":"deliver","messages":[${messages.join(",")}]}`);
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled || this.#queue === undefined || !this.#queue.isDirty) return;
    this.#isFlushScheduled = true;
    const isLoad = Date.now() - this.#flushedAt < PAUSE_MS;
    setTimeout(
      () => {
        this.#isFlushScheduled = false;
        this.#flush();
        this.#scheduleFlush();
      },
      isLoad ? FLUSH_UNDER_LOAD_MS : FLUSH_AFTER_PAUSE_MS,
    );
  }

  /** Writes behind; the calls that follow leave when the write is on disk (the output gate). */
  #flush(): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    if (queue.deadCount !== this.#reportedDead) void this.#reportDeadLetters(queue.deadCount);
    if (!queue.isDirty) return;
    this.#flushedAt = Date.now();
    const { receipts, logPosition } = queue.flush(this.#flushedAt);
    if (logPosition !== null || receipts.length > 0) {
      exchangeOf(this.env)
        .confirm(this.#requireId(), logPosition, receipts)
        .catch((error: unknown) => console.warn("exchange not reached", { error: String(error) }));
    }
    if (
      this.#holder() === null ||
      this.#queue?.depth === 0 ||
      this.#flushedAt - this.#depthReportedAt >= DEPTH_REPORT_MS
    ) {
      void this.#reportDepth();
    }
  }

  async #reportDeadLetters(count: number): Promise<void> {
    this.#reportedDead = count;
    try {
      await directoryOf(this.env).reportDeadLetters(this.#requireId(), count);
    } catch (error) {
      // Told again with the next flush, at the latest with the daily purge.
      this.#reportedDead = Number.NaN;
      console.warn("directory not reached", { error: String(error) });
    }
  }

  async #reportDepth(): Promise<void> {
    const depth = this.#requireQueue().depth;
    if (depth === this.#reportedDepth) return;
    this.#reportedDepth = depth;
    this.#depthReportedAt = Date.now();
    try {
      await directoryOf(this.env).reportDepth(this.#requireId(), depth);
    } catch (error) {
      this.#reportedDepth = undefined;
      console.warn("directory not reached", { error: String(error) });
    }
  }

  // ---- waking up

  /** Once per life in memory: loads the queue and takes over what the exchange holds for it since a crash. */
  #prepare(): Promise<void> {
    if (this.#isPrepared || this.#instanceId === undefined) return Promise.resolve();
    this.#prepared ??= this.#load(this.#instanceId).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #load(instanceId: string): Promise<void> {
    const unconfirmed = await exchangeOf(this.env).unconfirmed(instanceId);
    await this.#restoreRelay(instanceId);
    const bounds = { maxMessages: this.#settings.queueMaxMessages, maxBytes: this.#settings.queueMaxBytes };
    const queue = new Queue(new MailboxStore(this.ctx.storage), instanceId, bounds, this.#holder());
    this.#queue = queue;
    this.#isPrepared = true;
    this.#reportedDepth = queue.depth;
    this.#alarmAt = await this.ctx.storage.getAlarm();
    queue.offer(fromLoggedColumns(instanceId, unconfirmed), null, Date.now(), true);
    this.#scheduleFlush();
    this.#pump();
  }

  /** A relayed client is in no socket of this object: its home knows whether it is still there. */
  async #restoreRelay(instanceId: string): Promise<void> {
    const relay = this.ctx.storage.kv.get<RelayFacts>(KEY.relay);
    if (relay === undefined || this.#connection !== null) return;
    if (await mailboxOf(this.env, relay.home).holdsRelay(instanceId, relay.epoch)) {
      this.#connection ??= this.#relayed(instanceId, relay);
    } else {
      this.ctx.storage.kv.delete(KEY.relay);
    }
  }

  /** A socket that the hub has closed holds nothing, though its client has not answered the close yet. */
  #holder(): Holder | null {
    return this.#connection?.isOpen === true ? this.#connection : null;
  }

  #requireQueue(): Queue {
    if (this.#queue === undefined) throw new Error("the mailbox is not prepared");
    return this.#queue;
  }

  #requireId(): string {
    if (this.#instanceId === undefined) throw new Error("the mailbox has no instance id");
    return this.#instanceId;
  }
}

/** A `send_message` to a topic or to everyone is a publication or a broadcast (section 4). */
function plainFrame(frame: ClientFrame): ClientFrame {
  if (frame.action !== "send_message") return frame;
  const { to, action: _, ttlSeconds: __, ...rest } = frame;
  if (to === "broadcast") return { ...rest, action: "broadcast" };
  if (!to.startsWith("topic:")) return frame;
  const topic = to.slice("topic:".length);
  return isTopicName(topic)
    ? { ...rest, action: "publish_topic", topic, persistent: frame.persistent ?? false }
    : frame;
}

function unknownHere(parcels: readonly LoggedParcel[]): VerdictColumns {
  const verdict = failure("unknown_instance", "That instance was removed; nothing was stored.");
  return {
    deliveredAt: parcels.map(() => 0),
    isQueued: parcels.map(() => false),
    special: parcels.map((_, index) => [index, verdict]),
  };
}

function rateLimited(retryAfterMs: number): Failure {
  return failure("rate_limited", `Too many frames; try again in ${retryAfterMs} ms.`, { retryAfterMs });
}

function internalFailure(error: unknown): Failure {
  console.error("action failed", { error: String(error) });
  return failure(
    "internal",
    "The hub failed to do this; it has logged why. Trying again with the same messageId is safe.",
  );
}

function errorFrame(requestId: string | undefined, { ok: _, ...rest }: Failure): object {
  return { ...(requestId === undefined ? {} : { requestId }), ...rest };
}
