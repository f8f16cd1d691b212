import { useModel, useSignal } from "@preact/signals";
import { ArrowLeft, Bell, BellOff, Trash2 } from "lucide";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Icon } from "../../components/icon.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { toast } from "../../components/toasts.tsx";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";
import { TopicHistoryModel } from "../../models/topic-history.ts";
import type { KnownTopic } from "../../models/topics.ts";
import { PublishForm } from "./publish-form.tsx";
import { TopicHistoryList } from "./topic-history-list.tsx";
import { TopicSubscribers } from "./topic-subscribers.tsx";

export function TopicDetail({ topic }: { topic: KnownTopic }) {
  const { hub, messages, url } = useModels();
  const history = useModel(() => new TopicHistoryModel(hub, messages, url.param("topic")));
  return (
    <div class="topic-detail">
      <TopicHeader topic={topic} />
      <TopicSubscribers topic={topic} />
      <PublishForm topic={topic} />
      <TopicHistoryList history={history} />
    </div>
  );
}

function TopicHeader({ topic }: { topic: KnownTopic }) {
  const { topics, outbox, session } = useModels();
  const isBusy = useSignal(false);
  const tab = outbox.sender.value;
  const isIn = topic.subscribers.includes(tab);
  const toggle = async () => {
    isBusy.value = true;
    try {
      await (isIn ? topics.unsubscribe(topic.name, tab) : topics.subscribe(topic.name, tab));
    } catch (error) {
      toast(wordsOf(error), { tone: "bad" });
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <header class="topic-header">
      <a class="split-back" href="/topics" aria-label="All topics">
        <Icon of={ArrowLeft} />
      </a>
      <h2 class="ellipsis" title={topic.name}>
        #{topic.name}
      </h2>
      <CopyButton size="small" what="name" text={topic.name} />
      <div class="topic-header-actions">
        <Button
          size="small"
          icon={isIn ? BellOff : Bell}
          aria-pressed={isIn}
          isBusy={isBusy.value}
          disabled={!session.canSend.value}
          title={session.sendRefusal.value ?? "Whether what is published here comes to this tab too"}
          onClick={() => void toggle()}
        >
          {isIn ? "This tab is in" : "Subscribe this tab"}
        </Button>
        <DeleteTopic topic={topic} />
      </div>
      <p class="topic-facts quiet">
        Created <RelativeTime at={topic.createdAt} /> by <InstanceName id={topic.createdBy} />.{" "}
        {topic.autoExpire
          ? "It goes away by itself when nobody has been in it for a while."
          : "It stays when nobody is in it."}
      </p>
    </header>
  );
}

function DeleteTopic({ topic }: { topic: KnownTopic }) {
  const { topics, session, url } = useModels();
  const refusal = useSignal<string | undefined>(undefined);
  const remove = async () => {
    const count = topic.subscriberCount;
    refusal.value = undefined;
    if (count > 0) {
      refusal.value = `${count === 1 ? "One instance is" : `${count} instances are`} in it: only a topic that nobody is in can be deleted. Unsubscribe ${count === 1 ? "it" : "them"} first.`;
      return;
    }
    const isSure = await confirm({
      title: `Delete the topic ${topic.name}?`,
      body: "What was published on it goes with it.",
      action: "Delete",
    });
    if (!isSure) return;
    try {
      await topics.remove(topic.name);
      url.navigate("/topics", "replace");
      toast(`The topic ${topic.name} is deleted`, { tone: "good" });
    } catch (error) {
      refusal.value = wordsOf(error);
    }
  };
  return (
    <>
      <Button size="small" icon={Trash2} disabled={!session.canSend.value} onClick={() => void remove()}>
        Delete
      </Button>
      {refusal.value !== undefined && (
        <p class="field-error topic-refusal" role="alert">
          {refusal.value}
        </p>
      )}
    </>
  );
}
