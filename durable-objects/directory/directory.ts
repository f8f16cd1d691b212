/** Keys and sign-ins: who may what. What must agree with queues is in the exchange's store. */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result, success } from "../../shared/errors.ts";
import type { KeyInfo, KeyRequest, SessionLink } from "../../shared/keys.ts";
import { type Env, exchangeOf, journalOf } from "../env.ts";
import { dumpTable, dumpText, type LegacyRows, type LegacyRpc } from "../legacy/dump.ts";
import { errorText, log, setLogLevel } from "../log.ts";
import { migrate } from "../migrate.ts";
import type { Principal } from "../principal.ts";
import type { DirectoryRpc } from "../rpc.ts";
import type { SignedIn, SignInRequest } from "../rpc-types.ts";
import { Access } from "./access.ts";
import { STEPS } from "./schema.ts";

export class Directory extends DurableObject<Env> implements DirectoryRpc, LegacyRpc {
  readonly #access: Access;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    migrate(ctx.storage, STEPS);
    this.#access = new Access(ctx.storage, env.CC2CC_HUB_API_KEY);
  }

  /** Answers when the storage can be read: the constructor has. */
  async health(): Promise<void> {}

  async principalOfKey(hash: string, now: number): Promise<Principal | null> {
    return this.#access.principalOfHash(hash, now);
  }

  async principalOfSession(session: string, now: number): Promise<Omit<SignedIn, "session"> | null> {
    return this.#access.principalOfSession(session, now);
  }

  async signIn(credential: SignInRequest, client: string, now: number): Promise<Result<SignedIn>> {
    return this.#access.signIn(credential, client, now);
  }

  async makeLink(keyId: string, now: number): Promise<SessionLink> {
    return this.#access.makeLink(keyId, now);
  }

  async noteAdminUse(keyId: string, now: number): Promise<void> {
    this.#access.noteAdminUse(keyId, now);
  }

  async listKeys(): Promise<KeyInfo[]> {
    const [instances, streams] = (await Promise.all([
      exchangeOf(this.env).connectionsByKey(),
      journalOf(this.env).countStreams(),
    ])) as [[string, string[]][], [string, number][]];
    return this.#access.list({ instances: new Map(instances), streams: new Map(streams) });
  }

  async mintKey(request: KeyRequest, mintedBy: string, now: number): Promise<Result<KeyInfo & { key: string }>> {
    const minted = await this.#access.mint(request, mintedBy, now);
    if (minted === null) return failure("unauthorized", "Your key has been revoked; it mints no others.");
    const { id, name, scope, pattern } = minted;
    log("info", "key minted", { key: id, name, scope, pattern, by: mintedBy });
    if (pattern !== undefined) await this.#tellPatterns();
    return success(minted);
  }

  /** The keys open nothing from here on; what is connected with them is closed. */
  async revokeKey(keyId: string, keepsMinted: boolean): Promise<string[]> {
    const revoked = this.#access.revoke(keyId, keepsMinted);
    for (const key of revoked) log("info", "key revoked", { key });
    if (revoked.length > 0) await Promise.all([this.#close(revoked), this.#tellPatterns()]);
    return revoked;
  }

  /** The session opens nothing from here on; what is connected with it is closed. */
  async endSession(session: string, now: number): Promise<void> {
    const sessionId = await this.#access.endSession(session, now);
    if (sessionId !== null) await this.#close([sessionId]);
  }

  async #close(names: string[]): Promise<void> {
    const closings = await Promise.allSettled(
      names.flatMap((name) => [journalOf(this.env).revoke(name), exchangeOf(this.env).revoke(name)]),
    );
    for (const closing of closings) {
      if (closing.status === "rejected")
        log("error", "sockets of a revoked key not closed", { error: errorText(closing.reason) });
    }
  }

  async listPatterns(): Promise<string[]> {
    return this.#access.listPatterns();
  }

  /** The exchange asks at its start, so one that cannot be told now will know. */
  async #tellPatterns(): Promise<void> {
    await exchangeOf(this.env)
      .reserve(this.#access.listPatterns())
      .catch((error: unknown) => log("error", "patterns of keys not told", { error: errorText(error) }));
  }

  async dumpLegacy(table: string, offset: number): Promise<LegacyRows> {
    return dumpTable(this.ctx.storage, table, offset);
  }

  async dumpLegacyText(key: string): Promise<string | null> {
    return dumpText(this.ctx.storage, key);
  }
}
