import { useComputed, useModel } from "@preact/signals";
import { CircleQuestionMark, MessagesSquare } from "lucide";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { Page, SplitView } from "../../components/page.tsx";
import { PageSpan } from "../../components/page-span.tsx";
import { SearchBox } from "../../components/search-box.tsx";
import { useShortcuts } from "../../components/shortcuts.ts";
import { type Conversations, ConversationsModel } from "../../models/conversations.ts";
import { knownValuesOf } from "../../models/known-values.ts";
import { useModels } from "../../models/models.ts";
import { ThreadModel } from "../../models/thread.ts";
import { readSpan, termsOf } from "../../models/time-span.ts";
import { MessageInspector } from "./message-inspector.tsx";
import { ThreadList } from "./thread-list.tsx";
import { ThreadView } from "./thread-view.tsx";
import "./conversations-page.css";

const SPANS = ["24h", "7d"] as const;

export default function ConversationsPage() {
  const { hub, url, messages } = useModels();
  const isUnanswered = useComputed(() => url.param("unanswered").value === "true");
  const q = useComputed(() => {
    const span = readSpan(url.param("span").value);
    return [url.param("q").value, ...(span ? [termsOf(span)] : [])].filter(Boolean).join(" ");
  });
  const list = useModel(() => new ConversationsModel(hub, { q, isUnanswered }));
  const thread = useModel(() => new ThreadModel(hub, messages, url.param("thread")));
  const opened = url.param("thread").value;
  const inspected = url.param("message").value;
  return (
    <Page title="Conversations" actions={<Filters list={list} isUnanswered={isUnanswered.value} />}>
      <SplitView
        listLabel="Threads"
        detailLabel="Thread"
        isOpen={opened !== ""}
        list={<ThreadList list={list} thread={thread} />}
        detail={
          opened === "" ? (
            <EmptyState icon={MessagesSquare} title="Choose a conversation">
              to read it as a tree, answer in place, or save it.
            </EmptyState>
          ) : (
            <ThreadView thread={thread} />
          )
        }
      />
      {inspected !== "" && <MessageInspector key={inspected} messageId={inspected} />}
    </Page>
  );
}

function Filters({ list, isUnanswered }: { list: Conversations; isUnanswered: boolean }) {
  const { url, instances, topics } = useModels();
  const q = url.param("q").value;
  const { loading } = list;
  const toggle = () => url.set({ unanswered: url.param("unanswered").peek() === "" ? "true" : null }, "push");
  useShortcuts([{ keys: "u", label: "Only unanswered ones", group: "Conversations", run: toggle }]);
  const isAsked = q !== "" && loading.value.kind === "ready";
  return (
    <>
      <div class="conversations-search">
        <SearchBox
          label="Search conversations"
          placeholder="Search conversations"
          query={q}
          onSearch={(query) => url.set({ q: query }, "replace")}
          known={knownValuesOf(instances, topics)}
          {...(isAsked && { count: list.threads.value.length, hasMore: list.hasMore.value })}
          {...(q !== "" && loading.value.kind === "failed" && { error: loading.value.error })}
        />
      </div>
      <PageSpan label="Time" names={SPANS} />
      <Button icon={CircleQuestionMark} aria-pressed={isUnanswered} onClick={toggle}>
        Unanswered
      </Button>
    </>
  );
}
