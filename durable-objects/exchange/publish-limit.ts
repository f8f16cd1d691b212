/** E4: how often a key may publish by REST in one topic, as a client's frames are limited by its mailbox. */
import { type Failure, failure } from "../../shared/errors.ts";
import { RATE_KEYS_MAX } from "../../shared/limits.ts";
import type { Settings } from "../env.ts";
import { TokenBucket } from "../rate-limit.ts";

export class PublishLimit {
  readonly #settings: Pick<Settings, "rateFrames" | "rateWindowMs">;
  /** By key and topic, those that were used last behind the others. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(settings: Pick<Settings, "rateFrames" | "rateWindowMs">) {
    this.#settings = settings;
  }

  /** Returns why a publication is refused, or null where it counts. */
  refusalOf(keyId: string, topic: string, now: number): Failure | null {
    const retryAfterMs = this.#bucketOf(`${keyId} ${topic}`).take(now);
    if (retryAfterMs === 0) return null;
    return failure("rate_limited", "Too many publications by REST with this key: wait, or publish by a socket.", {
      retryAfterMs,
    });
  }

  #bucketOf(name: string): TokenBucket {
    const { rateFrames, rateWindowMs } = this.#settings;
    const bucket = this.#buckets.get(name) ?? new TokenBucket(rateFrames, rateWindowMs);
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > RATE_KEYS_MAX) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return bucket;
  }
}
