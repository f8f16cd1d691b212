import { useComputed, useSignal } from "@preact/signals";
import { Hash, Plus } from "lucide";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { Page, SplitView } from "../../components/page.tsx";
import { useShortcuts } from "../../components/shortcuts.ts";
import { useModels } from "../../models/models.ts";
import { CreateTopicDialog } from "./create-topic-dialog.tsx";
import { TopicDetail } from "./topic-detail.tsx";
import { TopicList } from "./topic-list.tsx";
import "./topics-page.css";

export default function TopicsPage() {
  const { url, topics, session } = useModels();
  const isCreating = useSignal(false);
  const name = url.param("topic").value;
  const topic = useComputed(() => topics.byName.value.get(url.param("topic").value));
  const create = () => {
    isCreating.value = session.canSend.peek();
  };
  useShortcuts([{ keys: "n", label: "New topic", group: "Topics", run: create }]);
  return (
    <Page
      title="Topics"
      actions={
        <Button
          variant="primary"
          icon={Plus}
          disabled={!session.canSend.value}
          title={session.sendRefusal.value ?? undefined}
          onClick={create}
        >
          New topic
        </Button>
      }
    >
      <SplitView
        listLabel="All topics"
        detailLabel={name === "" ? "Topic" : `Topic ${name}`}
        isOpen={name !== ""}
        list={<TopicList onCreate={create} />}
        detail={
          topic.value !== undefined ? (
            <TopicDetail key={topic.value.name} topic={topic.value} />
          ) : (
            <NoTopic name={name} isLoaded={topics.isLoaded.value} />
          )
        }
      />
      <CreateTopicDialog
        isOpen={isCreating.value}
        onClose={() => {
          isCreating.value = false;
        }}
      />
    </Page>
  );
}

function NoTopic({ name, isLoaded }: { name: string; isLoaded: boolean }) {
  if (!isLoaded) return <p class="list-loading quiet">Reading …</p>;
  if (name === "")
    return (
      <EmptyState icon={Hash} title="Choose a topic">
        to see who is in it and what was published.
      </EmptyState>
    );
  return (
    <EmptyState icon={Hash} title={`There is no topic ${name}`}>
      <p>It was deleted, or went away by itself because nobody was in it.</p>
      <a href="/topics">Show all topics</a>
    </EmptyState>
  );
}
