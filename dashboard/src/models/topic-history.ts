/** What was published on one topic, newest first, and what is published while it is shown. */
import { createModel, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Message } from "../../../shared/message.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { followStream } from "./follow-stream.ts";
import { type MessageSignal, type MessageStore, recordOf } from "./message-store.ts";
import { failed, LOADING, type Loading, READY } from "./refresher.ts";

const PAGE_SIZE = 30;

interface Page {
  items: Message[];
  nextCursor?: string;
}

export interface TopicHistory {
  messages: ReadonlySignal<readonly MessageSignal[]>;
  loading: ReadonlySignal<Loading>;
  hasMore: ReadonlySignal<boolean>;
  isLoadingMore: ReadonlySignal<boolean>;
  loadMore(): Promise<void>;
}

/** `topic` is its name, "" for none. */
export const TopicHistoryModel = createModel(
  (hub: Hub, store: MessageStore, topic: ReadonlySignal<string>): TopicHistory => {
    const messages = signal<readonly MessageSignal[]>([]);
    const loading = signal<Loading>(LOADING);
    const cursor = signal<string | undefined>(undefined);
    const hasMore = signal(false);
    const isLoadingMore = signal(false);

    const setCursor = (next: string | undefined) => {
      cursor.value = next;
      hasMore.value = next !== undefined;
    };

    /** Joins the newest page to what is known; what it does not reach goes, since its cursor leads to what is between. */
    function showNewest(read: readonly MessageSignal[]): void {
      const newestAt = read[0]?.peek().timestamp ?? "";
      const isReached = read.some((message) => messages.peek().includes(message));
      const since = messages.peek().filter((message) => isReached || message.peek().timestamp > newestAt);
      if (since.length < messages.peek().length) setCursor(undefined);
      messages.value = joinNewest(since, read);
    }

    async function read(name: string, from?: string): Promise<void> {
      const query = { limit: PAGE_SIZE, cursor: from };
      try {
        const page = await hub.rest.get<Page>(path`/api/topics/${name}/messages`, { query });
        if (name !== topic.peek()) return;
        const read = page.items.map((message) => keep(store, message));
        if (from === undefined) showNewest(read);
        else messages.value = [...messages.peek(), ...read.filter((message) => !messages.peek().includes(message))];
        if (from !== undefined || cursor.peek() === undefined) setCursor(page.nextCursor);
        loading.value = READY;
      } catch (error) {
        if (name === topic.peek()) loading.value = failed(error);
      }
    }

    effect(() => {
      const name = topic.value;
      messages.value = [];
      setCursor(undefined);
      loading.value = LOADING;
      if (name !== "") void read(name);
    });
    followStream(hub, {
      onEvents(events) {
        for (const event of events) {
          if (event.event !== "topic:message" || event.name !== topic.peek()) continue;
          const record = recordOf(event);
          if (record !== undefined) messages.value = joinNewest(messages.peek(), [store.put(record)]);
        }
      },
      onGap() {
        if (topic.peek() !== "") void read(topic.peek());
      },
    });

    return {
      messages,
      loading,
      hasMore,
      isLoadingMore,
      async loadMore() {
        if (cursor.peek() === undefined || isLoadingMore.peek()) return;
        isLoadingMore.value = true;
        await read(topic.peek(), cursor.peek());
        isLoadingMore.value = false;
      },
    };
  },
);

/** A topic's own history knows nothing of states; what the page knows already says more. */
function keep(store: MessageStore, message: Message): MessageSignal {
  return store.get(message.messageId) ?? store.put({ ...message, state: "delivered", history: [] });
}

function joinNewest(known: readonly MessageSignal[], read: readonly MessageSignal[]): MessageSignal[] {
  const ids = new Set(known.map((message) => message.peek().messageId));
  const fresh = read.filter((message) => !ids.has(message.peek().messageId));
  return [...fresh, ...known].sort((a, b) => b.peek().timestamp.localeCompare(a.peek().timestamp));
}
