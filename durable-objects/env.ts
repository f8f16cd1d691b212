/** Bindings and settings of the worker and its objects: the same under workerd, `wrangler dev` and on Cloudflare. */
import {
  BROADCAST_INTERVAL_MS,
  HISTORY_DAYS,
  HISTORY_MAX_MB,
  INSTANCE_RETIRE_MS,
  LOOP_MESSAGES,
  QUEUE_MAX_BYTES,
  QUEUE_MAX_MESSAGES,
  RATE_FRAMES,
  RATE_WINDOW_MS,
  STORE_MAX_MB,
  TOPIC_EXPIRE_MS,
} from "../shared/limits.ts";
import type { LegacyRpc } from "./legacy/dump.ts";
import type { DirectoryRpc, ExchangeRpc, JournalRpc, MailboxRpc, McpRpc, TopicRpc } from "./rpc.ts";

export interface Env {
  MAILBOX: DurableObjectNamespace<MailboxRpc & LegacyRpc>;
  DIRECTORY: DurableObjectNamespace<DirectoryRpc & LegacyRpc>;
  EXCHANGE: DurableObjectNamespace<ExchangeRpc>;
  JOURNAL: DurableObjectNamespace<JournalRpc>;
  TOPIC: DurableObjectNamespace<TopicRpc & LegacyRpc>;
  MCP: DurableObjectNamespace<McpRpc>;
  /** What 0.1 left of mailboxes and topics, which had storage of their own. Where these are bound from one place, that is it. */
  LEGACY_MAILBOX?: DurableObjectNamespace<LegacyRpc>;
  LEGACY_TOPIC?: DurableObjectNamespace<LegacyRpc>;
  /** The built dashboard. */
  ASSETS: Fetcher;
  /** One key or several, separated by commas: all of them valid, as during a rotation. */
  CC2CC_HUB_API_KEY?: string;
  CC2CC_VERSION?: string;
  /** Under which others reach this machine. */
  CC2CC_HOST_LAN_IP?: string;
  /** Names with dots, separated by commas, under which the hub may be asked, besides its addresses. */
  CC2CC_ALLOWED_HOSTS?: string;
  /** Origins, separated by commas, whose pages may use the hub, besides its own. */
  CC2CC_DASHBOARD_ORIGIN?: string;
  CC2CC_RATE_FRAMES?: string;
  CC2CC_RATE_WINDOW_SECONDS?: string;
  CC2CC_BROADCAST_INTERVAL_SECONDS?: string;
  CC2CC_QUEUE_MAX_MESSAGES?: string;
  CC2CC_QUEUE_MAX_BYTES?: string;
  CC2CC_STORE_MAX_MB?: string;
  CC2CC_LOOP_MESSAGES?: string;
  CC2CC_TOPIC_EXPIRE_SECONDS?: string;
  CC2CC_INSTANCE_RETIRE_SECONDS?: string;
  CC2CC_HISTORY_DAYS?: string;
  CC2CC_HISTORY_MAX_MB?: string;
  /** Where it is told that people are asked (H1b). */
  CC2CC_WEBHOOK_URL?: string;
  /** By which that is reached where the hub has no other way out; elsewhere it is `fetch`. */
  WEBHOOK?: Fetcher;
  /** The hub's origin for others, where it is known. */
  CC2CC_PUBLIC_URL?: string;
  /** How many files this process may have open; unset where nobody counts. */
  CC2CC_OPEN_FILES?: string;
  /** `debug`, `info`, `warn` or `error`. */
  CC2CC_LOG_LEVEL?: string;
}

