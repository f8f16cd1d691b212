/**
 * The exchange: the hub's one transactional store, and who is connected. What all clients want in one moment is one
 * transaction and one fsync, whatever their number; what is sent leaves when that is on disk.
 */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result, success } from "../../shared/errors.ts";
import type { InstanceInfo, Message } from "../../shared/message.ts";
import { DASHBOARD_SENDER } from "../../shared/message.ts";
import type { DeadLetter, PingAnswer, QueuePage } from "../../shared/rest.ts";
import { Alarm } from "../alarm.ts";
import { Batcher } from "../batcher.ts";
import { compose, type Draft } from "../compose.ts";
import { type Env, journalOf, readSettings, type Settings } from "../env.ts";
import { readLinkRequest, readLinkText, type UpHead } from "../link.ts";
import { errorText, log, setLogLevel } from "../log.ts";
import { problemOf } from "../problem.ts";
import type { ExchangeRpc, Published, TopicInfo } from "../rpc.ts";
import { type Arrival, callOf, fail, isPatient, take } from "./arrivals.ts";
import { Chores } from "./chores.ts";
import { leave } from "./connect.ts";
import { dropDeadLetter, listDeadLetters, retryDeadLetter } from "./dead-letters.ts";
import { Depths } from "./depths.ts";
import { flushQueue } from "./end-deliveries.ts";
import { Feed } from "./feed.ts";
import { type Link, Links } from "./links.ts";
import { listInstances, pingAddress, queuePage } from "./look.ts";
import { publish } from "./publish.ts";
import { removeInstance } from "./retire.ts";
import { openStore, type Store } from "./store/store.ts";
import { toTopicInfo } from "./store/topics.ts";
import { createTopic, removeTopic, subscribeByRest, unsubscribeByRest } from "./subscribe.ts";
import { Turn } from "./turn.ts";

/** How long acks wait for a transaction that takes them along. */
const ACKS_WAIT_MS = 20;
const SOURCE_KEY = "source";
const REVOKED = "the key of this connection was revoked";
const GOING_DOWN = "the hub is shutting down";

