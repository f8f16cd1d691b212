/** Who may come in (C3): minted keys, and sessions signed for any key. Keys of the environment are known to all. */
import { failure, type Result, success } from "../../shared/errors.ts";
import type { KeyInfo, KeyRequest } from "../../shared/keys.ts";
import { SESSION_MS, SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS } from "../../shared/limits.ts";
import { randomHex, sha256Hex } from "../hash.ts";
import { adminOfId, adminOfKey, isAdminId, type Principal } from "../principal.ts";
import type { SignedIn } from "../rpc.ts";
import { FailureLimit } from "./failure-limit.ts";
import { type KeyRow, KeyTable, toKeyInfo } from "./keys.ts";
import { readSession, signSession } from "./session.ts";

const SECRET_KEY = "sessionSecret";
const SECRET_BYTES = 32;
const KEY_BYTES = 32;

export class Access {
  readonly #storage: DurableObjectStorage;
  readonly #adminKeys: string | undefined;
  readonly #keys: KeyTable;
  readonly #failures = new FailureLimit(SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS);

  /** `adminKeys` as CC2CC_HUB_API_KEY has them. */
  constructor(storage: DurableObjectStorage, adminKeys: string | undefined) {
    this.#storage = storage;
    this.#adminKeys = adminKeys;
    this.#keys = new KeyTable(storage);
  }

  /** Who holds the minted key of this hash. */
  principalOfHash(hash: string, now: number): Principal | null {
    return this.#use(this.#keys.findByHash(hash), now);
  }

  /** Whether a key still opens anything: a revoked one does not. */
  isValid(keyId: string): boolean {
    return isAdminId(keyId) || this.#keys.find(keyId) !== undefined;
  }

  /** `client` is what failures are counted by. */
  async signIn(key: string, client: string, now: number): Promise<Result<SignedIn>> {
    const retryAfterMs = this.#failures.waitMs(client, now);
    if (retryAfterMs > 0) {
      const seconds = Math.ceil(retryAfterMs / 1_000);
      return failure("rate_limited", `Too many wrong keys; try again in ${seconds} s.`, { retryAfterMs });
    }
    const principal = (await adminOfKey(key, this.#adminKeys)) ?? this.principalOfHash(await sha256Hex(key), now);
    if (principal === null) {
      this.#failures.note(client, now);
      return failure("unauthorized", "That key is not one of this hub's.");
    }
    const expiresAt = now + SESSION_MS;
    return success({
      principal,
      expiresAt,
      session: await signSession({ keyId: principal.keyId, expiresAt }, this.#secret()),
    });
  }

  /** Who a session belongs to; null once it has expired or its key is gone. */
  async principalOfSession(session: string, now: number): Promise<Omit<SignedIn, "session"> | null> {
    const claims = await readSession(session, this.#secret(), now);
    if (claims === null) return null;
    const { keyId, expiresAt } = claims;
    const principal = isAdminId(keyId)
      ? await adminOfId(keyId, this.#adminKeys)
      : this.#use(this.#keys.find(keyId), now);
    return principal === null ? null : { principal, expiresAt };
  }

  list(): KeyInfo[] {
    return this.#keys.list().map(toKeyInfo);
  }

  /** The key's text leaves here once; what stays is its hash. */
  async mint({ name, scope, pattern }: KeyRequest, now: number): Promise<KeyInfo & { key: string }> {
    const key = `cc2cc_${randomHex(KEY_BYTES)}`;
    const row = this.#keys.insert(await sha256Hex(key), name, scope, pattern ?? null, now);
    return { ...toKeyInfo(row), key };
  }

  /** From here on the key opens nothing. Returns who may be connected with it, or null where there is no such key. */
  revoke(keyId: string): string[] | null {
    return this.#keys.delete(keyId) ? this.#keys.listConnected(keyId) : null;
  }

  /** Remembers what an instance has connected with. */
  noteConnection(instanceId: string, keyId: string): void {
    this.#keys.noteConnection(instanceId, isAdminId(keyId) ? null : keyId);
  }

  /** C8: the pattern of the key that an instance has connected with, or null where none bounds it. */
  patternOf(instanceId: string): string | null {
    const keyId = this.#keys.keyOf(instanceId);
    return keyId === null ? null : (this.#keys.find(keyId)?.pattern ?? null);
  }

  /** Q8: the connection goes on under another id. */
  moveConnection(from: string, to: string): void {
    this.#keys.noteConnection(to, this.#keys.keyOf(from));
    this.#keys.noteConnection(from, null);
  }

  forgetConnection(instanceId: string): void {
    this.#keys.noteConnection(instanceId, null);
  }

  #use(row: KeyRow | undefined, now: number): Principal | null {
    if (row === undefined) return null;
    this.#keys.noteUse(row, now);
    return { keyId: row.id, scope: row.scope, name: row.name, pattern: row.pattern };
  }

  /** Random, and not made of any key: who knows a key cannot sign for another. */
  #secret(): Uint8Array {
    const known = this.#storage.kv.get<Uint8Array>(SECRET_KEY);
    if (known !== undefined) return known;
    const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
    this.#storage.kv.put(SECRET_KEY, secret);
    return secret;
  }
}
