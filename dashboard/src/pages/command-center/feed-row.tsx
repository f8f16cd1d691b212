import { CircleAlert, LoaderCircle } from "lucide";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { MessageCard } from "../../components/message-card.tsx";
import { useSeen } from "../../components/use-seen.ts";
import { threadHref, topicHref } from "../../links.ts";
import type { MessageSignal, StoredMessage } from "../../models/message-store.ts";
import { type Models, useModels } from "../../models/models.ts";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** One message of the feed, with the day or the divider that stands before it. */
export function FeedRow({ row, previous }: { row: MessageSignal; previous: MessageSignal | undefined }) {
  const models = useModels();
  const { feed, messages, hub, session } = models;
  const message = row.value;
  const element = useRef<HTMLDivElement>(null);
  const isOwn = message.from === hub.participant.instanceId.value;
  const isNewDay = previous === undefined || dayOf(previous.peek()) !== dayOf(message);
  useSeen(element, message, models);
  return (
    <div class="feed-row" ref={element}>
      {isNewDay && <p class="feed-day">{DAY.format(new Date(message.timestamp))}</p>}
      {feed.unreadFrom.value === message.messageId && (
        <p class="feed-unread">
          <span>New</span>
        </p>
      )}
      <MessageCard
        message={message}
        isOwn={isOwn}
        isHighlighted={feed.filter.value.at === message.messageId}
        repliedTo={message.replyToMessageId === undefined ? undefined : messages.get(message.replyToMessageId)?.value}
        actions={actionsOf(models, session.canSend.value, feed.isFiltered.value)}
        status={statusOf(message)}
        footer={message.local?.kind === "failed" && <FailedSending message={message} error={message.local.error} />}
      />
    </div>
  );
}

function statusOf({ local }: StoredMessage): ComponentChildren {
  if (local?.kind === "pending") {
    return (
      <span class="feed-status">
        <Icon of={LoaderCircle} size={13} /> sending
      </span>
    );
  }
  if (local?.kind === "failed") return <span class="feed-status field-error">not sent</span>;
  return undefined;
}

function FailedSending({ message, error }: { message: StoredMessage; error: string }) {
  const { outbox } = useModels();
  return (
    <p class="feed-failed" role="alert">
      <Icon of={CircleAlert} size={14} />
      <span class="field-error">{error}</span>
      <Button size="small" onClick={() => void outbox.retry(message.messageId)}>
        Send again
      </Button>
      <Button size="small" variant="ghost" onClick={() => outbox.discard(message.messageId)}>
        Discard
      </Button>
    </p>
  );
}

function actionsOf({ composer, url }: Models, canSend: boolean, isFiltered: boolean) {
  return {
    ...(canSend ? { reply: (message: StoredMessage) => composer.reply(message.messageId) } : {}),
    ...(isFiltered
      ? { showInContext: (message: StoredMessage) => url.set({ at: message.messageId, drawer: null }, "push") }
      : {}),
    openThread: (message: StoredMessage) => url.navigate(threadHref(message.messageId)),
    openInstance: (instanceId: string) => url.set({ instance: instanceId, drawer: "open", at: null }, "push"),
    openTopic: (name: string) => url.navigate(topicHref(name)),
  };
}

function dayOf({ timestamp }: StoredMessage): string {
  return new Date(timestamp).toDateString();
}
