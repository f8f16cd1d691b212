/** All topics and who is in them: a snapshot by REST, kept true by events. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import { TOPICS_MAX } from "../../../shared/limits.ts";
import type { Topic } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { createCatchUp } from "./catch-up.ts";

/** `subscribers` by name; `subscriberCount` is their number. */
export type KnownTopic = Topic & { subscribers: string[] };

export interface Topics {
  byName: ReadonlySignal<ReadonlyMap<string, KnownTopic>>;
  /** By name. */
  all: ReadonlySignal<readonly KnownTopic[]>;
  isLoaded: ReadonlySignal<boolean>;
  /** Reads all anew. This and all below reject with a `RestProblem`. */
  load(): Promise<void>;
  apply(events: readonly HubEvent[]): void;
  create(name: string, autoExpire?: boolean): Promise<void>;
  remove(name: string): Promise<void>;
  subscribe(name: string, instanceId: string): Promise<void>;
  unsubscribe(name: string, instanceId: string): Promise<void>;
  clear(): void;
}

export const TopicsModel = createModel((hub: Hub): Topics => {
  const byName = signal<ReadonlyMap<string, KnownTopic>>(new Map());
  const isLoaded = signal(false);
  const catchUp = createCatchUp<HubEvent>();

  const change = (edit: (topics: Map<string, KnownTopic>) => boolean) => {
    const next = new Map(byName.peek());
    if (edit(next)) byName.value = next;
  };

  async function getAll(): Promise<Topic[]> {
    const all: Topic[] = [];
    for (;;) {
      const query = { includeSubscribers: true, limit: TOPICS_MAX, after: all.at(-1)?.name };
      const page = await hub.rest.get<Topic[]>("/api/topics", { query });
      all.push(...page);
      if (page.length < TOPICS_MAX) return all;
    }
  }

  return {
    byName,
    all: computed(() => [...byName.value.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))),
    isLoaded,
    async load() {
      const { result, missed } = await catchUp.during(() => getAll());
      const next = new Map(result.map((topic) => [topic.name, withSubscribers(topic, topic.subscribers ?? [])]));
      for (const event of missed) applyTo(next, event);
      byName.value = next;
      isLoaded.value = true;
    },
    apply(events) {
      catchUp.note(events);
      change((topics) => events.reduce((isChanged, event) => applyTo(topics, event) || isChanged, false));
    },
    async create(name, autoExpire) {
      const topic = await hub.rest.post<Topic>("/api/topics", { name, autoExpire });
      change((topics) => {
        topics.set(name, withSubscribers(topic, topics.get(name)?.subscribers ?? []));
        return true;
      });
    },
    async remove(name) {
      await hub.rest.delete(path`/api/topics/${name}`);
      change((topics) => topics.delete(name));
    },
    async subscribe(name, instanceId) {
      await hub.rest.post(path`/api/topics/${name}/subscribe`, { instanceId });
      change((topics) => setSubscribed(topics, name, instanceId, true));
    },
    async unsubscribe(name, instanceId) {
      await hub.rest.post(path`/api/topics/${name}/unsubscribe`, { instanceId });
      change((topics) => setSubscribed(topics, name, instanceId, false));
    },
    clear() {
      byName.value = new Map();
      isLoaded.value = false;
    },
  };
});

function withSubscribers(topic: Topic, subscribers: readonly string[]): KnownTopic {
  return { ...topic, subscribers: [...subscribers].sort(), subscriberCount: subscribers.length };
}

/** True when it changed something. */
function setSubscribed(topics: Map<string, KnownTopic>, name: string, instanceId: string, isIn: boolean): boolean {
  const topic = topics.get(name);
  if (topic === undefined || topic.subscribers.includes(instanceId) === isIn) return false;
  const others = topic.subscribers.filter((id) => id !== instanceId);
  topics.set(name, withSubscribers(topic, isIn ? [...others, instanceId] : others));
  return true;
}

function applyTo(topics: Map<string, KnownTopic>, event: HubEvent): boolean {
  switch (event.event) {
    case "topic:created": {
      if (topics.has(event.name)) return false;
      const { name, createdBy, timestamp } = event;
      // Whether it expires by itself the event does not tell; a topic that somebody made does, by default.
      const topic = { name, createdBy, createdAt: timestamp, autoExpire: true, subscriberCount: 0 };
      topics.set(name, withSubscribers(topic, []));
      return true;
    }
    case "topic:deleted":
      return topics.delete(event.name);
    case "topic:subscribed":
      return setSubscribed(topics, event.name, event.instanceId, true);
    case "topic:unsubscribed":
      return setSubscribed(topics, event.name, event.instanceId, false);
    case "instance:removed":
      return [...topics.keys()].reduce(
        (isChanged, name) => setSubscribed(topics, name, event.instanceId, false) || isChanged,
        false,
      );
    case "instance:session_updated":
      return [...topics.values()]
        .filter(({ subscribers }) => subscribers.includes(event.oldInstanceId))
        .reduce((isChanged, { name }) => {
          setSubscribed(topics, name, event.oldInstanceId, false);
          return setSubscribed(topics, name, event.newInstanceId, true) || isChanged;
        }, false);
    default:
      return false;
  }
}
