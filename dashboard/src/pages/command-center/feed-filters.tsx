import { BookmarkPlus, Pause, Play, X } from "lucide";
import { Button, IconButton } from "../../components/button.tsx";
import { showOverlay } from "../../components/open-overlay.ts";
import { SearchBox } from "../../components/search-box.tsx";
import { MESSAGE_TYPES } from "../../models/message-types.ts";
import { useModels } from "../../models/models.ts";

/** What the feed shows: a search in the journal, and choices; all of it is in the address. */
export function FeedFilters() {
  const { feed, url, instances, topics } = useModels();
  const { type, instance, topic, at } = feed.filter.value;
  const status = feed.status.value;
  const ids = [...instances.byId.value.keys()];
  const names = topics.all.value.map(({ name }) => name);
  const known = {
    from: ids,
    to: ids,
    topic: names,
    role: [...instances.roles.value.keys()],
    project: [...new Set([...instances.byId.value.values()].map(({ project }) => project))],
  };
  return (
    <div class="feed-filters">
      <SearchBox
        query={url.param("q").value.trim()}
        onSearch={(q) => url.set({ q, at: null }, "replace")}
        known={known}
        {...(status.kind === "ready" && at === ""
          ? { count: feed.rows.value.length, hasMore: feed.hasOlder.value }
          : {})}
        {...(status.kind === "failed" && status.isQueryWrong ? { error: status.error } : {})}
      />
      <Choice name="type" label="Type" all="All types" value={type} choices={MESSAGE_TYPES} mark="" />
      <Choice
        name="topic"
        label="Topic"
        all="All topics"
        value={topic}
        choices={names.includes(topic) || topic === "" ? names : [topic, ...names]}
        mark="#"
      />
      {instance !== "" && (
        <Button
          size="small"
          class="feed-chip"
          icon={X}
          title={instance}
          aria-label={`Show more than ${instance}`}
          onClick={() => url.set({ instance: null, drawer: null }, "push")}
        >
          <span class="ellipsis">{instance}</span>
        </Button>
      )}
      {at !== "" && (
        <Button size="small" class="feed-chip" icon={X} onClick={() => url.set({ at: null }, "push")}>
          Around one message<span class="visually-hidden">: show the rest</span>
        </Button>
      )}
      {feed.isFiltered.value && (
        <IconButton icon={BookmarkPlus} label="Save this view" onClick={() => showOverlay("view")} />
      )}
      <IconButton
        icon={feed.isPaused.value ? Play : Pause}
        label={feed.isPaused.value ? "Go on" : "Pause the feed"}
        aria-pressed={feed.isPaused.value}
        onClick={() => feed.setPaused(!feed.isPaused.value)}
      />
    </div>
  );
}

/** One of what the address may name, or all. */
function Choice(props: {
  name: "type" | "topic";
  label: string;
  all: string;
  value: string;
  choices: readonly string[];
  mark: string;
}) {
  const { url } = useModels();
  return (
    <select
      class="input"
      aria-label={props.label}
      value={props.value}
      onChange={({ currentTarget }) => url.set({ [props.name]: currentTarget.value, at: null }, "push")}
    >
      <option value="">{props.all}</option>
      {props.choices.map((choice) => (
        <option key={choice} value={choice}>
          {props.mark}
          {choice}
        </option>
      ))}
    </select>
  );
}
