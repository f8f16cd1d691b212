/** What the hub offers over REST only: history. */
import { z } from "zod";
import { MessagePage } from "../../../shared/history.ts";
import { Message } from "../../../shared/message.ts";
import type { Settings } from "../settings.ts";

/** Of a message, what tells whom it was for; of a persistent publication, how far its copies got. */
const Addressed = z.object({
  to: z.string(),
  topicName: z.string().optional(),
  anyOf: z.string().optional(),
  copies: z.record(z.string(), z.number()).optional(),
});
const Owned = z.object({ owner: z.string().optional() });
const Queue = z.object({ instanceId: z.string() });

/** A topic's own history knows no states: each subscriber has one of its own. */
const TopicPage = z.object({ items: z.array(Message) });
type TopicPage = z.infer<typeof TopicPage>;

const TIMEOUT_MS = 10_000;

export type Fetched<T> = { ok: true; value: T } | { ok: false; error: string };

export class HubRest {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Newest first. */
  searchMessages(query: string, limit: number): Promise<Fetched<MessagePage>> {
    return this.#get(`/api/messages?${new URLSearchParams({ q: query, limit: String(limit) })}`, MessagePage);
  }

  /** Newest first. */
  topicMessages(topic: string, limit: number): Promise<Fetched<TopicPage>> {
    return this.#get(`/api/topics/${encodeURIComponent(topic)}/messages?limit=${limit}`, TopicPage);
  }

  /** Whom a message was for; undefined where history does not have it. */
  async findMessage(messageId: string): Promise<z.infer<typeof Addressed> | undefined> {
    const found = await this.#get(`/api/messages/${encodeURIComponent(messageId)}`, Addressed);
    return found.ok ? found.value : undefined;
  }

  /** The id under which an instance goes on: its own, or its successor's after a session change (A4). */
  async currentId(instanceId: string): Promise<string | undefined> {
    const found = await this.#get(`/api/queue/${encodeURIComponent(instanceId)}?limit=1`, Queue);
    return found.ok ? found.value.instanceId : undefined;
  }

  /** Who has a task, or had it when it ended; undefined for nobody. */
  async ownerOf(taskId: string): Promise<string | undefined> {
    const found = await this.#get(`/api/tasks/${encodeURIComponent(taskId)}`, Owned);
    return found.ok ? found.value.owner : undefined;
  }

  /** Ids of a topic's subscribers; none where the hub does not say. */
  async subscribersOf(topic: string): Promise<string[]> {
    const found = await this.#get(`/api/topics/${encodeURIComponent(topic)}/subscribers`, z.array(z.string()));
    return found.ok ? found.value : [];
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<Fetched<T>> {
    const { hubUrl, apiKey, problems } = this.#settings;
    if (hubUrl === undefined || apiKey === undefined) return { ok: false, error: problems.join(" ") };
    try {
      const response = await fetch(new URL(path, hubUrl), {
        headers: { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const body: unknown = await response.json();
      if (!response.ok) return { ok: false, error: (body as { error?: string }).error ?? `status ${response.status}` };
      return { ok: true, value: schema.parse(body) };
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error };
      return {
        ok: false,
        error: `The hub at ${hubUrl.origin} did not answer (${cause?.message ?? message}). Check hub_status.`,
      };
    }
  }
}
