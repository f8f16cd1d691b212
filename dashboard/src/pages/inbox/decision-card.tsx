import { useSignal } from "@preact/signals";
import { Check, Send, X } from "lucide";
import { useId } from "preact/hooks";
import type { Decision } from "../../../../shared/decisions.ts";
import { DECISION_NOTE_LENGTH } from "../../../../shared/limits.ts";
import { RestProblem } from "../../adapter/rest.ts";
import { RoleBadge, Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { MessageBody } from "../../components/message-body.tsx";
import { formatMoment, RelativeTime } from "../../components/relative-time.tsx";
import { Somebody } from "../../components/somebody.tsx";
import { toast } from "../../components/toasts.tsx";
import { useRefusal } from "../../components/use-refusal.ts";
import { WriteField } from "../../components/write-field.tsx";
import type { Inbox } from "../../models/inbox.ts";
import { useModels } from "../../models/models.ts";
import { showHidden, timeLeft } from "./words.ts";

/** One decision that waits, with what it takes to decide and the answers to give. */
export function DecisionCard({ decision, model, now }: { decision: Decision; model: Inbox; now: number }) {
  const id = useId();
  const { decisionId, kind, instanceId, role, tool, question, context, openedAt, until } = decision;
  return (
    <article id={decisionId} class="decision card" tabIndex={-1} aria-labelledby={`${id}-who ${id}-what`}>
      <header class="decision-head">
        <span id={`${id}-who`}>
          <Somebody id={instanceId} />
        </span>
        {role !== undefined && <RoleBadge role={role} />}
        {tool !== undefined && <Tag title="It asks whether it may use this tool">{tool}</Tag>}
        <span class="quiet">
          <RelativeTime at={openedAt} />
        </span>
        <span class="decision-left" title={formatMoment(until)}>
          {timeLeft(until, now)} left
        </span>
      </header>
      <div id={`${id}-what`}>
        {kind === "approval" ? (
          <p class="decision-what">{showHidden(question)}</p>
        ) : (
          <MessageBody content={question} messageId={decisionId} isWhole />
        )}
      </div>
      {context !== undefined && (
        <details class="decision-context" open={kind === "approval"}>
          <summary>{kind === "approval" ? "What it would do" : "Context"}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre tabIndex={0}>{showHidden(context)}</pre>
        </details>
      )}
      <Answers decision={decision} model={model} />
    </article>
  );
}

/** What may be answered, and why it may not be where that is so. */
function Answers({ decision, model }: { decision: Decision; model: Inbox }) {
  const { session } = useModels();
  const { refusal, act } = useRefusal();
  const note = useSignal("");
  const { decisionId, kind } = decision;
  const scope = session.info.value?.scope ?? "observer";
  const blocked = blockedBecause(kind, scope);
  if (blocked !== null) return <p class="quiet">{blocked}</p>;
  const give = (answer: string) => act(giveFirst(model, decisionId, answer, note.peek().trim()));
  return (
    <>
      {kind === "approval" ? <Verdicts onGive={give} /> : <Options decision={decision} onGive={give} />}
      {kind === "question" && <OwnAnswer decision={decision} onGive={give} />}
      <details class="decision-note">
        <summary>Add a note</summary>
        <input
          class="input"
          aria-label="Note for the session"
          maxLength={DECISION_NOTE_LENGTH}
          dir="auto"
          value={note.value}
          onInput={(event) => {
            note.value = event.currentTarget.value;
          }}
        />
      </details>
      {refusal.value !== undefined && (
        <p class="refusal" role="alert">
          {refusal.value}
        </p>
      )}
    </>
  );
}

/** Who comes too late is told in a corner: the card goes away. What is refused for another reason is said in it. */
async function giveFirst(model: Inbox, decisionId: string, answer: string, note: string): Promise<void> {
  try {
    await model.answer(decisionId, answer, note);
  } catch (error) {
    if (!(error instanceof RestProblem) || error.code !== "conflict") throw error;
    toast(error.message, { tone: "bad" });
  }
}

function blockedBecause(kind: Decision["kind"], scope: string): string | null {
  if (kind === "approval" && scope !== "approver") {
    return "Answering this takes a key of scope approver: an admin makes one on the page Keys, and you sign in with it. Your session's own dialog answers it, too.";
  }
  return scope === "observer" ? "Your key is of scope observer: it reads, and does not answer." : null;
}

function Verdicts({ onGive }: { onGive(answer: string): void }) {
  return (
    <div class="decision-answers">
      <Button data-choice icon={Check} onClick={() => onGive("allow")}>
        Allow
      </Button>
      <Button data-choice icon={X} variant="danger" onClick={() => onGive("deny")}>
        Deny
      </Button>
    </div>
  );
}

function Options({ decision, onGive }: { decision: Decision; onGive(answer: string): void }) {
  const { options = [] } = decision;
  if (options.length === 0) return null;
  return (
    <div class="decision-answers">
      {options.map((option, index) => (
        <Button data-choice key={option} onClick={() => onGive(option)}>
          {index < 9 && (
            <span class="decision-key" aria-hidden="true">
              {index + 1}
            </span>
          )}
          {option}
          {option === decision.default && <span class="quiet"> counts if nobody answers</span>}
        </Button>
      ))}
    </div>
  );
}

function OwnAnswer({ decision, onGive }: { decision: Decision; onGive(answer: string): void }) {
  const text = useSignal("");
  const send = () => {
    if (text.peek().trim() !== "") onGive(text.peek().trim());
  };
  const hasOptions = decision.options !== undefined;
  return (
    <div class="decision-own">
      <WriteField
        label={hasOptions ? "Another answer" : "Your answer"}
        placeholder={hasOptions ? "Another answer" : "Your answer"}
        rows={1}
        text={text.value}
        onText={(typed) => {
          text.value = typed;
        }}
        onSend={send}
      />
      <Button icon={Send} disabled={text.value.trim() === ""} onClick={send}>
        Answer
      </Button>
    </div>
  );
}
