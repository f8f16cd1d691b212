import { ArrowRight, RotateCcw, Trash2 } from "lucide";
import type { DeadLetter } from "../../../../shared/rest.ts";
import { STATE_MEANINGS, StateBadge, TypeBadge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { MessageBody } from "../../components/message-body.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { instanceHref, threadHref } from "../../links.ts";
import type { DeadLetters } from "../../models/dead-letters.ts";
import { useModels } from "../../models/models.ts";

export interface LetterCardProps {
  letter: DeadLetter;
  model: DeadLetters;
  /** Why it cannot be retried or dropped by this user. */
  refusal: string | null;
  onRetry(): void;
  onDrop(): void;
}

export function LetterCard({ letter, model, refusal, onRetry, onDrop }: LetterCardProps) {
  const { url } = useModels();
  const { messageId, from, instanceId, type, state, reason, attempts, queuedAt, endedAt, message } = letter;
  const openInstance = (id: string) => url.navigate(instanceHref(id));
  const isInstance = from.includes("@");
  return (
    <article class="letter" aria-label={`${type ?? "message"} from ${from} to ${instanceId}, ${state}`}>
      <header class="letter-header">
        <input
          type="checkbox"
          aria-label={`Select the ${type ?? "message"} from ${from}`}
          checked={model.selected.value.has(messageId)}
          onChange={(event) => model.select(messageId, event.currentTarget.checked)}
        />
        {type && <TypeBadge type={type} />}
        <h2 class="letter-route">
          <InstanceName id={from} onOpen={isInstance ? openInstance : undefined} />
          <Icon of={ArrowRight} size={13} />
          <span class="visually-hidden">to</span>
          <InstanceName id={instanceId} onOpen={openInstance} />
        </h2>
        <StateBadge state={state} />
        <RelativeTime at={endedAt} class="quiet" />
      </header>
      <p class="letter-reason">
        <b title={STATE_MEANINGS[state]}>{sentence(reason)}</b>{" "}
        <span class="quiet">
          {attemptWords(attempts)}, waited since <RelativeTime at={queuedAt} />.
        </span>
      </p>
      {message === undefined ? (
        <p class="quiet">What was stored cannot be read, so there is nothing to show.</p>
      ) : (
        <MessageBody content={message.content} messageId={messageId} />
      )}
      <footer class="letter-actions">
        <Button size="small" icon={RotateCcw} disabled={refusal !== null || message === undefined} onClick={onRetry}>
          Retry
        </Button>
        <Button size="small" icon={Trash2} disabled={refusal !== null} onClick={onDrop}>
          Drop
        </Button>
        <a href={threadHref(messageId)}>Open thread</a>
      </footer>
    </article>
  );
}

function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

function attemptWords(attempts: number): string {
  if (attempts === 0) return "Never written to a connection";
  return attempts === 1 ? "Written to a connection once" : `Written to a connection ${attempts} times`;
}
