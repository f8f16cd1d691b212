/** What REST asks about topics, and changes nothing. */
import { type Result, success } from "../../shared/errors.ts";
import type { Message } from "../../shared/message.ts";
import { unknownTopic } from "../route-message.ts";
import type { TopicListing, TopicPage, TopicsRequest } from "../rpc-types.ts";
import type { Store } from "./store/store.ts";
import { type Topic, toTopicInfo } from "./store/topics.ts";

/** A page of topics, by name. */
export function listTopicPage(store: Store, { after, limit, withSubscribers }: TopicsRequest): TopicListing[] {
  const behind = [...store.topics.all()].filter(({ name }) => after === null || name > after);
  const page = behind.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit ?? undefined);
  return page.map((topic) => ({
    ...toTopicInfo(topic),
    ...(withSubscribers ? { subscribers: subscribersOf(topic, store) } : {}),
  }));
}

/** E5: who is in a topic, by name. */
export function listSubscribers(store: Store, name: string): Result<string[]> {
  const topic = store.topics.find(name);
  return topic === undefined ? unknown(store, name) : success(subscribersOf(topic, store));
}

/** Newest first; `cursor` as the last page returned it. */
export function topicHistory(store: Store, name: string, limit: number, cursor: string | null): Result<TopicPage> {
  if (store.topics.find(name) === undefined) return unknown(store, name);
  const page = store.messages.historyOf(name, cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor), limit);
  const last = page.at(-1);
  return success({
    items: page.flatMap(({ body }) => (body === null ? [] : [JSON.parse(body) as Message])),
    nextCursor: page.length < limit || last === undefined ? null : String(last.position),
  });
}

function unknown(store: Store, name: string): Result<never> {
  return unknownTopic(name, store.topics.nearest(name));
}

function subscribersOf({ members }: Topic, { instances }: Store): string[] {
  return [...members].flatMap((number) => instances.byNumber(number)?.id ?? []).sort();
}
