import { CircleAlert, LoaderCircle } from "lucide";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { DayDivider } from "../../components/day-divider.tsx";
import { Icon } from "../../components/icon.tsx";
import { MessageCard } from "../../components/message-card.tsx";
import { useSeen } from "../../components/use-seen.ts";
import { contextHref, threadHref, topicHref } from "../../links.ts";
import { isRoleCopy } from "../../models/fan-out-groups.ts";
import type { MessageSignal, StoredMessage } from "../../models/message-store.ts";
import { type Models, useModels } from "../../models/models.ts";

/**
 * One message of the feed, with the day or the divider that stands before it. `members`: those that are one message for a
 * role with it.
 */
export function FeedRow(props: {
  row: MessageSignal;
  members: readonly MessageSignal[] | undefined;
  previous: MessageSignal | undefined;
}) {
  const { row, previous } = props;
  const models = useModels();
  const { feed, messages, hub, session } = models;
  const message = row.value;
  const element = useRef<HTMLDivElement>(null);
  const isOwn = message.from === hub.participant.instanceId.value;
  const copies = isRoleCopy(message) ? (props.members ?? [row]).map((copy) => copy.value) : undefined;
  useSeen(element, copies?.find(({ to }) => to === hub.participant.instanceId.value) ?? message, models);
  return (
    <div class="feed-row" ref={element}>
      <DayDivider message={message} previous={previous?.peek()} />
      {(copies ?? [message]).some(({ messageId }) => messageId === feed.unreadFrom.value) && (
        <p class="feed-unread">
          <span>New</span>
        </p>
      )}
      <MessageCard
        message={message}
        isOwn={isOwn}
        copies={copies}
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
    hrefOf: contextHref,
    openThread: (message: StoredMessage) => url.navigate(threadHref(message.messageId)),
    openInstance: (instanceId: string) => url.set({ instance: instanceId, drawer: "open", at: null }, "push"),
    openTopic: (name: string) => url.navigate(topicHref(name)),
  };
}
