import { MessagesSquare } from "lucide";
import type { ThreadSummary } from "../../../../shared/history.ts";
import { CountBadge, TypeBadge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { LinkList } from "../../components/link-list.tsx";
import { ListState } from "../../components/list-state.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import type { Conversations } from "../../models/conversations.ts";
import { firstLine } from "../../models/first-line.ts";
import { useModels } from "../../models/models.ts";
import type { OpenThread } from "../../models/thread.ts";

export function ThreadList({ list, thread }: { list: Conversations; thread: OpenThread }) {
  const { url } = useModels();
  const search = url.search.value;
  const isFiltered = ["q", "unanswered", "span"].some((name) => search.has(name));
  const hrefOf = ({ rootId }: ThreadSummary) => {
    const next = new URLSearchParams(search);
    next.set("thread", rootId);
    next.delete("message");
    return `/conversations?${next}`;
  };
  return (
    <ListState
      loading={list.loading.value}
      isEmpty={list.threads.value.length === 0}
      onRetry={list.reload}
      empty={
        isFiltered ? (
          <EmptyState icon={MessagesSquare} title="No conversation is like that">
            <a href="/conversations">Show all</a>
          </EmptyState>
        ) : (
          <EmptyState icon={MessagesSquare} title="Nobody has written to anybody yet">
            A conversation is a message and all that answers it. What is published on topics is with the topics.
          </EmptyState>
        )
      }
    >
      <LinkList
        items={list.threads.value}
        keyOf={({ rootId }) => rootId}
        hrefOf={hrefOf}
        isCurrent={({ rootId }) => rootId === thread.rootId.value}
        render={(summary) => <Summary summary={summary} />}
        footer={
          list.hasMore.value && (
            <Button size="small" isBusy={list.isLoadingMore.value} onClick={() => void list.loadMore()}>
              Show older
            </Button>
          )
        }
      />
    </ListState>
  );
}

function Summary({ summary }: { summary: ThreadSummary }) {
  const { root, last, messages, participants, isUnanswered } = summary;
  return (
    <span class="thread-summary" data-unanswered={isUnanswered || undefined}>
      <span class="thread-summary-row">
        <TypeBadge type={root.type} />
        <span class="ellipsis quiet" title={participants.join("\n")}>
          {describePeople(participants)}
        </span>
        <RelativeTime at={last.timestamp} class="message-time" />
      </span>
      <span class="thread-summary-title">{firstLine(root.content)}</span>
      <span class="thread-summary-row">
        {isUnanswered && <span class="thread-unanswered">unanswered</span>}
        {last.messageId !== root.messageId && (
          <span class="ellipsis quiet">
            {last.type}: {firstLine(last.content, 80)}
          </span>
        )}
        <CountBadge count={messages} label={messages === 1 ? "message" : "messages"} />
      </span>
    </span>
  );
}

/** Where they work tells who they are better than sessions do: `ana@atlas:storefront`. */
function describePeople(participants: readonly string[]): string {
  const names = participants.map((id) => id.split("/", 1)[0] ?? id);
  const [first = "", second, ...others] = names;
  if (second === undefined) return first;
  return others.length === 0 ? `${first}, ${second}` : `${first}, ${second} +${others.length}`;
}
