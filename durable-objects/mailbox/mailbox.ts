/** One instance: its queue, its live socket, its acks. */
import { DurableObject } from "cloudflare:workers";
import { CloseCode, type Failure, failure, type Result } from "../../shared/errors.ts";
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
import { directoryOf, type Env, exchangeOf, readSettings, type Settings, topicOf } from "../env.ts";
import { fromLoggedColumns, type LoggedColumns, type LoggedParcel } from "../parcels.ts";
import { receiptJson } from "../receipt.ts";
import type { ConnectVerdict, MailboxRpc, VerdictColumns } from "../rpc.ts";
import { readUpgrade, refuseUpgrade, type UpgradeFacts, upgradeResponse } from "../upgrade.ts";
import { type ActionContext, runAction, type SimpleFrame } from "./actions.ts";
import { Connection } from "./connection.ts";
import { nextAlarm } from "./next-alarm.ts";
import { type Holder, Queue } from "./queue.ts";
import { type BucketState, RefusalCounter, TokenBucket } from "./rate-limit.ts";
import { readText } from "./read-text.ts";
import { type SendFrame, sendMessages } from "./send.ts";
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
} as const;

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
  #depthReportedAt = 0;
  #alarmAt: number | null | undefined;
  #purgeAt: number | null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#settings = readSettings(env);
    this.#instanceId = ctx.storage.kv.get<string>(KEY.instanceId);
    this.#role = ctx.storage.kv.get<string>(KEY.role) || null;
    this.#purgeAt = ctx.storage.kv.get<number>(KEY.purgeAt) ?? null;
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
    const { instanceId, version, identityHash } = facts;
    const verdict = await directoryOf(this.env).openConnection({ instanceId, version, identityHash, now });
    if (!verdict.ok) return refuseUpgrade(verdict);
    if (this.#instanceId === undefined) {
      this.#instanceId = instanceId;
      this.ctx.storage.kv.put(KEY.instanceId, instanceId);
    }
    await this.#prepare();
    await this.#joinProjectTopic(instanceId, verdict.topics, now);
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#welcome(Connection.open(server, { epoch: verdict.epoch, version, heardAt: now }), facts, verdict);
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
    this.#connection = connection;
    this.#role = verdict.role;
    for (const ws of this.ctx.getWebSockets()) {
      const other = Connection.restore(ws);
      if (other !== undefined && other.epoch < connection.epoch) {
        other.close(CloseCode.replaced, "replaced by a newer connection");
      }
    }
    const queue = this.#requireQueue();
    queue.releaseAll();
    if (connection.version === 1) connection.send({ action: "subscriptions:sync", topics: verdict.topics });
    else connection.send(this.#welcomeFrame(facts.instanceId, verdict, queue.depth));
    this.#pump();
    this.#scheduleFlush();
    this.#updateAlarm();
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
    const gone = Connection.restore(ws);
    if (gone === undefined || gone.epoch !== this.#connection?.epoch) return;
    await this.#drop(gone);
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
    const open = this.ctx
      .getWebSockets()
      .flatMap((ws) => Connection.restore(ws) ?? [])
      .filter((connection) => connection.isOpen)
      .sort((a, b) => b.epoch - a.epoch);
    return open[0] ?? null;
  }

  // ---- frames

  override async webSocketMessage(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    if (!this.#isPrepared) await this.#prepare();
    const connection = this.#connectionOf(ws);
    if (connection === undefined) return;
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
    const restored = Connection.restore(ws);
    if (restored === undefined || this.#connection === null) return undefined;
    return restored.epoch === this.#connection.epoch ? this.#connection : undefined;
  }

  /** Acks go at once, since deliveries wait for them; all else in order, as if each frame came alone (B1). */
  #take({ requestId, result }: ReadFrame, connection: Connection, now: number): void {
    if (!result.ok) {
      const waitMs = this.#bucket.take(now);
      this.#refuse(connection, requestId, waitMs > 0 ? rateLimited(waitMs) : result, now);
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
        else await this.#run(this.#pending.shift() as PendingFrame);
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

  async #run({ frame, connection }: PendingFrame): Promise<void> {
    const reply = await runAction(frame as SimpleFrame, this.#actionContext()).catch(internalFailure);
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

  // ---- what other objects ask

  /** Takes a batch in and writes what fits to the live socket at once. */
  async apply(columns: LoggedColumns, receipts: string[]): Promise<VerdictColumns> {
    if (!this.#isPrepared) await this.#prepare();
    const connection = this.#connection;
    if (connection?.version === 2) for (const frame of receipts) connection.sendJson(frame);
    if (columns.bodies.length === 0) return { deliveredAt: [], isQueued: [], special: [] };
    const queue = this.#queue;
    const parcels = fromLoggedColumns(this.#instanceId ?? "", columns);
    if (queue === undefined) return unknownHere(parcels);
    const now = Date.now();
    const holder = this.#holder();
    const { verdicts, writes } = queue.offer(parcels, holder, now);
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

  /** How far a message got; only its sender hears. */
  async status(messageId: string, asker: string): Promise<MessageStatus | null> {
    await this.#prepare();
    const found = this.#queue?.status(messageId);
    return found !== undefined && found.sender === asker ? found.status : null;
  }

  async isLive(epoch: number): Promise<boolean> {
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
    await this.#dropIfSilent(now);
    queue.expire(now);
    this.#pump();
    this.#purgeIfDue(queue, now);
    this.#flush();
    this.#updateAlarm();
  }

  /** C6. */
  async #dropIfSilent(now: number): Promise<void> {
    const connection = this.#connection;
    const silentAt = this.#silentAt();
    if (connection === null || silentAt === null || silentAt > now) return;
    connection.close(CloseCode.heartbeatLost, "no ping for 75 s");
    await this.#drop(connection);
  }

  #silentAt(): number | null {
    const connection = this.#connection;
    if (connection === null || connection.version === 1) return null;
    const pingedAt = this.ctx.getWebSocketAutoResponseTimestamp(connection.ws)?.getTime() ?? 0;
    return Math.max(connection.heardAt, pingedAt) + SILENCE_LIMIT_MS;
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
    if (queue === undefined || !queue.isDirty) return;
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

  #holder(): Holder | null {
    return this.#connection;
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
