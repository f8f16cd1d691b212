/** Whom one message for several was for, how far it got with each, and what they answered; kept true by events. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { MessageRecord, Recipient, RecipientPage } from "../../../shared/history.ts";
import { PAGE_MAX } from "../../../shared/limits.ts";
import type { Hub } from "../adapter/hub.ts";
import { path, RestProblem } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import { type MessageStore, recordOf } from "./message-store.ts";
import type { Loading } from "./refresher.ts";

/** How often a message is asked for again that history should have. */
const PATIENCE = 10;

export interface FanOut {
  /** Null until it is read. */
  page: ReadonlySignal<RecipientPage | null>;
  loading: ReadonlySignal<Loading>;
  hasMore: ReadonlySignal<boolean>;
  refresh(): void;
  /** Reads further recipients; from then on they are kept true, too. */
  loadMore(): Promise<void>;
  /** Brings an answer into the store of messages. Rejects with a `RestProblem`. */
  readAnswer(answerId: string): Promise<void>;
}

/** `messageId` is the id of a publication or broadcast, or of any of the messages that a message for a role became. */
export const FanOutModel = createModel((hub: Hub, store: MessageStore, messageId: string): FanOut => {
  const page = signal<RecipientPage | null>(null);
  let pages = 1;
  let patience = PATIENCE;
  let copyIds: ReadonlySet<string> = new Set([messageId]);

  async function read(): Promise<void> {
    const items: Recipient[] = [];
    let last: RecipientPage;
    let cursor: string | undefined;
    let left = pages;
    try {
      do {
        const query = { limit: PAGE_MAX, cursor };
        last = await hub.rest.get<RecipientPage>(path`/api/messages/${messageId}/recipients`, { query });
        items.push(...last.items);
        cursor = last.nextCursor;
      } while (--left > 0 && cursor !== undefined);
    } catch (error) {
      // History takes in what was just sent a little later than the page knows of it.
      if (error instanceof RestProblem && error.status === 404 && patience-- > 0) refresher.soon();
      throw error;
    }
    copyIds = new Set([messageId, ...items.map((item) => item.messageId)]);
    page.value = { ...last, items };
  }

  function isAbout(event: HubEvent): boolean {
    if (event.event === "message:state") return copyIds.has(event.messageId);
    const answered = recordOf(event)?.replyToMessageId;
    if (answered === undefined) return false;
    // Of what is only written to who is there, the ids of its copies are not known before somebody names one.
    const total = page.peek()?.total;
    return copyIds.has(answered) || total === undefined || copyIds.size <= total;
  }

  const { loading, refresher } = keepRead(hub, { read, isAbout });
  return {
    page,
    loading,
    hasMore: computed(() => page.value?.nextCursor !== undefined),
    refresh: () => void refresher.now(),
    loadMore() {
      pages++;
      return refresher.now();
    },
    async readAnswer(answerId) {
      if (store.get(answerId) !== undefined) return;
      store.put(await hub.rest.get<MessageRecord>(path`/api/messages/${answerId}`));
    },
  };
});
