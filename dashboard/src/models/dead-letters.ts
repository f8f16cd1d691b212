/** What queues gave up, and what to do about it. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { DeadLetter } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { path, RestProblem } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import { type Loading, wordsOf } from "./refresher.ts";
import { endsNow, resolveSpan, type TimeSpan } from "./time-span.ts";

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

/** `span` is when they were given up; undefined for any time. */
export const DeadLettersModel = createModel((hub: Hub, span: ReadonlySignal<TimeSpan | undefined>): DeadLetters => {
  const known = signal<readonly DeadLetter[]>([]);
  // What is not shown can be neither selected nor dropped.
  const letters = computed(() => within(span.value, known.value));
  const chosen = signal<ReadonlySet<string>>(new Set());
  const isBusy = signal(false);

  const { loading, refresher } = keepRead(hub, {
    async read() {
      known.value = await hub.rest.get<DeadLetter[]>("/api/dead-letters");
    },
    isAbout: isAboutLetters,
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
      known.value = known.peek().filter(({ messageId }) => messageId !== id);
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

function within(span: TimeSpan | undefined, letters: readonly DeadLetter[]): readonly DeadLetter[] {
  if (span === undefined) return letters;
  const { fromAt, toAt } = resolveSpan(span, Date.now());
  const isIn = (at: number) => at >= fromAt && (at < toAt || endsNow(span));
  return letters.filter(({ endedAt }) => isIn(Date.parse(endedAt)));
}

/** Ends make letters, and a retry takes them away: any later state of one that was retried says nothing new. */
function isAboutLetters(event: HubEvent): boolean {
  if (event.event === "instance:removed") return true;
  return event.event === "message:state" && (event.state === "queued" || ENDS.includes(event.state));
}
