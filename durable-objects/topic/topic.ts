/**
 * One topic. REST asks its object: who is in it, what was said there for those who come late; and what enters by REST is
 * limited here, as a client's frames are by its mailbox. What must agree with the queues, subscribers and publications, is in
 * the exchange's store and changes there in one transaction; like a mailbox, a topic keeps nothing of its own.
 */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result } from "../../shared/errors.ts";
import { RATE_KEYS_MAX } from "../../shared/limits.ts";
import type { Draft } from "../compose.ts";
import { type Env, exchangeOf, readSettings } from "../env.ts";
import { dumpTable, dumpText, type LegacyRows, type LegacyRpc } from "../legacy/dump.ts";
import type { Principal } from "../principal.ts";
import { TokenBucket } from "../rate-limit.ts";
import type { TopicRpc } from "../rpc.ts";
import type { Published, TopicInfo, TopicPage } from "../rpc-types.ts";

export class Topic extends DurableObject<Env> implements TopicRpc, LegacyRpc {
  /** By key, those that published last behind the others. */
  readonly #buckets = new Map<string, TokenBucket>();

  async create(autoExpire: boolean): Promise<{ topic: TopicInfo; isNew: boolean }> {
    return exchangeOf(this.env).createTopic(this.#name, autoExpire);
  }

  async remove(by: Principal): Promise<Result<null>> {
    return exchangeOf(this.env).removeTopic(this.#name, by);
  }

  async subscribers(): Promise<Result<string[]>> {
    return exchangeOf(this.env).subscribers(this.#name);
  }

  async subscribe(instanceId: string): Promise<Result<null>> {
    return exchangeOf(this.env).subscribe(this.#name, instanceId);
  }

  async unsubscribe(instanceId: string): Promise<Result<null>> {
    return exchangeOf(this.env).unsubscribe(this.#name, instanceId);
  }

  async publish(by: Principal, draft: Draft, isPersistent: boolean, now: number): Promise<Result<Published>> {
    const retryAfterMs = this.#bucketOf(by.keyId).take(now);
    if (retryAfterMs > 0) {
      return failure("rate_limited", "Too many publications by REST with this key: wait, or publish by a socket.", {
        retryAfterMs,
      });
    }
    return exchangeOf(this.env).publish(this.#name, draft, isPersistent, by.sessionId !== undefined);
  }

  async history(limit: number, cursor: string | null): Promise<Result<TopicPage>> {
    return exchangeOf(this.env).topicHistory(this.#name, limit, cursor);
  }

  async dumpLegacy(table: string, offset: number): Promise<LegacyRows> {
    return dumpTable(this.ctx.storage, table, offset);
  }

  async dumpLegacyText(key: string): Promise<string | null> {
    return dumpText(this.ctx.storage, key);
  }

  /** Objects are reached by name only (`topicOf`), so there always is one. */
  get #name(): string {
    return this.ctx.id.name as string;
  }

  #bucketOf(keyId: string): TokenBucket {
    const { rateFrames, rateWindowMs } = readSettings(this.env);
    const bucket = this.#buckets.get(keyId) ?? new TokenBucket(rateFrames, rateWindowMs);
    this.#buckets.delete(keyId);
    this.#buckets.set(keyId, bucket);
    if (this.#buckets.size > RATE_KEYS_MAX) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return bucket;
  }
}
