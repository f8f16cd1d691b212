/** Runs the exchange: gathers what comes, does it in one transaction, and sends what follows from it. */
import type { Result } from "../../shared/errors.ts";
import { Alarm } from "../alarm.ts";
import { Atomic } from "../atomic.ts";
import { Batcher } from "../batcher.ts";
import { type Env, journalOf, type Settings } from "../env.ts";
import { type LinkRequest, readLinkText, type UpHead } from "../link.ts";
import { errorText, log } from "../log.ts";
import { type Arrival, callOf, fail, hurryOf, take } from "./arrivals.ts";
import { Chores } from "./chores.ts";
import { Webhook } from "./decisions/webhook.ts";
import { Depths } from "./depths.ts";
import { Feed } from "./feed.ts";
import { type Link, Links } from "./links.ts";
import { openStore, type Store } from "./store/store.ts";
import { followUp } from "./tasks/follow-up.ts";
import { Turn } from "./turn.ts";

/** How long acks wait for a transaction that takes them along. */
const ACKS_WAIT_MS = 20;
const SOURCE_KEY = "source";

export class Engine {
  readonly links = new Links();
  readonly store: Store;
  /** Whether whoever watches the disk says that there is room for more. */
  hasRoom = true;
  readonly #ctx: DurableObjectState;
  readonly #settings: Settings;
  readonly #atomic: Atomic;
  readonly #arrivals: Batcher<Arrival>;
  readonly #feed: Feed;
  /** Null where nobody wants to hear (CC2CC_WEBHOOK_URL). */
  readonly #webhook: Webhook | null;
  readonly #depths: Depths;
  readonly #alarm: Alarm;
  readonly #chores: Chores;
  #isDepthRunSet = false;

  constructor(ctx: DurableObjectState, env: Env, settings: Settings) {
    this.#ctx = ctx;
    this.#settings = settings;
    this.#atomic = new Atomic(ctx);
    this.store = openStore(ctx.storage);
    this.#depths = new Depths(this.store);
    this.#alarm = new Alarm(ctx.storage);
    this.#chores = new Chores(ctx.storage, this.store, this.#alarm);
    this.#arrivals = new Batcher({ work: (arrivals) => this.#work(arrivals), patienceMs: ACKS_WAIT_MS });
    this.#feed = new Feed({
      outbox: this.store.outbox,
      source: sourceOf(ctx.storage),
      journal: () => journalOf(env),
      wait: (ms) => scheduler.wait(ms),
    });
    this.#feed.run();
    this.#webhook = this.#makeWebhook(env, settings);
    this.#webhook?.run();
    this.#runDepthsLater(0);
    // Before anybody is let in: this is the first that is done.
    if (this.#chores.hadOutage) void this.call((turn) => this.#chores.noteOutage(turn));
  }

  /** Lets a client in, or says why not; `ws` is this end of its link. Resolves when that is decided. */
  async connect(ws: WebSocket, request: LinkRequest): Promise<Result<Link>> {
    const { promise, resolve } = Promise.withResolvers<Result<Link>>();
    this.#arrivals.add({ kind: "connect", ws, request, done: resolve });
    const result = await promise;
    if (result.ok) this.#listen(result.value);
    return result;
  }

  /** Does something in the next transaction. Resolves when it is done; rejects when it failed. */
  call<T>(work: (turn: Turn) => T): Promise<T> {
    const { arrival, result } = callOf(work);
    this.#arrivals.add(arrival);
    return result;
  }

  /** Does what time brings. */
  async ring(): Promise<void> {
    this.#alarm.noteRinging();
    await this.call((turn) => this.#chores.run(turn));
    this.#feed.run();
    this.#webhook?.run();
  }

  #makeWebhook(env: Env, { webhookUrl: url, publicUrl }: Settings): Webhook | null {
    if (url === null) return null;
    return new Webhook({
      store: this.store,
      url,
      publicUrl,
      post: (target, request) => (env.WEBHOOK ?? globalThis).fetch(target, request),
      wait: (ms) => scheduler.wait(ms),
    });
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
    this.#arrivals.add(arrival, hurryOf(arrival));
  }

  /** One transaction for all that came. With care it is one for each, so that what fails takes nothing along. */
  async #work(arrivals: readonly Arrival[]): Promise<void> {
    if (!this.#atomic.isCareful) return this.#commit(arrivals);
    for (const arrival of arrivals) await this.#commit([arrival]);
  }

  /** What a transaction sends leaves when it is on disk (the output gate). */
  async #commit(arrivals: readonly Arrival[]): Promise<void> {
    const turn = new Turn(this.store, this.links, this.#settings, Date.now(), this.hasRoom);
    const endings: (() => void)[] = [];
    try {
      this.#atomic.run(() => {
        for (const arrival of arrivals) {
          const ending = take(turn, arrival);
          if (ending !== undefined) endings.push(ending);
        }
        followUp(turn);
        this.#depths.note(turn.deepened);
        this.#depths.tell(turn);
        this.#feed.forgetTaken();
        this.#webhook?.forgetSent();
        this.#chores.noteTurn(turn);
        turn.finish();
      });
    } catch (error) {
      await this.#giveUp(arrivals, error);
      return;
    }
    turn.send();
    for (const end of endings) end();
    if (turn.hasLines) this.#feed.run();
    if (turn.hasDecisionNews) this.#webhook?.run();
    if (this.#depths.hasChanged) this.#runDepthsLater(this.#depths.waitMs(turn.now));
    // One commit at a time: what comes meanwhile is the next one.
    await this.#ctx.storage.sync().catch(() => {});
  }

  /** The transaction is undone, memory is not: after the answers the object starts anew, and mailboxes link up again. */
  async #giveUp(arrivals: readonly Arrival[], error: unknown): Promise<void> {
    log("error", "a transaction failed", { error: errorText(error) });
    this.store.deliveries.discard();
    this.store.tasks.discard();
    for (const arrival of arrivals) fail(arrival, error);
    await scheduler.wait(0);
    this.#ctx.abort(errorText(error));
  }

  #runDepthsLater(waitMs: number): void {
    if (this.#isDepthRunSet) return;
    this.#isDepthRunSet = true;
    setTimeout(() => {
      this.#isDepthRunSet = false;
      if (this.#depths.hasChanged) void this.call(() => {});
    }, waitMs);
  }
}

/** A store that was deleted counts from 1 again: then it is another source. */
function sourceOf({ kv }: DurableObjectStorage): string {
  let source = kv.get<string>(SOURCE_KEY);
  if (source === undefined) {
    source = `exchange#${crypto.randomUUID()}`;
    kv.put(SOURCE_KEY, source);
  }
  return source;
}
