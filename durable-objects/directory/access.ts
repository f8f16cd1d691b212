/** Who may come in (C3): minted keys, and sessions and links of any key. Keys of the environment are known to all. */
import { failure, type Result, success } from "../../shared/errors.ts";
import type { KeyInfo, KeyRequest, SessionLink } from "../../shared/keys.ts";
import { LINK_MS, SESSION_MS, SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS } from "../../shared/limits.ts";
import { randomHex, sha256Hex } from "../hash.ts";
import { adminOfId, adminOfKey, isAdminId, listAdmins, type Principal } from "../principal.ts";
import type { SignedIn, SignInRequest } from "../rpc.ts";
import { FailureLimit } from "./failure-limit.ts";
import { type KeyUse, listKeys, toNewKey } from "./key-list.ts";
import { type KeyRow, KeyTable } from "./keys.ts";
import { LinkTable } from "./links.ts";
import { readSession, signSession } from "./session.ts";

const SECRET_KEY = "sessionSecret";
const SECRET_BYTES = 32;
const KEY_BYTES = 32;
const CODE_BYTES = 16;

const WRONG_KEY = "That key is not one of this hub's.";
const WRONG_CODE = "That link was used already, or its time is over. Ask the hub for a new one: npm run link.";

export class Access {
  readonly #storage: DurableObjectStorage;
  readonly #adminKeys: string | undefined;
  readonly #keys: KeyTable;
  readonly #links: LinkTable;
  readonly #failures = new FailureLimit(SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS);

  /** `adminKeys` as CC2CC_HUB_API_KEY has them. */
  constructor(storage: DurableObjectStorage, adminKeys: string | undefined) {
    this.#storage = storage;
    this.#adminKeys = adminKeys;
    this.#keys = new KeyTable(storage);
    this.#links = new LinkTable(storage);
  }

  /** Who holds the minted key of this hash. */
  principalOfHash(hash: string, now: number): Principal | null {
    return this.#use(this.#keys.findByHash(hash), now);
  }

  /** By a key, or by the code of a link. `client` is what failures are counted by. */
  async signIn(credential: SignInRequest, client: string, now: number): Promise<Result<SignedIn>> {
    const retryAfterMs = this.#failures.waitMs(client, now);
    if (retryAfterMs > 0) {
      const seconds = Math.ceil(retryAfterMs / 1_000);
      return failure("rate_limited", `Too many wrong keys; try again in ${seconds} s.`, { retryAfterMs });
    }
    const principal =
      "key" in credential ? await this.#ofKey(credential.key, now) : await this.#ofCode(credential.code, now);
    if (principal === null) {
      this.#failures.note(client, now);
      return failure("unauthorized", "key" in credential ? WRONG_KEY : WRONG_CODE);
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
    const principal = await this.#ofId(claims.keyId, now);
    return principal === null ? null : { principal, expiresAt: claims.expiresAt };
  }

  /** Makes a link that signs in once as this key. The code leaves here; what stays is its hash. */
  async makeLink(keyId: string, now: number): Promise<SessionLink> {
    const code = randomHex(CODE_BYTES);
    const hash = await sha256Hex(code);
    this.#links.insert(hash, keyId, now + LINK_MS, now);
    return { code, expiresAt: new Date(now + LINK_MS).toISOString() };
  }

  async list(use: KeyUse): Promise<KeyInfo[]> {
    return listKeys(await listAdmins(this.#adminKeys), this.#keys, use);
  }

  /** The key's text leaves here once; what stays is its hash. */
  async mint({ name, scope, pattern }: KeyRequest, now: number): Promise<KeyInfo & { key: string }> {
    const key = `cc2cc_${randomHex(KEY_BYTES)}`;
    const row = this.#keys.insert(await sha256Hex(key), name, scope, pattern ?? null, now);
    return toNewKey(row, key);
  }

  /** The patterns of keys that may connect. */
  listPatterns(): string[] {
    return this.#keys.list().flatMap(({ scope, pattern }) => (scope === "observer" || pattern === null ? [] : pattern));
  }

  /** From here on the key opens nothing. Returns whether there was such a key. */
  revoke(keyId: string): boolean {
    return this.#keys.delete(keyId);
  }

  /** A key of the environment was used where nobody asked here. */
  noteAdminUse(keyId: string, now: number): void {
    this.#keys.noteAdminUse(keyId, now);
  }

  async #ofKey(key: string, now: number): Promise<Principal | null> {
    const admin = await adminOfKey(key, this.#adminKeys);
    if (admin === null) return this.principalOfHash(await sha256Hex(key), now);
    this.#keys.noteAdminUse(admin.keyId, now);
    return admin;
  }

  async #ofCode(code: string, now: number): Promise<Principal | null> {
    const keyId = this.#links.take(await sha256Hex(code), now);
    return keyId === null ? null : this.#ofId(keyId, now);
  }

  async #ofId(keyId: string, now: number): Promise<Principal | null> {
    if (!isAdminId(keyId)) return this.#use(this.#keys.find(keyId), now);
    const admin = await adminOfId(keyId, this.#adminKeys);
    if (admin !== null) this.#keys.noteAdminUse(keyId, now);
    return admin;
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
