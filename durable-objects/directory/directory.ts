/**
 * Who exists, who is online, who holds which name. One object; a message to a full id that the exchange knows never
 * comes by here.
 */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result, success } from "../../shared/errors.ts";
import type { HubEvent } from "../../shared/events.ts";
import { partialOf, projectOf } from "../../shared/ids.ts";
import { isInPattern, type KeyInfo, type KeyRequest, type SessionLink } from "../../shared/keys.ts";
import { TAB_RETIRE_MS } from "../../shared/limits.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import { type Env, journalOf, mailboxOf, readSettings, type Settings, topicOf } from "../env.ts";
import { sha256Hex } from "../hash.ts";
import { isoTime } from "../iso-time.ts";
import { errorText, log, setLogLevel } from "../log.ts";
import { Outbox } from "../outbox.ts";
import type { Principal } from "../principal.ts";
import type {
  ConnectRequest,
  ConnectVerdict,
  DirectoryRpc,
  FinishedMove,
  Resolution,
  SignedIn,
  SignInRequest,
  TopicInfo,
} from "../rpc.ts";
import { Access } from "./access.ts";
import { findRecipient, resolvePartial } from "./addresses.ts";
import { DeadLetterIndex } from "./dead-letters.ts";
import { Depths } from "./depths.ts";
import { newIdentityToken, outsidePattern, refusalOf, secretRefusalOf } from "./identity.ts";
import { logEvent } from "./log-event.ts";
import { PresenceCheck } from "./presence-check.ts";
import { type InstanceRow, InstanceTable } from "./tables.ts";
import { TopicIndex } from "./topic-index.ts";

/** How often at most instances that are long gone are looked for. */
const RETIRE_SWEEP_MS = 60_000;

