/** One topic: who is in it, what was said in it, and the fan-out of each publication to its subscribers' mailboxes. */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result, success } from "../../shared/errors.ts";
import { partialOf, projectOf, projectTopic } from "../../shared/ids.ts";
import { RETENTION_MS, TOPIC_HISTORY_MAX } from "../../shared/limits.ts";
import { type Message, utf8Length } from "../../shared/message.ts";
import { composeMessage, packParcel } from "../compose.ts";
import { directoryOf, type Env, exchangeOf, journalOf, mailboxOf, readSettings } from "../env.ts";
import { deliverLive } from "../live.ts";
import { errorText, log } from "../log.ts";
import { Outbox } from "../outbox.ts";
import { copyOf, type FanOutColumns } from "../parcels.ts";
import type { FanOutCounts, Published, PublishRequest, TopicRpc } from "../rpc.ts";
import { type Publication, TopicTables } from "./tables.ts";

const KEY = { name: "name", isKept: "isKept", emptySince: "emptySince" } as const;
/** One commit and one submission carry at most this many publications. */
const BATCH_MAX = 64;
/** After a crash: when a fan-out that was under way goes on. */
const RESUME_AFTER_MS = 5_000;
const TRIM_EVERY = 256;

/** A publication on its way, and who waits for its counts. */
interface Waiting {
  publication: Omit<Publication, "position" | "delivered" | "queued">;
  recipients: string[];
  answer: (published: Result<Published>) => void;
}

/** A publication that has reached everyone it can. */
interface Finished extends Pick<Waiting, "publication" | "answer"> {
  counts: Counts;
}

/** How many subscribers were online, away, or could take no more (Q6). */
interface Counts {
  delivered: number;
  queued: number;
  refused: number;
}

