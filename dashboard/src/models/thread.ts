/** The whole tree that one message is in, growing as it is answered. */
import { computed, createModel, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Thread } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import { path, RestProblem } from "../adapter/rest.ts";
import { isFannedOut } from "./fan-out-groups.ts";
import { followStream } from "./follow-stream.ts";
import { type MessageSignal, type MessageStore, recordOf, type StoredMessage } from "./message-store.ts";
import { createRefresher, failed, LOADING, type Loading, READY } from "./refresher.ts";
import { layOutThread, type ThreadRow } from "./thread-tree.ts";

/** In traffic, how often a thread is read again whose answers events cannot tell from others. */
const REFRESH_PAUSE_MS = 1_000;
/** How often a message is asked for again that history should have. */
const PATIENCE = 10;

export interface OpenThread {
  /** Undefined while no thread is open, or it is not read yet. */
  rootId: ReadonlySignal<string | undefined>;
  /** In the order of the tree. */
  rows: ReadonlySignal<readonly ThreadRow<StoredMessage>[]>;
  loading: ReadonlySignal<Loading>;
  /** The newest are left out, because there are too many. */
  isTruncated: ReadonlySignal<boolean>;
}

/** `messageId` is any message of the thread, "" for none. */
export const ThreadModel = createModel(
  (hub: Hub, store: MessageStore, messageId: ReadonlySignal<string>): OpenThread => {
    const rootId = signal<string | undefined>(undefined);
    const messages = signal<readonly MessageSignal[]>([]);
    const loading = signal<Loading>(LOADING);
    const isTruncated = signal(false);
    let reading: AbortController | undefined;
    let patience = PATIENCE;

    async function read(id: string): Promise<void> {
      reading?.abort();
      const own = new AbortController();
      reading = own;
      try {
        const thread = await hub.rest.get<Thread>(path`/api/threads/${id}`, { signal: own.signal });
        const read = store.putAll(thread.items);
        // What came by an event, history may not have yet.
        messages.value = [...read, ...messages.peek().filter((message) => !read.includes(message))];
        rootId.value = thread.rootId;
        isTruncated.value = thread.truncated;
        loading.value = READY;
      } catch (error) {
        if (own.signal.aborted) return;
        const isGone = error instanceof RestProblem && error.status === 404;
        // History takes in what was just sent a little later than the page knows of it.
        if (isGone && store.get(id) !== undefined && patience-- > 0) return refresher.soon();
        loading.value = isGone ? { kind: "failed", error: "History has no such message any more." } : failed(error);
      }
    }

    const refresher = createRefresher(async () => {
      if (messageId.peek() !== "") await read(messageId.peek());
    }, REFRESH_PAUSE_MS);
    effect(() => {
      const id = messageId.value;
      const isShown = messages.peek().some((message) => message.peek().messageId === id);
      if (!isShown) {
        messages.value = [];
        rootId.value = undefined;
        loading.value = LOADING;
        patience = PATIENCE;
      }
      if (id !== "") void read(id);
    });
    followStream(hub, {
      onEvents(events) {
        const known = new Set(messages.peek().map((message) => message.peek().messageId));
        for (const event of events) {
          const record = recordOf(event);
          if (record?.replyToMessageId === undefined || known.has(record.messageId)) continue;
          if (!known.has(record.replyToMessageId)) {
            // It may answer somebody's copy of a publication in here; whose id that is only the hub can tell.
            if (messages.peek().some((message) => isFannedOut(message.peek()))) refresher.soon();
            continue;
          }
          known.add(record.messageId);
          messages.value = [...messages.peek(), store.put(record)];
        }
      },
      onGap: refresher.soon,
      onEnd() {
        refresher.stop();
        reading?.abort();
      },
    });

    return {
      rootId,
      rows: computed(() => layOutThread(messages.value.map((message) => message.value))),
      loading,
      isTruncated,
    };
  },
);