export class Exchange extends DurableObject<Env> implements ExchangeRpc {
  readonly #settings: Settings;
  readonly #store: Store;
  readonly #links = new Links();
  readonly #arrivals: Batcher<Arrival>;
  readonly #feed: Feed;
  readonly #depths: Depths;
  readonly #alarm: Alarm;
  readonly #chores: Chores;
  /** Those of this life in memory: what is under way meets them, and what comes later does not get this far. */
  readonly #revokedKeys = new Set<string>();
  #isDepthRunSet = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    this.#settings = readSettings(env);
    this.#store = openStore(ctx.storage);
    this.#depths = new Depths(this.#store);
    this.#alarm = new Alarm(ctx.storage);
    this.#chores = new Chores(ctx.storage, this.#store, this.#alarm);
    this.#arrivals = new Batcher({ work: (arrivals) => this.#commit(arrivals), patienceMs: ACKS_WAIT_MS });
    this.#feed = new Feed({
      outbox: this.#store.outbox,
      source: this.#source(),
      journal: () => journalOf(env),
      wait: (ms) => scheduler.wait(ms),
    });
    this.#feed.run();
    this.#runDepthsLater(0);
  }

  // ---- links

  /** A mailbox opens a link for a client. Answers 101 when the client is let in, otherwise with what the client is told. */
  override async fetch(request: Request): Promise<Response> {
    const asked = readLinkRequest(request);
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.accept();
    if (this.#revokedKeys.has(asked.principal.keyId)) {
      return problemOf(failure("unauthorized", "That key has been revoked."));
    }
    const { promise, resolve } = Promise.withResolvers<Result<Link>>();
    this.#arrivals.add({ kind: "connect", ws: ours, request: asked, done: resolve });
    const result = await promise;
    if (!result.ok) return problemOf(result);
    this.#listen(result.value);
    return new Response(null, { status: 101, webSocket: theirs });
  }

  #listen(link: Link): void {
    link.ws.addEventListener("message", ({ data }) => {
      const { head, bodies } = readLinkText<UpHead>(String(data));
      this.#add({ kind: "text", link, head, bodies });
    });
    link.ws.addEventListener("close", () => {
      if (link.state !== "over") this.#add({ kind: "closed", link });
    });
    // An error is followed by the close.
    link.ws.addEventListener("error", () => {});
  }

  #add(arrival: Arrival): void {
    this.#arrivals.add(arrival, !isPatient(arrival));
  }

  /** Does what came in one transaction, and sends what follows from it. */
  async #commit(arrivals: readonly Arrival[]): Promise<void> {
    const turn = new Turn(this.#store, this.#links, this.#settings, Date.now());
    const endings: (() => void)[] = [];
    let hasLines = false;
    try {
      this.ctx.storage.transactionSync(() => {
        for (const arrival of arrivals) {
          const ending = take(turn, arrival);
          if (ending !== undefined) endings.push(ending);
        }
        this.#depths.note(turn.deepened);
        this.#depths.tell(turn);
        this.#feed.forgetTaken();
        hasLines = turn.writeOutbox();
        this.#chores.noteTurn(turn, hasLines);
      });
    } catch (error) {
      await this.#giveUp(arrivals, error);
      return;
    }
    turn.send();
    for (const end of endings) end();
    if (hasLines) this.#feed.run();
    if (this.#depths.hasChanged) this.#runDepthsLater(this.#depths.waitMs(turn.now));
    // One commit at a time: what comes meanwhile is the next one.
    await this.ctx.storage.sync().catch(() => {});
  }

  /** The transaction is undone, memory is not: after the answers this object starts anew, and mailboxes link up again. */
  async #giveUp(arrivals: readonly Arrival[], error: unknown): Promise<void> {
    log("error", "a transaction failed", { error: errorText(error) });
    for (const arrival of arrivals) fail(arrival, error);
    await scheduler.wait(0);
    this.ctx.abort(errorText(error));
  }

  #runDepthsLater(waitMs: number): void {
    if (this.#isDepthRunSet) return;
    this.#isDepthRunSet = true;
    setTimeout(() => {
      this.#isDepthRunSet = false;
      if (this.#depths.hasChanged) void this.#call(() => {});
    }, waitMs);
  }

  /** Does something in a transaction of its own turn. Resolves when it is done; rejects when it failed. */
  #call<T>(work: (turn: Turn) => T): Promise<T> {
    const { arrival, result } = callOf(work);
    this.#arrivals.add(arrival);
    return result;
  }

  /** A store that was deleted counts from 1 again: then it is another source. */
  #source(): string {
    const { kv } = this.ctx.storage;
    let source = kv.get<string>(SOURCE_KEY);
    if (source === undefined) {
      source = `exchange#${crypto.randomUUID()}`;
      kv.put(SOURCE_KEY, source);
    }
    return source;
  }

  override async alarm(): Promise<void> {
    this.#alarm.noteRinging();
    await this.#call((turn) => this.#chores.run(turn));
    this.#feed.run();
  }

  // ---- what REST asks

  async health(): Promise<{ online: number }> {
    return { online: this.#links.count };
  }

  async closeSockets(): Promise<number> {
    return this.#call((turn) => {
      const links = [...this.#links.all()];
      for (const link of links) turn.close(link, 1001, GOING_DOWN);
      return links.length;
    });
  }

  async revokeKey(keyId: string): Promise<void> {
    this.#revokedKeys.add(keyId);
    await this.#call((turn) => {
      for (const link of [...this.#links.all()].filter(({ principal }) => principal.keyId === keyId)) {
        turn.close(link, 4003, REVOKED);
        leave(turn, link);
      }
    });
  }

  async connectionsByKey(): Promise<[keyId: string, instanceIds: string[]][]> {
    const byKey = Map.groupBy(this.#links.all(), ({ principal }) => principal.keyId);
    return [...byKey].map(([keyId, links]) => [keyId, links.map(({ instance }) => instance.id).sort()]);
  }

  async listInstances(): Promise<InstanceInfo[]> {
    return listInstances({ store: this.#store, links: this.#links });
  }

  async ping(to: string): Promise<Result<PingAnswer>> {
    return pingAddress({ store: this.#store, links: this.#links }, to);
  }

  async removeInstance(instanceId: string): Promise<Result<null>> {
    return this.#call((turn) => removeInstance(turn, instanceId));
  }

  async flushQueue(instanceId: string): Promise<number> {
    return this.#call((turn) => {
      const owner = turn.store.instances.holderOf(instanceId);
      return owner === undefined ? 0 : flushQueue(turn, owner, "its queue was flushed");
    });
  }

  async peekQueue(instanceId: string, limit: number, cursor: string | null): Promise<Result<QueuePage>> {
    const owner = this.#store.instances.holderOf(instanceId);
    if (owner === undefined) return failure("unknown_instance", `No instance ${instanceId} is here.`);
    return success(queuePage(this.#store, owner, limit, cursor));
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    return listDeadLetters(this.#store, limit);
  }

  async retryDeadLetter(messageId: string): Promise<Result<null>> {
    return this.#call((turn) => retryDeadLetter(turn, messageId));
  }

  async dropDeadLetter(messageId: string): Promise<Result<null>> {
    return this.#call((turn) => dropDeadLetter(turn, messageId));
  }

  // ---- topics, by REST

  async listTopics(): Promise<TopicInfo[]> {
    return this.#store.topics.list();
  }

  async findTopic(name: string): Promise<{ topic: TopicInfo | null; nearest: string[] }> {
    const topic = this.#store.topics.find(name);
    return topic === undefined
      ? { topic: null, nearest: this.#store.topics.nearest(name) }
      : { topic: toTopicInfo(topic), nearest: [] };
  }

  async createTopic(name: string, autoExpire: boolean): Promise<{ topic: TopicInfo; isNew: boolean }> {
    return this.#call((turn) => {
      const isNew = turn.store.topics.find(name) === undefined;
      return { isNew, topic: toTopicInfo(createTopic(turn, name, DASHBOARD_SENDER, autoExpire)) };
    });
  }

  async removeTopic(name: string): Promise<Result<null>> {
    return this.#call((turn) => {
      const topic = turn.store.topics.find(name);
      return topic === undefined ? success(null) : removeTopic(turn, topic);
    });
  }

  async subscribers(name: string): Promise<string[]> {
    const members = this.#store.topics.find(name)?.members ?? [];
    return [...members].flatMap((number) => this.#store.instances.byNumber(number)?.id ?? []).sort();
  }

  async subscribe(name: string, instanceId: string): Promise<Result<null>> {
    return this.#call((turn) => subscribeByRest(turn, name, instanceId));
  }

  async unsubscribe(name: string, instanceId: string): Promise<Result<null>> {
    return this.#call((turn) => unsubscribeByRest(turn, name, instanceId));
  }

  async publish(name: string, draft: Draft, persistent: boolean): Promise<Result<Published>> {
    return this.#call((turn) => {
      const author = { from: DASHBOARD_SENDER, role: null };
      const composed = compose({ ...draft, topicName: name }, author, `topic:${name}`, turn.now);
      return publish(turn, null, { ...composed, topic: name, persistent });
    });
  }

  async topicHistory(
    name: string,
    limit: number,
    cursor: string | null,
  ): Promise<{ items: Message[]; nextCursor: string | null }> {
    const before = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const page = this.#store.messages.historyOf(name, before, limit);
    const last = page.at(-1);
    return {
      items: page.flatMap(({ body }) => (body === null ? [] : [JSON.parse(body) as Message])),
      nextCursor: page.length < limit || last === undefined ? null : String(last.position),
    };
  }
}