export class Topic extends DurableObject<Env> implements TopicRpc {
  /** Set once the topic exists: an object that was only asked keeps its storage empty. */
  #name: string | undefined;
  #tables: TopicTables | undefined;
  #subscribers: Set<string> | undefined;
  #waiting: Waiting[] = [];
  /** Accepted or about to be, by id, until it is answered. */
  readonly #underWay = new Map<string, { message: Message; published: Promise<Result<Published>> }>();
  #isPublishing = false;
  /** Whether no publication of an earlier life can be pending. */
  #isResumed = false;
  #sinceTrim = 0;
  readonly #outbox: Outbox;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = ctx.storage.kv.get<string>(KEY.name);
    this.#outbox = new Outbox(ctx.storage, `topic:${ctx.id.name}`, () => journalOf(env));
  }

  async subscribe(topic: string, instanceId: string, now: number, isOwnWish = false): Promise<void> {
    const isProject = projectTopic(projectOf(instanceId)) === topic;
    await this.create(topic, instanceId, !isProject, now);
    if (isProject) this.ctx.storage.kv.put(KEY.isKept, true);
    this.ctx.storage.kv.delete(KEY.emptySince);
    if (this.#open().addSubscriber(instanceId, now)) this.#members().add(instanceId);
    await this.#note(instanceId, true, isOwnWish);
  }

  async unsubscribe(instanceId: string, now: number, isOwnWish = false): Promise<boolean> {
    if (this.#name === undefined) return false;
    const was = this.#open().removeSubscriber(instanceId);
    this.#members().delete(instanceId);
    this.#expireWhenEmpty(now);
    if (was) await this.#note(instanceId, false, isOwnWish);
    return was;
  }

  async replaceSubscriber(oldId: string, newId: string): Promise<void> {
    if (this.#name === undefined || !this.#members().has(oldId)) return;
    const tables = this.#open();
    tables.transaction(() => {
      tables.removeSubscriber(oldId);
      tables.addSubscriber(newId, Date.now());
    });
    this.#members().delete(oldId);
    this.#members().add(newId);
    await this.#note(oldId, false, true);
    await this.#note(newId, true, true);
  }

  async subscribers(): Promise<string[]> {
    return this.#name === undefined ? [] : [...this.#members()].sort();
  }

  async create(topic: string, createdBy: string, isExpiring: boolean, now: number): Promise<boolean> {
    if (this.#name !== undefined) return false;
    const { created } = await directoryOf(this.env).createTopic(topic, createdBy, isExpiring, now);
    this.#name = topic;
    this.ctx.storage.kv.put(KEY.name, topic);
    this.ctx.storage.kv.put(KEY.isKept, !isExpiring);
    this.#expireWhenEmpty(now);
    return created;
  }

  async publish(requests: PublishRequest[]): Promise<Result<Published>[]> {
    const now = Date.now();
    return Promise.all(requests.map((request) => this.#publish(request, now)));
  }

  async history(limit: number, cursor: string | null): Promise<{ items: Message[]; nextCursor: string | null }> {
    if (this.#name === undefined) return { items: [], nextCursor: null };
    const before = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const page = this.#open().page(before, limit);
    const last = page.at(-1);
    return {
      items: page.map((publication) => JSON.parse(publication.body) as Message),
      nextCursor: page.length < limit || last === undefined ? null : String(last.position),
    };
  }

  async remove(): Promise<Result<{ subscriberCount: number }>> {
    if (this.#name === undefined) return success({ subscriberCount: 0 });
    const count = this.#members().size;
    if (count > 0) {
      return failure("conflict", `${this.#name} has ${count} subscribers; a topic is deleted when it has none.`, {
        details: { subscriberCount: count },
      });
    }
    await this.#forget();
    return success({ subscriberCount: 0 });
  }

  /** Resumes a fan-out that a crash interrupted, and lets an empty topic go. */
  override async alarm(): Promise<void> {
    if (this.#name === undefined) return;
    this.#isResumed &&= this.#isPublishing;
    if (!this.#isPublishing) await this.#publishWaiting();
    await this.#outbox.drain();
    const now = Date.now();
    const outboxAt = this.#outbox.nextAlarmAt(now);
    if (outboxAt !== null) await this.ctx.storage.setAlarm(outboxAt);
    const expiresAt = this.#expiresAt();
    if (expiresAt === null) return;
    if (expiresAt <= now && outboxAt === null) await this.#forget();
    else await this.ctx.storage.setAlarm(Math.min(outboxAt ?? expiresAt, expiresAt));
  }

  // ---- publishing

  /** Takes its place in the order of publications before anything is awaited. */
  async #publish({ from, fromRole, draft, persistent }: PublishRequest, now: number): Promise<Result<Published>> {
    const name = this.#name;
    if (name === undefined) return failure("unknown_topic", "There is no such topic; subscribe to it to create it.");
    const to = `topic:${name}`;
    const message = composeMessage({ ...draft, topicName: name }, { from, role: fromRole }, to, now);
    const { messageId } = message;
    const known = this.#underWay.get(messageId)?.message ?? this.#findMessage(messageId);
    if (known !== undefined) return this.#repeat(known, message);
    const recipients = [...this.#members()].filter((id) => id !== from);
    const { body, expiresAt } = packParcel(message, to, now);
    // A live one that a crash interrupts is not repeated, but the journal still hears of it.
    const pending = JSON.stringify(persistent ? recipients : []);
    const publication = {
      messageId,
      body,
      persistent: persistent ? 1 : 0,
      pending,
      publishedAt: now,
      expiresAt,
    } as const;
    const published = new Promise<Result<Published>>((answer) => {
      this.#waiting.push({ publication, recipients, answer });
    });
    this.#underWay.set(messageId, { message, published });
    if (!this.#isPublishing) void this.#publishWaiting();
    return published.finally(() => this.#underWay.delete(messageId));
  }

  /** M3 for the whole: the same again is answered again, when it is done. */
  async #repeat(known: Message, message: Message): Promise<Result<Published>> {
    const { messageId } = message;
    // A sender that changed its session between the tries is the same sender.
    const isSameSender = known.from === message.from || partialOf(known.from) === partialOf(message.from);
    if (!isSameSender || known.content !== message.content || known.type !== message.type) {
      return failure("conflict", `The messageId ${messageId} is already used for another message; take a new one.`);
    }
    const underWay = await this.#underWay.get(messageId)?.published;
    if (underWay !== undefined) return underWay.ok ? success({ ...underWay.value, duplicate: true }) : underWay;
    const { delivered = 0, queued = 0 } = this.#open().find(messageId) ?? {};
    return success({ delivered, queued, messageId, duplicate: true });
  }

  #findMessage(messageId: string): Message | undefined {
    const publication = this.#open().find(messageId);
    return publication === undefined ? undefined : (JSON.parse(publication.body) as Message);
  }

  /** One commit for all that wait, then one submission; what comes meanwhile is the next batch. */
  async #publishWaiting(): Promise<void> {
    this.#isPublishing = true;
    try {
      await this.#resume();
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.splice(0, BATCH_MAX);
        try {
          await this.#publishBatch(batch);
        } catch (error) {
          this.#isResumed = false;
          log("error", "publishing failed", { topic: this.#name, error: errorText(error) });
          const why = failure("internal", "The hub could not publish; try again with the same messageId.");
          for (const { answer } of batch) answer(why);
        }
      }
    } finally {
      this.#isPublishing = false;
    }
  }

  async #publishBatch(batch: readonly Waiting[]): Promise<void> {
    const tables = this.#open();
    tables.transaction(() => {
      for (const { publication } of batch) tables.insert(publication);
    });
    await this.#ensureResume();
    const [persistent, live] = [batch.filter(isPersistent), batch.filter((waiting) => !isPersistent(waiting))];
    await this.#fanOut(persistent);
    await this.#writeLive(live);
    this.#trimSometimes(batch.length);
  }

  async #fanOut(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const groups = groupRuns(batch);
    const answers: FanOutCounts[] = await exchangeOf(this.env).fanOut(groups.map(toFanOutColumns));
    const finished = groups.flatMap((group, i) => {
      const { delivered, queued, refused } = answers[i] as FanOutCounts;
      return group.map(({ publication, answer }, index): Finished => {
        const counts = {
          delivered: delivered[index] as number,
          queued: queued[index] as number,
          refused: refused[index] as number,
        };
        return { publication, answer, counts };
      });
    });
    // Removed without a word to this topic, as when a crash came between the two.
    for (const id of answers.flatMap(({ unknown }) => unknown)) void this.unsubscribe(id, Date.now());
    this.#finish(finished);
  }

  async #writeLive(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const everyone = [...new Set(batch.flatMap(({ recipients }) => recipients))];
    const online = new Set(everyone.length === 0 ? [] : await directoryOf(this.env).onlineAmong(everyone));
    const messages = batch.flatMap(({ publication: { body }, recipients }) =>
      recipients.filter((to) => online.has(to)).map((to) => ({ to, body: copyOf(body, to) })),
    );
    const reached = await deliverLive(this.env, messages);
    this.#finish(
      batch.map(({ publication, recipients, answer }) => ({
        publication,
        counts: { delivered: recipients.filter((id) => reached.has(id)).length, queued: 0, refused: 0 },
        answer,
      })),
    );
  }

  /** Notes on disk, in one commit, how far each got and what the journal is to hear; then answers. */
  #finish(finished: readonly Finished[]): void {
    const tables = this.#open();
    const name = this.#name as string;
    tables.transaction(() => {
      for (const { publication, counts } of finished) {
        tables.markDone(publication.messageId, counts.delivered, counts.queued);
        this.#outbox.add({
          event: "topic:message",
          timestamp: new Date(publication.publishedAt).toISOString(),
          name,
          message: JSON.parse(publication.body) as Message,
          persistent: publication.persistent === 1,
          delivered: counts.delivered,
          queued: counts.queued,
        });
      }
    });
    void this.#outbox.drain();
    for (const { publication, counts, answer } of finished) {
      const { refused, ...told } = counts;
      answer(success({ ...told, messageId: publication.messageId, ...(refused === 0 ? {} : { refused }) }));
    }
  }

  /**
   * Ends what a crash interrupted, before anything newer goes out (Q2). A mailbox that has a message already takes it as a
   * retry (M3), so repeating a fan-out doubles nothing.
   */
  async #resume(): Promise<void> {
    while (!this.#isResumed) {
      const pending = this.#open().listPending(BATCH_MAX);
      if (pending.length === 0) this.#isResumed = true;
      await this.#fanOut(
        pending.map((publication) => ({
          publication,
          recipients: JSON.parse(publication.pending ?? "[]") as string[],
          answer: () => {},
        })),
      );
    }
  }

  #trimSometimes(published: number): void {
    this.#sinceTrim += published;
    if (this.#sinceTrim < TRIM_EVERY) return;
    this.#sinceTrim = 0;
    this.#open().trim(TOPIC_HISTORY_MAX, Date.now() - RETENTION_MS);
  }

  async #ensureResume(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + RESUME_AFTER_MS);
  }

  // ---- living and going

  /** Tells the directory, and the client if the change is not its own doing. */
  async #note(instanceId: string, isSubscribed: boolean, isOwnWish: boolean): Promise<void> {
    const directory = directoryOf(this.env);
    await directory.noteSubscription(this.#name as string, instanceId, isSubscribed, this.#members().size);
    if (isOwnWish || (await directory.onlineAmong([instanceId])).length === 0) return;
    await mailboxOf(this.env, instanceId).syncTopics(await directory.topicsOf(instanceId));
  }

  #expireWhenEmpty(now: number): void {
    if (this.#members().size > 0) return;
    this.ctx.storage.kv.put(KEY.emptySince, now);
    const expiresAt = this.#expiresAt();
    if (expiresAt !== null) void this.ctx.storage.setAlarm(expiresAt);
  }

  /** When an empty topic goes, or null for one that stays. Epoch ms. */
  #expiresAt(): number | null {
    if (this.ctx.storage.kv.get<boolean>(KEY.isKept) === true) return null;
    const emptySince = this.ctx.storage.kv.get<number>(KEY.emptySince);
    return emptySince === undefined ? null : emptySince + readSettings(this.env).topicExpireMs;
  }

  async #forget(): Promise<void> {
    if (this.#name !== undefined) await directoryOf(this.env).removeTopic(this.#name);
    this.#name = undefined;
    this.#tables = undefined;
    this.#subscribers = undefined;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  #open(): TopicTables {
    this.#tables ??= new TopicTables(this.ctx.storage);
    return this.#tables;
  }

  #members(): Set<string> {
    this.#subscribers ??= new Set(this.#open().subscribers());
    return this.#subscribers;
  }
}

function isPersistent({ publication }: Waiting): boolean {
  return publication.persistent === 1;
}

/** Publications that follow each other and go to the same recipients. */
function groupRuns(batch: readonly Waiting[]): Waiting[][] {
  const groups: Waiting[][] = [];
  let recipients: string | null | undefined;
  for (const waiting of batch) {
    const { pending } = waiting.publication;
    if (pending === recipients) groups.at(-1)?.push(waiting);
    else groups.push([waiting]);
    recipients = pending;
  }
  return groups;
}

function toFanOutColumns(group: readonly Waiting[]): FanOutColumns {
  return {
    recipients: group[0]?.recipients ?? [],
    bodies: group.map(({ publication }) => publication.body),
    bytes: group.map(({ publication }) => utf8Length(publication.body)),
    expiresAt: group.map(({ publication }) => publication.expiresAt),
  };
}
