/** What a mailbox remembers of itself besides its messages: the keys of its `ctx.storage.kv`, typed, each in one place. */
import type { Predecessor, RelayFacts } from "../rpc.ts";
import type { BucketState } from "./rate-limit.ts";
import type { Move } from "./session-change.ts";

interface Values {
  instanceId: string;
  role: string;
  /** A4: who takes the mail of this id since it was retired. */
  successor: string;
  /** The latest first. */
  predecessors: Predecessor[];
  /** A session change under way. */
  move: Move;
  /** Where the live client's socket is, if not here. */
  relay: RelayFacts;
  bucket: BucketState;
  /** Epoch ms. */
  broadcastAt: number;
  purgeAt: number;
}

/** Read with every batch, so kept in memory. */
const KNOWN_KEYS = ["instanceId", "role", "successor", "purgeAt", "predecessors"] as const;
type Known = Partial<Pick<Values, (typeof KNOWN_KEYS)[number]>>;

const PREDECESSORS_MAX = 20;

export class MailboxState {
  readonly #kv: SyncKvStorage;
  #known: Known;

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
    this.#known = Object.fromEntries(KNOWN_KEYS.map((key) => [key, this.#kv.get(key)]));
  }

  get instanceId(): string | undefined {
    return this.#known.instanceId;
  }

  get role(): string | null {
    return this.#known.role ?? null;
  }

  get successor(): string | undefined {
    return this.#known.successor;
  }

  get purgeAt(): number | null {
    return this.#known.purgeAt ?? null;
  }

  get predecessors(): readonly Predecessor[] {
    return this.#known.predecessors ?? [];
  }

  get move(): Move | undefined {
    return this.#kv.get<Move>("move");
  }

  get relay(): RelayFacts | undefined {
    return this.#kv.get<RelayFacts>("relay");
  }

  get bucket(): BucketState | undefined {
    return this.#kv.get<BucketState>("bucket");
  }

  get broadcastAt(): number {
    return this.#kv.get<number>("broadcastAt") ?? 0;
  }

  /** Writes one value; undefined deletes it. A known one that does not change costs no write. */
  set<K extends keyof Values>(key: K, value: Values[K] | undefined): void {
    if (isKnownKey(key)) {
      if (this.#known[key] === value) return;
      this.#known = { ...this.#known, [key]: value };
    }
    if (value === undefined) this.#kv.delete(key);
    else this.#kv.put(key, value);
  }

  /** Those before the latest too: what was acked two ids ago is known to that mailbox only. */
  addPredecessors(added: readonly Predecessor[]): void {
    const ids = new Set(added.map(({ id }) => id));
    const others = this.predecessors.filter(({ id }) => !ids.has(id));
    this.set("predecessors", [...added, ...others].slice(0, PREDECESSORS_MAX));
  }

  /** The storage was deleted, or is about to be. */
  forget(): void {
    this.#known = {};
  }
}

function isKnownKey(key: keyof Values): key is keyof Known {
  return (KNOWN_KEYS as readonly string[]).includes(key);
}
