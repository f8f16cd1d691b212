/**
 * Who exists, who is online, who holds which name. One object; a message to a full id that the exchange knows never
 * comes by here.
 */
import { DurableObject } from "cloudflare:workers";
import { failure } from "../../shared/errors.ts";
import { partialOf, projectOf } from "../../shared/ids.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import { type Env, mailboxOf } from "../env.ts";
import { sha256Hex } from "../hash.ts";
import type { ConnectRequest, ConnectVerdict, DirectoryRpc, Resolution, TopicInfo } from "../rpc.ts";
import { newIdentityToken } from "./identity.ts";
import { type InstanceRow, InstanceTable } from "./tables.ts";
import { TopicIndex } from "./topic-index.ts";

/** A new process has a new one: what it finds marked online may have died with the old process. */
let processId: string | undefined;
const PROCESS_KEY = "process";
/** Depths collect this long before they share a commit. */
const DEPTH_WRITE_AFTER_MS = 250;

export class Directory extends DurableObject<Env> implements DirectoryRpc {
  readonly #instances: InstanceTable;
  readonly #topics: TopicIndex;
  readonly #depths = new Map<string, number>();
  #verified: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#instances = new InstanceTable(ctx.storage);
    this.#topics = new TopicIndex(ctx.storage);
  }

  /** C8: gives an id to who holds its secret, binds it to who comes first. */
  async openConnection(request: ConnectRequest): Promise<ConnectVerdict> {
    await this.#verifyPresence();
    const { instanceId, version, now } = request;
    // Made before the check below, so that nothing awaits between the check and the row it guards.
    const identityToken = version === 2 && request.identityHash === null ? newIdentityToken() : null;
    const identityHash = identityToken === null ? request.identityHash : await sha256Hex(identityToken);
    const held = this.#instances.find(instanceId);
    const refusal = refusalOf(held, request);
    if (refusal !== null) return refusal;
    const epoch = this.#instances.connect(instanceId, partialOf(instanceId), version, identityHash, now);
    return { ok: true, epoch, role: held?.role ?? null, topics: this.#topics.topicsOf(instanceId), identityToken };
  }

  async closeConnection(instanceId: string, epoch: number, now: number): Promise<void> {
    this.#instances.disconnect(instanceId, epoch, now);
  }

  async recipientsOf(instanceIds: string[]): Promise<(string | null)[]> {
    return instanceIds.map((id) => this.#recipientOf(id));
  }

  async resolvePartials(addresses: string[]): Promise<Resolution[]> {
    await this.#verifyPresence();
    return addresses.map((address) => this.#resolvePartial(address));
  }

  async list(): Promise<InstanceInfo[]> {
    await this.#verifyPresence();
    const topicsOf = this.#topics.topicsOfAll();
    return this.#instances.listActive().map((row) => this.#toInfo(row, topicsOf.get(row.instance_id) ?? []));
  }

  async presence(instanceId: string): Promise<"online" | "offline" | "unknown"> {
    await this.#verifyPresence();
    const row = this.#instances.find(this.#recipientOf(instanceId) ?? instanceId);
    if (row === undefined) return "unknown";
    return row.is_online === 1 ? "online" : "offline";
  }

  /** Known at once, on disk a little later: a depth that a crash loses is reported again with the next change. */
  async reportDepth(instanceId: string, depth: number): Promise<void> {
    if (this.#depths.size === 0) setTimeout(() => this.#writeDepths(), DEPTH_WRITE_AFTER_MS);
    this.#depths.set(instanceId, depth);
  }

  async health(): Promise<{ online: number }> {
    await this.#verifyPresence();
    return { online: this.#instances.countOnline() };
  }

  async instancesWithRole(role: string): Promise<string[]> {
    return this.#instances.listByRole(role);
  }

  async setRole(instanceId: string, role: string | null): Promise<void> {
    this.#instances.setRole(instanceId, role);
  }

  async onlineIds(): Promise<string[]> {
    await this.#verifyPresence();
    return this.#instances.listOnline().map((row) => row.instance_id);
  }

  async onlineAmong(instanceIds: string[]): Promise<string[]> {
    await this.#verifyPresence();
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
    return { topic: this.#topics.find(name) as TopicInfo, created };
  }

  async findTopic(name: string): Promise<{ topic: TopicInfo | null; nearest: string[] }> {
    const topic = this.#topics.find(name);
    return { topic, nearest: topic === null ? this.#topics.nearest(name) : [] };
  }

  async removeTopic(name: string): Promise<void> {
    this.#topics.remove(name);
  }

  async noteSubscription(topic: string, instanceId: string, isSubscribed: boolean, count: number): Promise<void> {
    this.#topics.noteSubscription(topic, instanceId, isSubscribed, count);
  }

  async topicsOf(instanceId: string): Promise<string[]> {
    return this.#topics.topicsOf(instanceId);
  }

  #recipientOf(instanceId: string): string | null {
    const seen = new Set<string>();
    for (let id = instanceId; !seen.has(id); ) {
      const row = this.#instances.find(id);
      if (row === undefined) return null;
      if (row.successor === null) return id;
      seen.add(id);
      id = row.successor;
    }
    return null;
  }

  /** A3. */
  #resolvePartial(address: string): Resolution {
    const rows = this.#instances.listByPartial(address);
    const online = rows.filter((row) => row.is_online === 1);
    if (online.length > 1) return { kind: "many", instanceIds: online.map((row) => row.instance_id).sort() };
    const match = online[0] ?? rows[0];
    if (match === undefined) return { kind: "none" };
    return { kind: "one", instanceId: match.instance_id, online: match.is_online === 1 };
  }

  #toInfo(row: InstanceRow, topics: string[]): InstanceInfo {
    return {
      instanceId: row.instance_id,
      project: projectOf(row.instance_id),
      status: row.is_online === 1 ? "online" : "offline",
      connectedAt: new Date(row.connected_at).toISOString(),
      queueDepth: this.#depths.get(row.instance_id) ?? row.queue_depth,
      ...(row.role === null ? {} : { role: row.role }),
      lastSeenAt: new Date(row.last_seen_at).toISOString(),
      topics,
    };
  }

  #writeDepths(): void {
    const depths = new Map(this.#depths);
    this.#depths.clear();
    this.#instances.setDepths(depths);
  }

  /** Once per process: asks everyone marked online, since a killed process tells nobody goodbye. */
  #verifyPresence(): Promise<void> {
    this.#verified ??= this.#askEveryoneOnline().catch((error: unknown) => {
      this.#verified = undefined;
      throw error;
    });
    return this.#verified;
  }

  async #askEveryoneOnline(): Promise<void> {
    processId ??= crypto.randomUUID();
    if (this.ctx.storage.kv.get(PROCESS_KEY) === processId) return;
    await Promise.all(
      this.#instances.listOnline().map(async ({ instance_id, epoch, last_seen_at }) => {
        const isLive = await mailboxOf(this.env, instance_id).isLive(epoch);
        if (!isLive) this.#instances.disconnect(instance_id, epoch, last_seen_at);
      }),
    );
    this.ctx.storage.kv.put(PROCESS_KEY, processId);
  }
}

/** C8: why a connection may not have the id, or null when it may. */
function refusalOf(
  held: InstanceRow | undefined,
  request: ConnectRequest,
): Extract<ConnectVerdict, { ok: false }> | null {
  if (held === undefined) return null;
  const taken = (why: string) =>
    failure(
      "identity_taken",
      `${request.instanceId} ${why}. Use another session segment, or have an admin remove the id.`,
    );
  if (held.identity_hash !== null) {
    return held.identity_hash === request.identityHash ? null : taken("is held by another secret");
  }
  if (request.version === 2 && held.is_online === 1) return taken("is in use by a v1 client that is online");
  return null;
}
