/** Who may come in (C3): minted keys, and sessions and links of any key. Keys of the environment are known to all. */
import { type Failure, failure, type Result, success } from "../../shared/errors.ts";
import type { KeyInfo, KeyRequest, SessionLink } from "../../shared/keys.ts";
import { LINK_MS, SESSION_MS, SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS } from "../../shared/limits.ts";
import { randomHex, sha256Hex } from "../hash.ts";
import { adminOfId, adminOfKey, isAdminId, listAdmins, type Principal } from "../principal.ts";
import type { SignedIn, SignInRequest } from "../rpc-types.ts";
import { FailureLimit } from "./failure-limit.ts";
import { type KeyUse, listKeys, toNewKey } from "./key-list.ts";
import { type KeyRow, KeyTable } from "./keys.ts";
import { LinkTable } from "./links.ts";
import { EndedSessions, readSession, sessionIdOf, signSession } from "./session.ts";

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
  readonly #ended: EndedSessions;
  readonly #failures = new FailureLimit(SIGN_IN_FAILURES, SIGN_IN_WINDOW_MS);

  /** `adminKeys` as CC2CC_HUB_API_KEY has them. */
  constructor(storage: DurableObjectStorage, adminKeys: string | undefined) {
    this.#storage = storage;
    this.#adminKeys = adminKeys;
    this.#keys = new KeyTable(storage);
    this.#links = new LinkTable(storage);
    this.#ended = new EndedSessions(storage);
  }

  /** Who holds the minted key of this hash. */
  principalOfHash(hash: string, now: number): Principal | null {
    return this.#use(this.#keys.findByHash(hash), now);
  }

  /** By a key, or by the code of a link. `client` is what failures are counted by. */
  async signIn(credential: SignInRequest, client: string, now: number): Promise<Result<SignedIn>> {
    // Looked at in any case: wrong keys of one must not keep the right one of another out.
    const principal =
      "key" in credential ? await this.#ofKey(credential.key, now) : await this.#ofCode(credential.code, now);
    if (principal === null) return this.#refuse("key" in credential ? WRONG_KEY : WRONG_CODE, client, now);
    const expiresAt = now + SESSION_MS;
    return success({
      principal,
      expiresAt,
      session: await signSession({ keyId: principal.keyId, expiresAt }, this.#secret()),
    });
  }

  #refuse(error: string, client: string, now: number): Failure {
    const retryAfterMs = this.#failures.waitMs(client, now);
    if (retryAfterMs === 0) {
      this.#failures.note(client, now);
      return failure("unauthorized", error);
    }
    const seconds = Math.ceil(retryAfterMs / 1_000);
    return failure("rate_limited", `${error} Too many were wrong; wait ${seconds} s.`, { retryAfterMs });
  }

  /** Who a session belongs to; null once it has expired or its key is gone. */
  async principalOfSession(session: string, now: number): Promise<Omit<SignedIn, "session"> | null> {
    const claims = await readSession(session, this.#secret(), now);
    if (claims === null) return null;
    const sessionId = await sessionIdOf(session);
    const principal = this.#ended.has(sessionId) ? null : await this.#ofId(claims.keyId, now);
    return principal === null ? null : { principal: { ...principal, sessionId }, expiresAt: claims.expiresAt };
  }

  /** From here on the session opens nothing. Returns its id; null for one that opened nothing before. */
  async endSession(session: string, now: number): Promise<string | null> {
    const signedIn = await this.principalOfSession(session, now);
    const sessionId = signedIn?.principal.sessionId;
    if (signedIn === null || sessionId === undefined) return null;
    this.#ended.add(sessionId, signedIn.expiresAt, now);
    return sessionId;
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
  async mint(
    { name, scope, pattern }: KeyRequest,
    mintedBy: string,
    now: number,
  ): Promise<(KeyInfo & { key: string }) | null> {
    const key = `cc2cc_${randomHex(KEY_BYTES)}`;
    const hash = await sha256Hex(key);
    // A key that was revoked while this was under way would have left an heir.
    if (!isAdminId(mintedBy) && this.#keys.find(mintedBy) === undefined) return null;
    const row = this.#keys.insert({ hash, name, scope, pattern: pattern ?? null, mintedBy }, now);
    return toNewKey(row, key);
  }

  /** The patterns of members' keys, with which sessions connect. An approver's says for whom that decides (H2), and reserves nothing. */
  listPatterns(): string[] {
    return this.#keys.list().flatMap(({ scope, pattern }) => (scope !== "member" || pattern === null ? [] : pattern));
  }

  /**
   * From here on the key opens nothing, nor does any that it minted, unless those are to be kept. Returns which that were, it
   * first; none where there is no such key.
   */
  revoke(keyId: string, keepsMinted: boolean): string[] {
    const family = this.#keys.familyOf(keyId);
    const revoked = keepsMinted ? family.filter((id) => id === keyId) : family;
    for (const id of revoked) this.#keys.delete(id);
    return revoked;
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
