/** What queues gave up, and what to do about it. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { DeadLetter } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { path, RestProblem } from "../adapter/rest.ts";
import { followStream } from "./follow-stream.ts";
import { createRefresher, failed, LOADING, type Loading, READY, wordsOf } from "./refresher.ts";

const REFRESH_PAUSE_MS = 500;
const ENDS: readonly string[] = ["expired", "dead", "removed"];

/** How many were done, and why the first that was not was not. */
export interface Outcome {
  done: number;
  failure?: string;
}

export interface DeadLetters {
  /** The newest first. */
  letters: ReadonlySignal<readonly DeadLetter[]>;
  loading: ReadonlySignal<Loading>;
  /** Ids of those that are selected and still there. */
  selected: ReadonlySignal<ReadonlySet<string>>;
  isBusy: ReadonlySignal<boolean>;
  select(messageId: string, isSelected: boolean): void;
  selectAll(isSelected: boolean): void;
  /** Back into their queues. */
  retry(messageIds: readonly string[]): Promise<Outcome>;
  /** Away for good. */
  drop(messageIds: readonly string[]): Promise<Outcome>;
}

export const DeadLettersModel = createModel((hub: Hub): DeadLetters => {
  const letters = signal<readonly DeadLetter[]>([]);
  const loading = signal<Loading>(LOADING);
  const chosen = signal<ReadonlySet<string>>(new Set());
  const isBusy = signal(false);

  const refresher = createRefresher(async () => {
    try {
      letters.value = await hub.rest.get<DeadLetter[]>("/api/dead-letters");
      loading.value = READY;
    } catch (error) {
      loading.value = failed(error);
    }
  }, REFRESH_PAUSE_MS);

  void refresher.now();
  followStream(hub, {
    onEvents(events) {
      if (events.some(isAboutLetters)) refresher.soon();
    },
    onGap: refresher.soon,
    onEnd: refresher.stop,
  });

  async function forEach(messageIds: readonly string[], act: (id: string) => Promise<unknown>): Promise<Outcome> {
    const outcome: Outcome = { done: 0 };
    isBusy.value = true;
    for (const id of messageIds) {
      try {
        await act(id);
      } catch (error) {
        // Somebody else was quicker: it is where it was to go, or beyond.
        if (!(error instanceof RestProblem && error.status === 404)) {
          outcome.failure = wordsOf(error);
          break;
        }
      }
      outcome.done++;
      letters.value = letters.peek().filter(({ messageId }) => messageId !== id);
    }
    isBusy.value = false;
    // A retried letter may have ended again at once.
    refresher.soon();
    return outcome;
  }

  return {
    letters,
    loading,
    selected: computed(
      () => new Set(letters.value.flatMap(({ messageId }) => (chosen.value.has(messageId) ? messageId : []))),
    ),
    isBusy,
    select(messageId, isSelected) {
      const next = new Set(chosen.peek());
      if (isSelected) next.add(messageId);
      else next.delete(messageId);
      chosen.value = next;
    },
    selectAll(isSelected) {
      chosen.value = new Set(isSelected ? letters.peek().map(({ messageId }) => messageId) : []);
    },
    retry: (ids) => forEach(ids, (id) => hub.rest.post(path`/api/dead-letters/${id}/retry`)),
    drop: (ids) => forEach(ids, (id) => hub.rest.delete(path`/api/dead-letters/${id}`)),
  };
});

/** Ends make letters; any other state of a letter means that it is retried, and gone from the list. */
function isAboutLetters(event: HubEvent): boolean {
  return event.event === "instance:removed" || (event.event === "message:state" && ENDS.includes(event.state));
}
