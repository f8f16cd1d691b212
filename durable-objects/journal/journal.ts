/**
 * Everything that happened: the event stream, history, search, counts. One object, fed from the others' outboxes. What
 * comes in is appended to the stream and told to its consumers; history is made from the stream a little later (indexer.ts).
 */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result, success } from "../../shared/errors.ts";
import type {
  CopyCounts,
  FoundMessage,
  JournalStats,
  MessagePage,
  Presence,
  RecipientPage,
  StatsSeries,
  Thread,
  ThreadPage,
  Traffic,
} from "../../shared/history.ts";
import { answerClose } from "../answer-close.ts";
import { Atomic } from "../atomic.ts";
import { chunk } from "../chunk.ts";
import { type Env, readSettings, type Settings } from "../env.ts";
import { FairReading } from "../fair-reading.ts";
import { log, setLogLevel } from "../log.ts";
import { migrate } from "../migrate.ts";
import { namesOf } from "../principal.ts";
import type { JournalRpc } from "../rpc.ts";
import type { RecipientsRequest, SeriesQuery, ThreadsRequest } from "../rpc-types.ts";
import { readStreamUpgrade, refuseUpgrade, upgradeResponse } from "../upgrade.ts";
import { Backfill } from "./backfill.ts";
import { Consumers } from "./consumers.ts";
import { countCopies } from "./copies.ts";
import { FanOutStore } from "./fan-out-store.ts";
import type { HistoryStore } from "./history-store.ts";
import { Indexer, readIndexedUpTo } from "./indexer.ts";
import { readPageRequest } from "./page-request.ts";
import { readPresence } from "./presence.ts";
import { PresenceBackfill } from "./presence-backfill.ts";
import { readRecipients } from "./recipients.ts";
import { toRecord } from "./record.ts";
import { Reindex } from "./reindex.ts";
import { forgetSome } from "./retention.ts";
import { STEPS } from "./schema.ts";
import { readSeries, readTraffic } from "./series.ts";
import { readStats } from "./stats.ts";
import { openStores, type Stores } from "./stores.ts";
import { StreamStore } from "./stream-store.ts";
import { listThreads, readThread } from "./thread-pages.ts";

const RETENTION_EVERY_MS = 3_600_000;
/** While there is more to forget, the next piece comes after this. */
const RETENTION_AGAIN_MS = 50;
/** How long a question may wait for history to catch up with the stream. */
const CATCH_UP_MS = 300;
/** After so many characters that came in, the size is looked at. */
const PIECE_LENGTH = 500_000;
/** Pieces that are forgotten at once for one that was indexed. */
const FORGET_PIECES = 20;

