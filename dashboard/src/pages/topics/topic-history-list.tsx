import { History } from "lucide";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ListState } from "../../components/list-state.tsx";
import { MessageCard } from "../../components/message-card.tsx";
import { instanceHref, threadHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import type { TopicHistory } from "../../models/topic-history.ts";

export function TopicHistoryList({ history }: { history: TopicHistory }) {
  const { url, outbox, messages } = useModels();
  const actions = {
    openThread: ({ messageId }: { messageId: string }) => url.navigate(threadHref(messageId)),
    openInstance: (id: string) => url.navigate(instanceHref(id)),
  };
  const rows = history.messages.value;
  return (
    <section class="topic-part" aria-label="History">
      <h3>Published</h3>
      <ListState
        loading={history.loading.value}
        isEmpty={rows.length === 0}
        empty={<EmptyState icon={History} title="Nothing was published yet" />}
      >
        <ol class="topic-history">
          {rows.map((row) => {
            const message = row.value;
            const answered = message.replyToMessageId;
            return (
              <li key={message.messageId}>
                <MessageCard
                  message={message}
                  actions={actions}
                  isOwn={message.from === outbox.sender.value}
                  repliedTo={answered === undefined ? undefined : messages.get(answered)?.value}
                />
              </li>
            );
          })}
        </ol>
        {history.hasMore.value && (
          <Button isBusy={history.isLoadingMore.value} onClick={() => void history.loadMore()}>
            Show older
          </Button>
        )}
      </ListState>
    </section>
  );
}
