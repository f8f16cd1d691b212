/**
 * One instance: its client's socket, the frames that pass, and their limits. It keeps nothing that a crash may take: what
 * waits for the instance, and what it is, is in the exchange's store.
 */
import { DurableObject } from "cloudflare:workers";
import { CloseCode } from "../../shared/errors.ts";
import { PING_INTERVAL_MS, PINGS_MAX, RATE_WINDOW_MS, SILENCE_LIMIT_MS } from "../../shared/limits.ts";
import { answerClose } from "../answer-close.ts";
import { type Env, exchangeOf, readSettings, type Settings } from "../env.ts";
import { FairReading } from "../fair-reading.ts";
import { sha256Hex } from "../hash.ts";
import { dumpTable, dumpText, type LegacyRows, type LegacyRpc } from "../legacy/dump.ts";
import { type LinkRequest, linkRequest } from "../link.ts";
import { setLogLevel } from "../log.ts";
import { TokenBucket } from "../rate-limit.ts";
import type { MailboxRpc } from "../rpc.ts";
import { readUpgrade, type UpgradeFacts, upgradeResponse } from "../upgrade.ts";
import { AckBudget } from "./client/ack-budget.ts";
import { ClientSocket } from "./client/client-socket.ts";
import { newIdentityToken } from "./client/identity-token.ts";
import { Line } from "./client/line.ts";
import { relink } from "./client/relink.ts";

export class InstanceMailbox extends DurableObject<Env> implements MailboxRpc, LegacyRpc {
  readonly #settings: Settings;
  readonly #bucket: TokenBucket;
  readonly #pings: TokenBucket;
  readonly #ackBudget: AckBudget;
  readonly #reading: FairReading;
  /** Usually one: those that were replaced (C7) are there until the exchange knows that they left. */
  readonly #lines = new Set<Line>();
  #watch: ReturnType<typeof setInterval> | null = null;
  /** When silence was last looked for, epoch ms. */
  #lookedAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    this.#settings = readSettings(env);
    const { rateFrames, rateWindowMs } = this.#settings;
    this.#bucket = new TokenBucket(rateFrames, rateWindowMs);
    this.#pings = new TokenBucket(rateFrames === 0 ? 0 : PINGS_MAX, RATE_WINDOW_MS);
    this.#ackBudget = new AckBudget(rateFrames, rateWindowMs);
    this.#reading = new FairReading(ctx);
  }

  /** An upgrade that the worker has authorised (section 1). The exchange decides whether the client may have the id. */
  override async fetch(request: Request): Promise<Response> {
    const facts = readUpgrade(request);
    const token = facts.version === 2 && facts.identityHash === null ? newIdentityToken() : null;
    const asked = await requestOf(facts, token);
    const answer = await exchangeOf(this.env).fetch(linkRequest(asked));
    if (answer.webSocket === null) return answer;
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#hold(ours, asked, token).attach(answer.webSocket);
    return upgradeResponse(theirs, facts);
  }

  #hold(ws: WebSocket, asked: LinkRequest, token: string | null): Line {
    const client = new ClientSocket(ws, asked.version, Date.now());
    const line = new Line(client, asked.instanceId, token, {
      settings: this.#settings,
      bucket: this.#bucket,
      pings: this.#pings,
      ackBudget: this.#ackBudget,
      relink: (broken) => void relink(broken, asked, this.env),
      onOver: (ended) => this.#forget(ended),
    });
    ws.addEventListener("message", ({ data }) => {
      this.#reading.note();
      line.take(data as string | ArrayBuffer, Date.now());
    });
    ws.addEventListener("close", ({ code }) => {
      answerClose(ws, code);
      line.leave(code);
    });
    ws.addEventListener("error", () => line.leave(undefined));
    ws.accept();
    this.#lines.add(line);
    if (this.#watch === null) {
      this.#lookedAt = Date.now();
      this.#watch = setInterval(() => this.#look(Date.now()), PING_INTERVAL_MS);
    }
    return line;
  }

  #look(now: number): void {
    // A clock that was set ahead, or a machine that slept: nobody was silent for that long.
    if (now - this.#lookedAt > 2 * PING_INTERVAL_MS) for (const { client } of this.#lines) client.noteHeard(now);
    this.#lookedAt = now;
    this.closeSilent(now);
  }

  #forget(line: Line): void {
    this.#lines.delete(line);
    if (this.#lines.size > 0) return;
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
  }

  /** C6: v2 clients that were silent too long count as gone. */
  closeSilent(now: number): void {
    for (const line of [...this.#lines]) {
      const silentAt = line.client.silentAt(SILENCE_LIMIT_MS);
      if (silentAt !== null && silentAt <= now) line.close(CloseCode.heartbeatLost, "no ping for 75 s");
    }
  }

  async dumpLegacy(table: string, offset: number): Promise<LegacyRows> {
    return dumpTable(this.ctx.storage, table, offset);
  }

  async dumpLegacyText(key: string): Promise<string | null> {
    return dumpText(this.ctx.storage, key);
  }
}

/** A secret that the hub makes is bound by its hash as one that the client brings. */
async function requestOf(facts: UpgradeFacts, token: string | null): Promise<LinkRequest> {
  const { instanceId, version, principal, isTransient, isPull } = facts;
  const identityHash = token === null ? facts.identityHash : await sha256Hex(token);
  return {
    instanceId,
    version,
    identityHash,
    isIdentityNew: token !== null,
    principal,
    isTransient,
    isPull,
    resumes: null,
    given: [],
    lastSeq: 0,
  };
}
