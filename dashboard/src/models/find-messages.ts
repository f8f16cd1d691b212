/** Messages that hold what somebody types, for the command palette. */
import { createModel, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { MessagePage, MessageRecord } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import { withLocalDays } from "./local-days.ts";

const PAUSE_MS = 200;
const MIN_LENGTH = 3;
const FOUND_MAX = 8;

export interface FindMessages {
  /** Newest first; none while it is not known. */
  found: ReadonlySignal<readonly MessageRecord[]>;
  ask(text: string): void;
}

export const FindMessagesModel = createModel((hub: Hub): FindMessages => {
  const found = signal<readonly MessageRecord[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();

  async function read(text: string): Promise<void> {
    const { signal: isOver } = asked;
    const query = { q: withLocalDays(text, Date.now()), limit: FOUND_MAX };
    try {
      const { items } = await hub.rest.get<MessagePage>("/api/messages", { query, signal: isOver });
      if (!isOver.aborted) found.value = items;
    } catch {
      // Half a query may be wrong; the next letter asks again.
    }
  }
  const stop = () => {
    clearTimeout(timer);
    asked.abort();
    asked = new AbortController();
  };
  effect(() => stop);
  return {
    found,
    ask(text) {
      stop();
      found.value = [];
      if (text.trim().length >= MIN_LENGTH) timer = setTimeout(() => void read(text.trim()), PAUSE_MS);
    },
  };
});