/** What the settings of the environment mean; times in milliseconds. */
export interface Settings {
  version: string;
  /** E4: frames per window and instance; 0 means no limit. */
  rateFrames: number;
  rateWindowMs: number;
  /** E4: time between two broadcasts of one instance; 0 means no limit. */
  broadcastIntervalMs: number;
  /** Q6. */
  queueMaxMessages: number;
  queueMaxBytes: number;
  /** How much the exchange's store may hold, all of it; 0 means no limit. */
  storeMaxBytes: number;
  /** G1: turns of a pair or thread without a person; 0 means no limit. */
  loopMessages: number;
  /** How long a topic without subscribers stays. */
  topicExpireMs: number;
  /** How long an offline instance with an empty queue stays. */
  instanceRetireMs: number;
  /** How long history is kept, and how large it may grow before the oldest of it goes. */
  historyMs: number;
  historyMaxBytes: number;
  /** Null for none. */
  webhookUrl: string | null;
  publicUrl: string | null;
}

/** Reads the settings; what is unset, empty or not a number of 0 or more has its default. */
export function readSettings(env: Env): Settings {
  return {
    version: env.CC2CC_VERSION ?? "0.0.0",
    rateFrames: numberOr(env.CC2CC_RATE_FRAMES, RATE_FRAMES),
    rateWindowMs: numberOr(env.CC2CC_RATE_WINDOW_SECONDS, RATE_WINDOW_MS / 1_000) * 1_000,
    broadcastIntervalMs: numberOr(env.CC2CC_BROADCAST_INTERVAL_SECONDS, BROADCAST_INTERVAL_MS / 1_000) * 1_000,
    queueMaxMessages: numberOr(env.CC2CC_QUEUE_MAX_MESSAGES, QUEUE_MAX_MESSAGES),
    queueMaxBytes: numberOr(env.CC2CC_QUEUE_MAX_BYTES, QUEUE_MAX_BYTES),
    storeMaxBytes: numberOr(env.CC2CC_STORE_MAX_MB, STORE_MAX_MB) * 1_048_576,
    loopMessages: numberOr(env.CC2CC_LOOP_MESSAGES, LOOP_MESSAGES),
    topicExpireMs: numberOr(env.CC2CC_TOPIC_EXPIRE_SECONDS, TOPIC_EXPIRE_MS / 1_000) * 1_000,
    instanceRetireMs: numberOr(env.CC2CC_INSTANCE_RETIRE_SECONDS, INSTANCE_RETIRE_MS / 1_000) * 1_000,
    historyMs: numberOr(env.CC2CC_HISTORY_DAYS, HISTORY_DAYS) * 86_400_000,
    historyMaxBytes: numberOr(env.CC2CC_HISTORY_MAX_MB, HISTORY_MAX_MB) * 1_048_576,
    webhookUrl: env.CC2CC_WEBHOOK_URL || null,
    publicUrl: env.CC2CC_PUBLIC_URL || null,
  };
}

function numberOr(text: string | undefined, fallback: number): number {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : fallback;
}

/** The one object of each of these classes; the name is part of the data format. */
export function directoryOf(env: Env): DurableObjectStub<DirectoryRpc & LegacyRpc> {
  return env.DIRECTORY.getByName("directory");
}

export function exchangeOf(env: Env): DurableObjectStub<ExchangeRpc> {
  return env.EXCHANGE.getByName("exchange");
}

export function journalOf(env: Env): DurableObjectStub<JournalRpc> {
  return env.JOURNAL.getByName("journal");
}

export function mailboxOf(env: Env, instanceId: string): DurableObjectStub<MailboxRpc> {
  return env.MAILBOX.getByName(instanceId);
}

/** What 0.1 left of a mailbox. On a machine of your own, mailboxes have no storage any more, and theirs is bound by itself. */
export function legacyMailboxOf(env: Env, instanceId: string): DurableObjectStub<LegacyRpc> {
  return (env.LEGACY_MAILBOX ?? env.MAILBOX).getByName(instanceId);
}

export function mcpOf(env: Env, instanceId: string): DurableObjectStub<McpRpc> {
  return env.MCP.getByName(instanceId);
}

export function topicOf(env: Env, name: string): DurableObjectStub<TopicRpc> {
  return env.TOPIC.getByName(name);
}

/** What 0.1 left of a topic; the same holds for it. */
export function legacyTopicOf(env: Env, name: string): DurableObjectStub<LegacyRpc> {
  return (env.LEGACY_TOPIC ?? env.TOPIC).getByName(name);
}
