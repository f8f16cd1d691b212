import { useModel, useSignal, useSignalEffect } from "@preact/signals";
import { Bell, BellOff, MailCheck } from "lucide";
import { useEffect, useRef } from "preact/hooks";
import type { Decision } from "../../../../shared/decisions.ts";
import { isNotifying, turnOffNotifications, turnOnNotifications } from "../../adapter/notifications.ts";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { useShortcuts } from "../../components/shortcuts.ts";
import { toast } from "../../components/toasts.tsx";
import { type Inbox, InboxModel } from "../../models/inbox.ts";
import { LoopStopsModel } from "../../models/loop-stops.ts";
import { useModels } from "../../models/models.ts";
import { DecisionCard } from "./decision-card.tsx";
import { EndedTable } from "./ended-table.tsx";
import { LoopStopList } from "./loop-stops.tsx";
import { inWords } from "./words.ts";
import "./inbox-page.css";

/** How often what is said of time is brought up to date. */
const TICK_MS = 15_000;

export default function InboxPage() {
  const { hub } = useModels();
  const model = useModel(() => new InboxModel(hub));
  const loops = useModel(() => new LoopStopsModel(hub));
  const { open, ended } = model;
  useSignalEffect(() => {
    if (ended.value.length > 0) for (const decision of model.takeEndedElsewhere()) toast(inWords(decision));
  });
  return (
    <Page title="Inbox" actions={<NotifyButton />}>
      <div class="page-body">
        {loops.stopped.value.length > 0 && (
          <section class="inbox-part" aria-labelledby="inbox-stopped">
            <h2 id="inbox-stopped" class="inbox-title">
              Stopped
            </h2>
            <p class="quiet">Sessions that only talked to each other. They wait for you to let them go on.</p>
            <LoopStopList model={loops} />
          </section>
        )}
        <ListState
          loading={model.loading.value}
          isEmpty={open.value.length + ended.value.length + loops.stopped.value.length === 0}
          empty={
            <EmptyState icon={MailCheck} title="Nobody asks for anything">
              A session that needs a person's decision asks here, by ask_human.
            </EmptyState>
          }
        >
          <section class="inbox-part" aria-labelledby="inbox-open">
            <h2 id="inbox-open" class="inbox-title">
              Waiting for a person
            </h2>
            {open.value.length === 0 ? (
              <p class="quiet">Everything that was asked is answered.</p>
            ) : (
              <OpenDecisions model={model} />
            )}
            {model.areMoreOpen.value && <p class="quiet">These are the oldest. `cc2cc inbox` lists more.</p>}
          </section>
          {ended.value.length > 0 && (
            <section class="inbox-part" aria-labelledby="inbox-ended">
              <h2 id="inbox-ended" class="inbox-title">
                Ended
              </h2>
              <EndedTable decisions={ended.value} />
            </section>
          )}
        </ListState>
      </div>
    </Page>
  );
}

function OpenDecisions({ model }: { model: Inbox }) {
  const { url } = useModels();
  const list = useRef<HTMLOListElement>(null);
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, TICK_MS);
    return () => clearInterval(timer);
  }, []);
  useShortcuts(shortcutsOf(list), []);
  // A link of a webhook names one.
  const named = url.param("decision").value;
  useEffect(() => {
    if (named !== "") list.current?.querySelector<HTMLElement>(`[id="${CSS.escape(named)}"]`)?.focus();
  }, [named]);
  return (
    <ol class="inbox-list" aria-label="Open decisions" ref={list}>
      {model.open.value.map((decision: Decision) => (
        <li key={decision.decisionId}>
          <DecisionCard decision={decision} model={model} now={now.value} />
        </li>
      ))}
    </ol>
  );
}

function shortcutsOf(list: { readonly current: HTMLOListElement | null }) {
  const group = "In the inbox";
  const cards = () => [...(list.current?.querySelectorAll<HTMLElement>("article") ?? [])];
  const present = () => cards().findIndex((card) => card.contains(document.activeElement));
  const step = (by: number) => () => {
    const all = cards();
    const at = present();
    all[at === -1 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
  };
  const choose = (number: number) => () =>
    cards().at(Math.max(present(), 0))?.querySelectorAll<HTMLElement>("[data-choice]")[number - 1]?.focus();
  return [
    { keys: "j", label: "Next decision", group, run: step(1) },
    { keys: "k", label: "Decision before", group, run: step(-1) },
    { keys: "ArrowDown", label: "Next decision", group, run: step(1) },
    { keys: "ArrowUp", label: "Decision before", group, run: step(-1) },
    ...Array.from({ length: 9 }, (_, n) => ({
      keys: String(n + 1),
      label: `Choose answer ${n + 1}; Enter gives it`,
      group,
      run: choose(n + 1),
    })),
  ];
}

function NotifyButton() {
  const isOn = isNotifying;
  const toggle = async () => {
    if (isOn.peek()) turnOffNotifications();
    else {
      const refusal = await turnOnNotifications();
      if (refusal !== null) toast(refusal, { tone: "bad" });
    }
  };
  return (
    <Button icon={isOn.value ? BellOff : Bell} aria-pressed={isOn.value} onClick={() => void toggle()}>
      {isOn.value ? "Notifications are on" : "Notify me"}
    </Button>
  );
}
