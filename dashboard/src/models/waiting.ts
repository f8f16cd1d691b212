/** Who waits for whom, kept true: open tasks as they are read elsewhere, questions that history has no answer to, and claims. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { MessagePage } from "../../../shared/history.ts";
import { partialOf } from "../../../shared/id-parts.ts";
import type { Task } from "../../../shared/tasks.ts";
import type { Hub } from "../adapter/hub.ts";
import { keepClaimWaits } from "./claim-waits.ts";
import { firstLine } from "./first-line.ts";
import type { Instances } from "./instances.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";
import { type OpenQuestion, type Waits, waitsOf } from "./waits.ts";

const QUESTIONS_MAX = 200;
/** Messages come all the time, and history is some tenths of a second behind them. */
const PAUSE_MS = 2_000;

export interface Waiting {
  waits: ReadonlySignal<Waits>;
  loading: ReadonlySignal<Loading>;
}

/** `about`: an instance's id, to read only what it asked or was asked. */
export const WaitingModel = createModel(
  (hub: Hub, instances: Instances, tasks: ReadonlySignal<readonly Task[]>, about?: string): Waiting => {
    const questions = signal<readonly OpenQuestion[]>([]);
    const terms = ["is:unanswered", "type:question", ...(about === undefined ? [] : [`with:"${about}"`])];

    const { claimWaits, loading: claimsLoading } = keepClaimWaits(hub);
    const { loading: questionsLoading } = keepRead(hub, {
      async read() {
        const query = { q: terms.join(" "), limit: QUESTIONS_MAX };
        const { items } = await hub.rest.get<MessagePage>("/api/messages", { query });
        questions.value = items
          .filter(({ topicName }) => topicName === undefined)
          .map(({ messageId, from, to, content, timestamp, replyToMessageId }) => ({
            messageId,
            from,
            to,
            title: firstLine(content),
            at: timestamp,
            replyToMessageId,
          }));
      },
      isAbout,
      pauseMs: PAUSE_MS,
    });

    const here = computed(() => whoIsHere(instances.byId.value.keys()));
    const waits = computed(() => {
      const resolve = here.value;
      const known = questions.value.flatMap((question) => {
        const [from, to] = [resolve(question.from), resolve(question.to)];
        return from === undefined || to === undefined ? [] : { ...question, from, to };
      });
      return waitsOf(tasks.value, known, claimWaits.value);
    });
    const loading = computed(() =>
      claimsLoading.value.kind === "ready" ? questionsLoading.value : claimsLoading.value,
    );
    return { waits, loading };
  },
);

function isAbout(event: HubEvent): boolean {
  if (event.event === "message:deleted") return true;
  if (event.event !== "message:sent") return false;
  return event.message.type === "question" || event.message.replyToMessageId !== undefined;
}

/**
 * Who an id of a message stands for by now: history keeps the id under which somebody asked, and sessions change. Of who is
 * the only one of its name and project the next session is meant; who was removed waits no more, and owes nothing.
 */
function whoIsHere(ids: Iterable<string>): (id: string) => string | undefined {
  const known = new Set(ids);
  const byPartial = Map.groupBy(known, partialOf);
  return (id) => {
    if (known.has(id)) return id;
    const others = byPartial.get(partialOf(id)) ?? [];
    return others.length === 1 ? others[0] : undefined;
  };
}