export class Directory extends DurableObject<Env> implements DirectoryRpc {
  readonly #instances: InstanceTable;
  readonly #topics: TopicIndex;
  readonly #access: Access;
  readonly #deadLetters: DeadLetterIndex;
  readonly #outbox: Outbox;
  readonly #settings: Settings;
  #alarmAt: number | null = null;
  /** Removals under way: a connection of the same id waits for the end of it. */
  readonly #removals = new Map<string, Promise<Result<null>>>();
  readonly #depths: Depths;
  readonly #presence: PresenceCheck;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    this.#instances = new InstanceTable(ctx.storage);
    this.#topics = new TopicIndex(ctx.storage);
    this.#access = new Access(ctx.storage, env.CC2CC_HUB_API_KEY);
    this.#deadLetters = new DeadLetterIndex(ctx.storage);
    this.#outbox = new Outbox(ctx.storage, "directory", () => journalOf(env));
    this.#settings = readSettings(env);
    this.#presence = new PresenceCheck(ctx.storage, this.#instances, {
      isLive: (instanceId, epoch) => mailboxOf(env, instanceId).isLive(epoch),
      noteGone: (...facts) => this.#noteGone(...facts),
    });
    this.#depths = new Depths(this.#instances, (events) => this.#tell(...events));
  }

  /** C8: gives an id to who holds its secret, binds it to who comes first. */
  async openConnection(request: ConnectRequest): Promise<ConnectVerdict> {
    await this.#presence.verify();
    const { instanceId, version, principal, now } = request;
    // Made before the check below, so that nothing awaits between the check and the row it guards.
    const identityToken = version === 2 && request.identityHash === null ? newIdentityToken() : null;
    const identityHash = identityToken === null ? request.identityHash : await sha256Hex(identityToken);
    while (this.#removals.has(instanceId)) await this.#removals.get(instanceId);
    const held = this.#instances.find(instanceId);
    // The key was looked at before the request came here, and may have been revoked since.
    if (!this.#access.isValid(principal.keyId)) return failure("unauthorized", "That key has been revoked.");
    const refusal = refusalOf(held, request);
    if (refusal !== null) return refusal;
    const epoch = this.#instances.connect(instanceId, partialOf(instanceId), version, identityHash, now);
    this.#access.noteConnection(instanceId, principal.keyId, now);
    log("info", "instance connected", { instance: instanceId, key: principal.keyId, version });
    if (held?.is_online !== 1) this.#tell({ event: "instance:joined", timestamp: isoTime(now), instanceId });
    return {
      ok: true,
      epoch,
      role: held?.role ?? null,
      topics: this.#topics.topicsOf(instanceId),
      // A key with a pattern may open an id that another secret holds: that secret stays.
      identityToken: held === undefined || held.identity_hash === null ? identityToken : null,
    };
  }

  async closeConnection(instanceId: string, epoch: number, now: number): Promise<void> {
    this.#noteGone(instanceId, epoch, now);
  }

  /** Q8: the new id must be free, or held by the same secret, or by the one the client names for it. */
  async beginMove(
    from: string,
    to: string,
    identityHash: string | null,
    version: 1 | 2,
    now: number,
  ): Promise<Result<null>> {
    const own = this.#instances.find(from)?.identity_hash ?? null;
    const held = this.#instances.find(to);
    const pattern = this.#access.patternOf(from);
    if (pattern !== null && !isInPattern(pattern, to)) return outsidePattern(pattern, to);
    const isOwn = held !== undefined && held.identity_hash !== null && held.identity_hash === own;
    const refusal = isOwn || pattern !== null ? null : secretRefusalOf(held, { instanceId: to, version, identityHash });
    if (refusal !== null) return refusal;
    this.#instances.bind(to, partialOf(to), version, identityHash ?? own, now);
    return success(null);
  }

  async finishMove(from: string, to: string, isOnline: boolean, migrated: number, now: number): Promise<FinishedMove> {
    const topics = this.#topics.topicsOf(from);
    const epoch = this.#instances.retire(from, to, isOnline, now);
    this.#depths.forget(from);
    this.#access.moveConnection(from, to);
    this.#tell({
      event: "instance:session_updated",
      timestamp: isoTime(now),
      oldInstanceId: from,
      newInstanceId: to,
      migrated,
    });
    return { epoch, role: this.#instances.find(to)?.role ?? null, topics };
  }

  async recipientsOf(instanceIds: string[]): Promise<(string | null)[]> {
    return instanceIds.map((id) => findRecipient(this.#instances, id));
  }

  async resolvePartials(addresses: string[]): Promise<Resolution[]> {
    await this.#presence.verify();
    return addresses.map((address) => resolvePartial(this.#instances, address));
  }

  async list(): Promise<InstanceInfo[]> {
    await this.#presence.verify();
    const topicsOf = this.#topics.topicsOfAll();
    return this.#instances.listActive().map((row) => this.#toInfo(row, topicsOf.get(row.instance_id) ?? []));
  }

  async presence(instanceId: string): Promise<"online" | "offline" | "unknown"> {
    await this.#presence.verify();
    const row = this.#instances.find(findRecipient(this.#instances, instanceId) ?? instanceId);
    if (row === undefined) return "unknown";
    return row.is_online === 1 ? "online" : "offline";
  }

  /** Known at once, on disk a little later: a depth that a crash loses is reported again with the next change. */
  async reportDepth(instanceId: string, depth: number): Promise<void> {
    this.#depths.report(instanceId, depth);
  }

  async health(): Promise<{ online: number }> {
    await this.#presence.verify();
    return { online: this.#instances.countOnline() };
  }

  async instancesWithRole(role: string): Promise<string[]> {
    return this.#instances.listByRole(role);
  }

  async setRole(instanceId: string, role: string | null): Promise<void> {
    this.#instances.setRole(instanceId, role);
    this.#tell({ event: "instance:role_updated", timestamp: isoTime(Date.now()), instanceId, role: role ?? "" });
  }

  async onlineIds(): Promise<string[]> {
    await this.#presence.verify();
    return this.#instances.listOnline().map((row) => row.instance_id);
  }

  async onlineAmong(instanceIds: string[]): Promise<string[]> {
    await this.#presence.verify();
    return this.#instances.onlineAmong(instanceIds);
  }

  async listTopics(): Promise<TopicInfo[]> {
    return this.#topics.list();
  }

  async createTopic(
    name: string,
    createdBy: string,
    isExpiring: boolean,
    now: number,
  ): Promise<{ topic: TopicInfo; created: boolean }> {
    const created = this.#topics.create(name, createdBy, isExpiring, now);
    if (created) this.#tell({ event: "topic:created", timestamp: isoTime(now), name, createdBy });
    return { topic: this.#topics.find(name) as TopicInfo, created };
  }

  async findTopic(name: string): Promise<{ topic: TopicInfo | null; nearest: string[] }> {
    const topic = this.#topics.find(name);
    return { topic, nearest: topic === null ? this.#topics.nearest(name) : [] };
  }

  async removeTopic(name: string): Promise<void> {
    if (this.#topics.find(name) === null) return;
    this.#topics.remove(name);
    this.#tell({ event: "topic:deleted", timestamp: isoTime(Date.now()), name });
  }

  async noteSubscription(topic: string, instanceId: string, isSubscribed: boolean, count: number): Promise<void> {
    if (!this.#topics.noteSubscription(topic, instanceId, isSubscribed, count)) return;
    const event = isSubscribed ? "topic:subscribed" : "topic:unsubscribed";
    this.#tell({ event, timestamp: isoTime(Date.now()), name: topic, instanceId });
  }

  async topicsOf(instanceId: string): Promise<string[]> {
    return this.#topics.topicsOf(instanceId);
  }

  async removeInstance(instanceId: string, now: number): Promise<Result<null>> {
    await this.#presence.verify();
    const underWay = this.#removals.get(instanceId);
    if (underWay !== undefined) return underWay;
    const removal = this.#remove(instanceId, now).finally(() => this.#removals.delete(instanceId));
    this.#removals.set(instanceId, removal);
    return removal;
  }

  /** The row goes last: what a crash interrupts is done again, and no newcomer finds another's mail under the id. */
  async #remove(instanceId: string, now: number): Promise<Result<null>> {
    const row = this.#instances.find(instanceId);
    if (row === undefined) return success(null);
    if (row.is_online === 1) return failure("conflict", `${instanceId} is online; it can be removed once it has left.`);
    const topics = this.#topics.topicsOf(instanceId);
    await Promise.all(topics.map((topic) => topicOf(this.env, topic).unsubscribe(instanceId, now)));
    await mailboxOf(this.env, instanceId).remove(now);
    // Ids that forward here would forward to nobody.
    for (const predecessor of this.#instances.listPredecessors(instanceId)) {
      const removed = await this.removeInstance(predecessor, now);
      if (!removed.ok) return removed;
    }
    this.#depths.forget(instanceId);
    this.#deadLetters.set(instanceId, 0);
    this.#access.forgetConnection(instanceId);
    this.#instances.delete(instanceId);
    this.#tell({ event: "instance:removed", timestamp: isoTime(now), instanceId });
    return success(null);
  }

  async reportDeadLetters(instanceId: string, count: number): Promise<void> {
    this.#deadLetters.set(instanceId, count);
  }

  async instancesWithDeadLetters(): Promise<string[]> {
    return this.#deadLetters.list();
  }

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
    await this.#presence.verify();
    const streams = (await journalOf(this.env).countStreams()) as [string, number][];
    return this.#access.list(new Map(streams));
  }

  async mintKey(request: KeyRequest, now: number): Promise<KeyInfo & { key: string }> {
    const minted = await this.#access.mint(request, now);
    log("info", "key minted", { key: minted.id, name: minted.name, scope: minted.scope, pattern: minted.pattern });
    return minted;
  }

  async revokeKey(keyId: string): Promise<boolean> {
    const instanceIds = this.#access.revoke(keyId);
    if (instanceIds === null) return false;
    log("info", "key revoked", { key: keyId, instances: instanceIds.length });
    const holders = [journalOf(this.env), ...instanceIds.map((id) => mailboxOf(this.env, id))];
    const closings = await Promise.allSettled(holders.map((holder) => holder.revokeKey(keyId)));
    for (const closing of closings) {
      if (closing.status === "rejected")
        log("error", "sockets of a revoked key not closed", { error: errorText(closing.reason) });
    }
    return true;
  }

  async closeSockets(): Promise<number> {
    const online = this.#instances.listOnline();
    await Promise.allSettled(online.map((row) => mailboxOf(this.env, row.instance_id).closeSockets()));
    return online.length;
  }

  async tell(event: HubEvent): Promise<void> {
    this.#tell(event);
  }

  /** Sends events that wait, and lets go of instances that nobody will miss. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    const now = Date.now();
    await this.#outbox.drain();
    await this.#presence.verify();
    for (const instanceId of this.#instances.listRetirable(
      now - this.#settings.instanceRetireMs,
      now - TAB_RETIRE_MS,
    )) {
      if (this.#depths.of(this.#instances.find(instanceId)) === 0) await this.removeInstance(instanceId, now);
    }
    this.#updateAlarm(now);
  }

  /** In the turn of the change it tells of, so that both are one commit. */
  #tell(...events: HubEvent[]): void {
    for (const event of events) {
      this.#outbox.add(event);
      logEvent(event);
    }
    void this.#outbox.drain().then(() => this.#updateAlarm(Date.now()));
    this.#updateAlarm(Date.now());
  }

  #noteGone(instanceId: string, epoch: number, now: number): void {
    if (!this.#instances.disconnect(instanceId, epoch, now)) return;
    this.#tell({ event: "instance:left", timestamp: isoTime(now), instanceId });
  }

  #updateAlarm(now: number): void {
    const oldest = this.#instances.oldestOffline();
    const retireAt = oldest === null ? null : Math.max(now + RETIRE_SWEEP_MS, oldest + TAB_RETIRE_MS);
    const reasons = [this.#outbox.nextAlarmAt(now), retireAt].filter((at) => at !== null);
    const wanted = Math.min(...reasons);
    if (reasons.length === 0 || (this.#alarmAt !== null && this.#alarmAt <= wanted)) return;
    this.#alarmAt = wanted;
    void this.ctx.storage.setAlarm(wanted);
  }

  #toInfo(row: InstanceRow, topics: string[]): InstanceInfo {
    return {
      instanceId: row.instance_id,
      project: projectOf(row.instance_id),
      status: row.is_online === 1 ? "online" : "offline",
      connectedAt: new Date(row.connected_at).toISOString(),
      queueDepth: this.#depths.of(row),
      ...(row.role === null ? {} : { role: row.role }),
      lastSeenAt: new Date(row.last_seen_at).toISOString(),
      topics,
    };
  }
}
