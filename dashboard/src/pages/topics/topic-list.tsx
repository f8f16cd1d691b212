import { useSignal } from "@preact/signals";
import { Hash } from "lucide";
import { CountBadge, Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { fuzzySearch } from "../../components/fuzzy-search.ts";
import { LinkList } from "../../components/link-list.tsx";
import { topicHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import type { KnownTopic } from "../../models/topics.ts";

/** Fewer than these are found by looking. */
const FILTER_FROM = 8;

export function TopicList({ onCreate }: { onCreate(): void }) {
  const { topics, url } = useModels();
  const wanted = useSignal("");
  const all = topics.all.value;
  const shown = wanted.value === "" ? all : fuzzySearch(all, ({ name }) => name, wanted.value);
  if (topics.isLoaded.value && all.length === 0) {
    return (
      <EmptyState icon={Hash} title="No topics yet">
        <p>
          A topic is a channel with a name. Sessions of one project share one from the moment the first of them joins.
        </p>
        <Button onClick={onCreate}>New topic</Button>
      </EmptyState>
    );
  }
  return (
    <>
      {all.length >= FILTER_FROM && (
        <input
          class="input topic-filter"
          type="search"
          aria-label="Find a topic"
          placeholder={`Find one of ${all.length} topics`}
          value={wanted.value}
          onInput={(event) => {
            wanted.value = event.currentTarget.value;
          }}
        />
      )}
      <LinkList
        items={shown}
        keyOf={({ name }) => name}
        hrefOf={({ name }) => topicHref(name)}
        isCurrent={({ name }) => name === url.param("topic").value}
        render={renderTopic}
      />
    </>
  );
}

function renderTopic({ name, subscriberCount, autoExpire }: KnownTopic) {
  return (
    <span class="topic-row">
      <b class="ellipsis" title={name}>
        #{name}
      </b>
      {!autoExpire && <Tag title="Stays when nobody is subscribed">kept</Tag>}
      <CountBadge count={subscriberCount} label={subscriberCount === 1 ? "subscriber" : "subscribers"} />
    </span>
  );
}