export class Journal extends DurableObject<Env> implements JournalRpc {
  readonly #settings: Settings;
  readonly #atomic: Atomic;
  readonly #stream: StreamStore;
  readonly #history: HistoryStore;
  readonly #stores: Stores;
  readonly #fanOuts: FanOutStore;
  readonly #backfill: Backfill;
  readonly #indexer: Indexer;
  readonly #consumers: Consumers;
  readonly #reading: FairReading;
  #alarmAt: number | null | undefined;
  #isForgetting = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    this.#settings = readSettings(env);
    migrate(ctx.storage, STEPS);
    this.#atomic = new Atomic(ctx);
    this.#stream = new StreamStore(ctx.storage);
    this.#stores = openStores(ctx.storage);
    this.#history = this.#stores.history;
    this.#fanOuts = new FanOutStore(ctx.storage);
    this.#backfill = new Backfill(ctx.storage, this.#stores);
    const reindex = new Reindex(ctx.storage, this.#history);
    const presences = new PresenceBackfill(
      ctx.storage,
      this.#stream,
      this.#stores.presence,
      readIndexedUpTo(ctx.storage),
    );
    this.#indexer = new Indexer(ctx.storage, this.#atomic, this.#stream, this.#stores, {
      backfills: [this.#backfill, reindex, presences],
      onGrown: () => this.#forgetTooMuch(),
    });
    this.#consumers = new Consumers(ctx, this.#stream, this.#settings.version);
    this.#reading = new FairReading(ctx);
  }

  // ---- the stream

  /** An upgrade that the worker has authorised (C2). */
  override async fetch(request: Request): Promise<Response> {
    const facts = readStreamUpgrade(request);
    const names = namesOf(facts.principal);
    // Between the worker's yes and this turn the key may have been revoked.
    if (this.#consumers.areRevoked(names)) {
      return refuseUpgrade(failure("unauthorized", "That key has been revoked, or that session has ended."));
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.#consumers.add(server, names, facts, Date.now());
    await this.#ensureAlarm(Date.now());
    return upgradeResponse(client, facts);
  }

  /** C2: what a consumer says is not heard, but that it pings (C6). An automatic answer would count no pings, and read no other socket while they come. */
  override async webSocketMessage(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    this.#reading.note();
    this.#consumers.hear(ws, data === "ping", Date.now());
  }

  override async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    this.#consumers.remove(ws);
    answerClose(ws, code);
  }

  async closeSockets(): Promise<void> {
    this.#consumers.closeAll();
  }

  override async webSocketError(ws: WebSocket): Promise<void> {
    this.#consumers.remove(ws);
  }

  async countStreams(): Promise<[keyId: string, streams: number][]> {
    return this.#consumers.countByKey();
  }

  async revoke(name: string): Promise<void> {
    this.#consumers.revoke(name);
  }

  // ---- what comes in

  async takeLines(source: string, upTo: number, rows: [seq: number, lines: string][]): Promise<void> {
    const now = Date.now();
    const taken = this.#stream.takenFrom(source);
    const fresh = rows.filter(([seq]) => seq > taken);
    for (const piece of chunk(fresh, { maxLength: PIECE_LENGTH, lengthOf: ([, lines]) => lines.length })) {
      const seq = piece.at(-1)?.[0] ?? upTo;
      await this.#append(
        seq,
        source,
        piece.flatMap(([, lines]) => lines.split("\n")),
        now,
      );
      await this.#keepSize(now);
    }
  }

  /** History stays below its bound while it grows: what is too much goes at once, and what is not indexed yet becomes history first. */
  async #keepSize(now: number): Promise<void> {
    while (this.#isTooLarge) {
      if (!this.#forgetSome(now) && !this.#indexer.doStep()) return;
      await scheduler.wait(0);
    }
  }

  /** The same after a piece was indexed; more than a piece made is left to the alarm. */
  #forgetTooMuch(): void {
    for (let n = 0; n < FORGET_PIECES && this.#isTooLarge && this.#forgetSome(Date.now()); n++);
  }

  get #isTooLarge(): boolean {
    return this.ctx.storage.sql.databaseSize > this.#settings.historyMaxBytes;
  }

  /** In one commit with how far the source was taken; consumers hear it when it is on disk (the output gate). */
  async #append(seq: number, source: string, lines: readonly string[], now: number): Promise<void> {
    const segment = this.#atomic.run(() => {
      this.#stream.noteTaken(source, seq, now);
      return this.#stream.append(lines, now);
    });
    this.#consumers.broadcast(segment, now);
    this.#indexer.note(segment.last - segment.first + 1, now);
    await this.#ensureAlarm(now);
  }

  // ---- what is asked

  async search(query: string, limit: number, cursor: string | null): Promise<Result<MessagePage>> {
    const asked = readPageRequest(this.#stores.names, { query, limit, cursor });
    if (!asked.ok) return asked;
    const { filter, before } = asked.value;
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    const rows = this.#history.page(filter, before, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const next = rows.length > limit && last !== undefined ? { nextCursor: String(last.id) } : {};
    return success({ items: items.map(toRecord), ...next, ...this.#lag() });
  }

  #lag(): { isBehind?: true } {
    return this.#indexer.isBehind ? { isBehind: true } : {};
  }

  async threads({ q, isUnanswered, limit, cursor }: ThreadsRequest): Promise<Result<ThreadPage>> {
    const asked = readPageRequest(this.#stores.names, { query: q, limit, cursor });
    if (!asked.ok) return asked;
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return success({ ...listThreads(this.#stores, { ...asked.value, isUnanswered, limit }), ...this.#lag() });
  }

  async thread(messageId: string): Promise<Thread | null> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return readThread(this.#stores, messageId);
  }

  async message(messageId: string): Promise<FoundMessage | null> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    const [first, ...twins] = this.#history.find(messageId).map(toRecord);
    return first === undefined ? null : { ...first, ...(twins.length === 0 ? {} : { twins }) };
  }

  async copies(messageId: string, instanceIds: string[]): Promise<CopyCounts | null> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return countCopies(this.#history, messageId, instanceIds);
  }

  async recipients(request: RecipientsRequest): Promise<RecipientPage | null> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return readRecipients(this.#stores, this.#fanOuts, request);
  }

  async stats(now: number): Promise<JournalStats> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return readStats(this.#stores, now);
  }

  async series(query: SeriesQuery, now: number): Promise<StatsSeries> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return readSeries(this.#stores, query, now);
  }

  async traffic(from: number, to: number): Promise<Traffic> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return readTraffic(this.#stores, from, to);
  }

  async presence(instanceId: string, from: number, to: number): Promise<Presence> {
    await this.#indexer.catchUp(this.#stream.last, CATCH_UP_MS);
    return readPresence(this.#stores.presence, instanceId, from, to);
  }

  // ---- time

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    const now = Date.now();
    const silentAt = this.#consumers.closeSilent(now);
    const isMore = this.#forgetSome(now);
    await this.#setAlarm(
      Math.min(silentAt ?? Number.POSITIVE_INFINITY, now + (isMore ? RETENTION_AGAIN_MS : RETENTION_EVERY_MS)),
    );
  }

  /** Returns whether there may be more to forget. */
  #forgetSome(now: number): boolean {
    const kept = {
      ...this.#stores,
      stream: this.#stream,
      isBackfilling: this.#backfill.isPending,
      indexedUpTo: this.#indexer.indexedUpTo,
      bytes: this.ctx.storage.sql.databaseSize,
    };
    const isMore = this.#atomic.run(() => forgetSome(kept, this.#settings, now));
    if (isMore && !this.#isForgetting) {
      log("info", "history forgets what is too old or too much", { bytes: kept.bytes });
    }
    this.#isForgetting = isMore;
    return isMore;
  }

  /** There is always a next look at what may be forgotten; a first v2 consumer wants an earlier one. */
  async #ensureAlarm(now: number): Promise<void> {
    this.#alarmAt ??= await this.ctx.storage.getAlarm();
    const wanted = Math.min(this.#consumers.closeSilent(now) ?? Number.POSITIVE_INFINITY, now + RETENTION_EVERY_MS);
    if (this.#alarmAt === null || wanted < this.#alarmAt) await this.#setAlarm(wanted);
  }

  async #setAlarm(at: number): Promise<void> {
    this.#alarmAt = at;
    await this.ctx.storage.setAlarm(at);
  }
}
