/** Everything about one instance that the list of instances does not say: its queue, what it wrote and was told, its ping. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { MessagePage } from "../../../shared/history.ts";
import type { PingAnswer, QueuedMessage, QueuePage } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { followStream } from "./follow-stream.ts";
import { type MessageSignal, type MessageStore, recordOf } from "./message-store.ts";
import { createRefresher, failed, LOADING, type Loading, READY, wordsOf } from "./refresher.ts";

const PEEK_SIZE = 20;
const RECENT_SIZE = 20;
const REFRESH_PAUSE_MS = 500;

export type PingState =
  | { kind: "idle" }
  | { kind: "asking" }
  | { kind: "told"; answer: PingAnswer; tookMs: number }
  | { kind: "failed"; error: string };

export interface Peek {
  depth: number;
  items: readonly QueuedMessage[];
  nextCursor?: string | undefined;
}

export interface InstanceDetails {
  /** What waits, in the order in which it will be delivered; looking changes nothing. */
  queue: ReadonlySignal<Peek>;
  queueLoading: ReadonlySignal<Loading>;
  /** Sent or received, newest first. */
  recent: ReadonlySignal<readonly MessageSignal[]>;
  recentLoading: ReadonlySignal<Loading>;
  ping: ReadonlySignal<PingState>;
  loadMoreQueue(): Promise<void>;
  askPing(): Promise<void>;
  forgetPing(): void;
  /** Ends what waits; resolves with how many those were. Rejects with a `RestProblem`. */
  flush(): Promise<number>;
}

export const InstanceDetailsModel = createModel(
  (hub: Hub, store: MessageStore, instanceId: string): InstanceDetails => {
    const queue = signal<Peek>({ depth: 0, items: [] });
    const queueLoading = signal<Loading>(LOADING);
    const recent = signal<readonly MessageSignal[]>([]);
    const recentLoading = signal<Loading>(LOADING);
    const ping = signal<PingState>({ kind: "idle" });

    const peek = (limit: number, cursor?: string) =>
      hub.rest.get<QueuePage>(path`/api/queue/${instanceId}`, { query: { limit, cursor } });

    const queueRefresher = createRefresher(async () => {
      try {
        const { depth, items, nextCursor } = await peek(PEEK_SIZE);
        queue.value = { depth, items, nextCursor };
        queueLoading.value = READY;
      } catch (error) {
        queueLoading.value = failed(error);
      }
    }, REFRESH_PAUSE_MS);

    async function readRecent(): Promise<void> {
      const query = { q: `with:"${instanceId}"`, limit: RECENT_SIZE };
      try {
        const { items } = await hub.rest.get<MessagePage>("/api/messages", { query });
        recent.value = newestOf(store.putAll(items));
        recentLoading.value = READY;
      } catch (error) {
        recentLoading.value = failed(error);
      }
    }

    function take(events: readonly HubEvent[]): void {
      for (const event of events) {
        const record = recordOf(event);
        if (record === undefined || (record.from !== instanceId && record.to !== instanceId)) continue;
        recent.value = newestOf([...recent.peek(), store.put(record)]);
      }
      if (events.some((event) => isAboutQueue(event, instanceId))) queueRefresher.soon();
    }

    void queueRefresher.now();
    void readRecent();
    followStream(hub, {
      onEvents: take,
      onGap() {
        queueRefresher.soon();
        void readRecent();
      },
      onEnd: queueRefresher.stop,
    });

    return {
      queue,
      queueLoading,
      recent: computed(() => recent.value.slice(0, RECENT_SIZE)),
      recentLoading,
      ping,
      async loadMoreQueue() {
        const { items, nextCursor } = queue.peek();
        if (nextCursor === undefined) return;
        try {
          const page = await peek(PEEK_SIZE, nextCursor);
          const known = new Set(items.map(({ message }) => message.messageId));
          const more = page.items.filter(({ message }) => !known.has(message.messageId));
          queue.value = { depth: page.depth, items: [...items, ...more], nextCursor: page.nextCursor };
        } catch (error) {
          queueLoading.value = failed(error);
        }
      },
      async askPing() {
        ping.value = { kind: "asking" };
        const askedAt = performance.now();
        try {
          const answer = await hub.rest.get<PingAnswer>(path`/api/ping/${instanceId}`);
          ping.value = { kind: "told", answer, tookMs: Math.round(performance.now() - askedAt) };
        } catch (error) {
          ping.value = { kind: "failed", error: wordsOf(error) };
        }
      },
      forgetPing() {
        ping.value = { kind: "idle" };
      },
      async flush() {
        const { count } = await hub.rest.delete<{ count: number }>(path`/api/queue/${instanceId}`);
        await queueRefresher.now();
        return count;
      },
    };
  },
);

function newestOf(messages: readonly MessageSignal[]): MessageSignal[] {
  const byId = new Map(messages.map((message) => [message.peek().messageId, message]));
  return [...byId.values()].sort((a, b) => b.peek().timestamp.localeCompare(a.peek().timestamp));
}

function isAboutQueue(event: HubEvent, instanceId: string): boolean {
  if (event.event === "message:sent") return event.message.to === instanceId;
  return (event.event === "message:state" || event.event === "queue:stats") && event.instanceId === instanceId;
}
