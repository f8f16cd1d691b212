/** What wants a person besides decisions: messages to this tab, exchanges that the hub stopped, dead letters. */
import { computed, createModel, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { LoopStop } from "../../../shared/loops.ts";
import type { DeadLetter } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { followStream } from "./follow-stream.ts";
import { keepRead } from "./keep-read.ts";

/** By the page where it is dealt with. */
export type Counts = Readonly<Record<string, { count: number; label: string }>>;

export interface Call {
  title: string;
  /** Calls about the same thing take the place of each other. */
  about: string;
  href: string;
}

export interface Attention {
  counts: ReadonlySignal<Counts>;
  /** Who is in an exchange that the hub has stopped. */
  stopped: ReadonlySignal<ReadonlySet<string>>;
}

const DEAD_PAGE = "/dead-letters";
const ENDS: readonly string[] = ["expired", "dead", "removed"];
/** The whole list comes along with its number. */
const DEAD_PAUSE_MS = 5_000;

/** `path`: of the page that is open. `call` hears of each that asks for a person who does not see it already. */
export const AttentionModel = createModel(
  (
    hub: Hub,
    path: ReadonlySignal<string>,
    isVisible: ReadonlySignal<boolean>,
    call: (call: Call) => void,
  ): Attention => {
    const mail = signal(0);
    const stops = signal<readonly LoopStop[]>([]);
    const letters = signal<ReadonlySet<string>>(new Set());
    const isReading = computed(() => path.value === "/" && isVisible.value);

    keepRead(hub, {
      async read() {
        stops.value = await hub.rest.get<LoopStop[]>("/api/loops");
      },
      isAbout: ({ event }) => event === "loop:stopped" || event === "loop:resumed" || event === "instance:removed",
    });
    const { refresher } = keepRead(hub, {
      async read() {
        const all = await hub.rest.get<DeadLetter[]>("/api/dead-letters");
        letters.value = new Set(all.map(({ messageId }) => messageId));
      },
      isAbout: (event) =>
        event.event === "instance:removed" ||
        // A letter that moves on was retried.
        (event.event === "message:state" && (ENDS.includes(event.state) || letters.peek().has(event.messageId))),
      pauseMs: DEAD_PAUSE_MS,
    });
    followStream(hub, {
      onEvents(events) {
        for (const event of events) {
          const heard = callOf(event, hub.participant.instanceId.peek());
          if (heard === undefined || (heard.href === "/" && isReading.peek())) continue;
          if (heard.href === "/") mail.value++;
          call(heard);
        }
      },
      onGap() {},
    });
    effect(() => {
      if (isReading.value) mail.value = 0;
    });
    let before = "";
    effect(() => {
      // No event tells of a letter that was dropped.
      if (before === DEAD_PAGE) refresher.soon();
      before = path.value;
    });
    return {
      stopped: computed(() => new Set(stops.value.flatMap(({ instances }) => instances))),
      counts: computed(() => ({
        "/": { count: mail.value, label: "new to this tab" },
        "/inbox": { count: stops.value.length, label: "stopped" },
        [DEAD_PAGE]: { count: letters.value.size, label: "given up" },
      })),
    };
  },
);

function callOf(event: HubEvent, ownId: string): Call | undefined {
  if (event.event === "decision:opened") {
    return { title: `${event.instanceId} asks for a decision`, about: event.instanceId, href: "/inbox" };
  }
  if (event.event === "loop:stopped") {
    return { title: `The hub stopped ${event.instances.join(" and ")}`, about: event.loopId, href: "/inbox" };
  }
  if (event.event !== "message:sent" || event.message.to !== ownId) return undefined;
  return { title: `${event.message.from} wrote to you`, about: `mail-${event.message.from}`, href: "/" };
}
