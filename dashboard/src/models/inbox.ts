/** What sessions ask of people, and answering it (H1, H2). */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { Decision, DecisionPage } from "../../../shared/decisions.ts";
import type { HubEventName } from "../../../shared/events.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

const OPEN_MAX = 200;
const ENDED_MAX = 50;
/** A person waits to see it. */
const REFRESH_PAUSE_MS = 100;

const ABOUT_DECISIONS: ReadonlySet<HubEventName> = new Set([
  "decision:opened",
  "decision:closed",
  "instance:session_updated",
  "instance:role_updated",
]);

export interface Inbox {
  /** The oldest first. */
  open: ReadonlySignal<readonly Decision[]>;
  /** Those that ended last first. */
  ended: ReadonlySignal<readonly Decision[]>;
  /** Whether there are open ones that are not shown. */
  areMoreOpen: ReadonlySignal<boolean>;
  loading: ReadonlySignal<Loading>;
  /** Those that were open here and ended by somebody else's doing, since this was last asked. */
  takeEndedElsewhere(): Decision[];
  /** Rejects with a `RestProblem`, such as one that says whose answer came first. */
  answer(decisionId: string, answer: string, note?: string): Promise<void>;
}

export const InboxModel = createModel((hub: Hub): Inbox => {
  const open = signal<readonly Decision[]>([]);
  const ended = signal<readonly Decision[]>([]);
  const areMoreOpen = signal(false);
  const ownAnswers = new Set<string>();
  let endedElsewhere: Decision[] = [];

  const page = (state: string, limit: number) =>
    hub.rest.get<DecisionPage>("/api/decisions", { query: { state, limit } });
  const { loading, refresher } = keepRead(hub, {
    async read() {
      const [now, before] = await Promise.all([page("open", OPEN_MAX), page("ended", ENDED_MAX)]);
      const wereOpen = new Set(open.peek().map(({ decisionId }) => decisionId));
      const news = before.items.filter(({ decisionId }) => wereOpen.has(decisionId) && !ownAnswers.has(decisionId));
      endedElsewhere = [...endedElsewhere, ...news];
      ended.value = before.items;
      areMoreOpen.value = now.nextCursor !== undefined;
      open.value = now.items;
    },
    isAbout: ({ event }) => ABOUT_DECISIONS.has(event),
    pauseMs: REFRESH_PAUSE_MS,
  });

  return {
    open,
    ended,
    areMoreOpen,
    loading,
    takeEndedElsewhere() {
      const taken = endedElsewhere;
      endedElsewhere = [];
      return taken;
    },
    async answer(decisionId, answer, note) {
      // Before the answer is known: its end may be told first.
      ownAnswers.add(decisionId);
      try {
        await hub.rest.post(path`/api/decisions/${decisionId}/answer`, { answer, ...(note ? { note } : {}) });
      } finally {
        await refresher.now();
      }
    },
  };
});
