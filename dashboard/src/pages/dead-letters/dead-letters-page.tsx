import { useComputed, useModel } from "@preact/signals";
import { MailCheck, RotateCcw, Trash2 } from "lucide";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { PageSpan } from "../../components/page-span.tsx";
import { toast } from "../../components/toasts.tsx";
import { type DeadLetters, DeadLettersModel, type Outcome } from "../../models/dead-letters.ts";
import { useModels } from "../../models/models.ts";
import { describeSpan, readSpan } from "../../models/time-span.ts";
import { LetterCard } from "./letter-card.tsx";
import "./dead-letters-page.css";

const SPANS = ["24h", "7d"] as const;
const ADMINS_ONLY = "Only a key of scope admin may retry or drop these.";

export default function DeadLettersPage() {
  const { hub, session, url } = useModels();
  const span = useComputed(() => readSpan(url.param("span").value));
  const model = useModel(() => new DeadLettersModel(hub, span));
  const refusal = session.isAdmin.value ? null : ADMINS_ONLY;
  return (
    <Page
      title="Dead letters"
      actions={
        <>
          <Actions model={model} refusal={refusal} />
          <PageSpan label="When they were given up" names={SPANS} />
        </>
      }
    >
      <div class="page-body">
        <p class="quiet dead-letters-intro">
          What a queue gave up: nobody took it before it expired, or its queue was flushed or removed. Its sender was
          told. {refusal}
        </p>
        <ListState
          loading={model.loading.value}
          isEmpty={model.letters.value.length === 0}
          empty={
            span.value === undefined ? (
              <EmptyState icon={MailCheck} title="Nothing was lost">
                Every message is on its way or has arrived.
              </EmptyState>
            ) : (
              <EmptyState icon={MailCheck} title={`Nothing was given up: ${describeSpan(span.value)}`}>
                <a href="/dead-letters">Show all</a>
              </EmptyState>
            )
          }
        >
          <ul class="dead-letters" aria-label="Dead letters">
            {model.letters.value.map((letter) => (
              <li key={`${letter.instanceId} ${letter.messageId}`}>
                <LetterCard
                  letter={letter}
                  model={model}
                  refusal={refusal}
                  onRetry={() => void retry(model, [letter.messageId])}
                  onDrop={() => void drop(model, [letter.messageId])}
                />
              </li>
            ))}
          </ul>
        </ListState>
      </div>
    </Page>
  );
}

function Actions({ model, refusal }: { model: DeadLetters; refusal: string | null }) {
  const all = model.letters.value.length;
  const selected = [...model.selected.value];
  if (all === 0) return null;
  const isBlocked = refusal !== null || selected.length === 0;
  return (
    <>
      <label class="dead-letters-all">
        <input
          type="checkbox"
          checked={selected.length === all}
          ref={(box) => {
            if (box) box.indeterminate = selected.length > 0 && selected.length < all;
          }}
          onChange={(event) => model.selectAll(event.currentTarget.checked)}
        />
        {selected.length === 0 ? "Select all" : `${selected.length} of ${all} selected`}
      </label>
      <Button
        icon={RotateCcw}
        disabled={isBlocked}
        isBusy={model.isBusy.value}
        onClick={() => void retry(model, selected)}
      >
        Retry selected
      </Button>
      <Button icon={Trash2} disabled={isBlocked} isBusy={model.isBusy.value} onClick={() => void drop(model, selected)}>
        Drop selected
      </Button>
    </>
  );
}

async function retry(model: DeadLetters, ids: readonly string[]): Promise<void> {
  tell(await model.retry(ids), ids.length, "back in the queue");
}

async function drop(model: DeadLetters, ids: readonly string[]): Promise<void> {
  const what = ids.length === 1 ? "this message" : `${ids.length} messages`;
  const isSure = await confirm({
    title: `Drop ${what}?`,
    body: "They stay in history; nothing can deliver them any more.",
    action: ids.length === 1 ? "Drop" : `Drop ${ids.length} messages`,
  });
  if (isSure) tell(await model.drop(ids), ids.length, "dropped");
}

function tell({ done, failure }: Outcome, wanted: number, what: string): void {
  const count = done === 1 ? "One message is" : `${done} messages are`;
  if (failure === undefined) toast(`${count} ${what}`, { tone: "good" });
  else toast(done === 0 ? failure : `${count} ${what}, ${wanted - done} not: ${failure}`, { tone: "bad" });
}
