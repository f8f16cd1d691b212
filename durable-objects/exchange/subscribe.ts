/** Who is in which topic (A5), and how topics come and go (E5). */
import { failure, type Result, success } from "../../shared/errors.ts";
import { projectOf, projectTopic } from "../../shared/ids.ts";
import { DASHBOARD_SENDER } from "../../shared/message.ts";
import { isoTime } from "../iso-time.ts";
import { keeperRefusal, type Principal } from "../principal.ts";
import { unknownTopic } from "../route-message.ts";
import type { TopicInfo } from "../rpc-types.ts";
import type { Instance } from "./store/instances.ts";
import { type Topic, toTopicInfo } from "./store/topics.ts";
import type { Turn } from "./turn.ts";

/** Returns the topic of this name, which is new or not. `autoExpire`: a new one goes when nobody is in it any more. */
export function createTopic(turn: Turn, name: string, createdBy: string, autoExpire: boolean): Topic {
  const { topics } = turn.store;
  const known = topics.find(name);
  if (known !== undefined) return known;
  turn.tell({ event: "topic:created", timestamp: isoTime(turn.now), name, createdBy });
  return topics.add(name, createdBy, autoExpire, turn.now);
}

/** The same by REST. */
export function createTopicByRest(turn: Turn, name: string, autoExpire: boolean): { topic: TopicInfo; isNew: boolean } {
  const isNew = turn.store.topics.find(name) === undefined;
  return { isNew, topic: toTopicInfo(createTopic(turn, name, DASHBOARD_SENDER, autoExpire)) };
}

/** Every session is in its project's topic, from its first connection on (A5). */
export function joinProjectTopic(turn: Turn, instance: Instance): void {
  const name = projectTopic(projectOf(instance.id));
  const topic = createTopic(turn, name, instance.id, false);
  turn.store.topics.keep(topic);
  subscribe(turn, topic, instance, true);
}

/** `isOwnWish`: the instance itself asked, so it need not be told. Subscribing again changes nothing. */
export function subscribe(turn: Turn, topic: Topic, instance: Instance, isOwnWish: boolean): void {
  if (!turn.store.topics.subscribe(topic, instance.number)) return;
  const { id: instanceId } = instance;
  turn.tell({ event: "topic:subscribed", timestamp: isoTime(turn.now), name: topic.name, instanceId });
  if (!isOwnWish) tellTopics(turn, instance);
}

export function unsubscribe(turn: Turn, topic: Topic, instance: Instance, isOwnWish: boolean): void {
  if (!turn.store.topics.unsubscribe(topic, instance.number, turn.now)) return;
  const { id: instanceId } = instance;
  turn.tell({ event: "topic:unsubscribed", timestamp: isoTime(turn.now), name: topic.name, instanceId });
  if (!isOwnWish) tellTopics(turn, instance);
}

/** Does a client's `subscribe_topic`, which creates the topic where there is none (E5). */
export function subscribeOwn(turn: Turn, instance: Instance, name: string): Result<object> {
  const isProject = projectTopic(projectOf(instance.id)) === name;
  subscribe(turn, createTopic(turn, name, instance.id, !isProject), instance, true);
  return success({ topic: name, subscribed: true });
}

/** Does a client's `unsubscribe_topic`. */
export function unsubscribeOwn(turn: Turn, instance: Instance, name: string): Result<object> {
  if (name === projectTopic(projectOf(instance.id))) {
    return failure("project_topic", `${name} is the topic of this project; it cannot be left.`);
  }
  const topic = turn.store.topics.find(name);
  if (topic === undefined) return unknownTopic(name, turn.store.topics.nearest(name));
  unsubscribe(turn, topic, instance, true);
  return success({ topic: name, unsubscribed: true });
}

/** Subscribes an instance for somebody else; a topic that does not exist is created (E5). */
export function subscribeByRest(turn: Turn, name: string, instanceId: string): Result<null> {
  const instance = turn.store.instances.find(instanceId);
  if (instance === undefined || instance.successor !== null) return noInstance(turn, instanceId);
  const isProject = projectTopic(projectOf(instanceId)) === name;
  subscribe(turn, createTopic(turn, name, instanceId, !isProject), instance, false);
  return success(null);
}

/** Unsubscribes an instance for somebody else. One that is online cannot leave the topic of its project. */
export function unsubscribeByRest(turn: Turn, name: string, instanceId: string): Result<null> {
  const topic = turn.store.topics.find(name);
  if (topic === undefined) return unknownTopic(name, turn.store.topics.nearest(name));
  const instance = turn.store.instances.find(instanceId);
  if (instance === undefined) return success(null);
  if (turn.links.isOnline(instance) && projectTopic(projectOf(instanceId)) === name) {
    return failure(
      "project_topic",
      `${name} is the topic of ${instanceId}'s project; it cannot leave while it is online.`,
    );
  }
  unsubscribe(turn, topic, instance, false);
  return success(null);
}

function noInstance(turn: Turn, instanceId: string): Result<null> {
  const successor = turn.store.instances.holderOf(instanceId);
  const hint = successor === undefined ? "" : ` It is ${successor.id} now.`;
  return failure("unknown_instance", `No instance ${instanceId} is here.${hint}`);
}

/** Does `DELETE /api/topics/:name`: what was made in the name of an instance is its keeper's to delete. */
export function removeTopicByRest(turn: Turn, name: string, by: Principal): Result<null> {
  const topic = turn.store.topics.find(name);
  if (topic === undefined) return unknownTopic(name, turn.store.topics.nearest(name));
  return keeperRefusal(by, topic.createdBy) ?? removeTopic(turn, topic);
}

/** Deletes a topic, with its history; refused while anybody is in it. */
export function removeTopic(turn: Turn, topic: Topic): Result<null> {
  const { size } = topic.members;
  if (size > 0) {
    return failure("conflict", `${topic.name} has ${size} subscribers; a topic is deleted when it has none.`, {
      details: { subscriberCount: size },
    });
  }
  turn.store.topics.remove(topic);
  turn.store.messages.trimHistory(topic.name, 0);
  turn.tell({ event: "topic:deleted", timestamp: isoTime(turn.now), name: topic.name });
  return success(null);
}

/** Lets topics go that nobody was in for long enough. */
export function expireTopics(turn: Turn): void {
  for (const topic of [...turn.store.topics.all()]) {
    const at = topicExpiresAt(topic, turn.settings.topicExpireMs);
    if (at !== null && at <= turn.now) removeTopic(turn, topic);
  }
}

/** When an empty topic goes, epoch ms; null for one that stays. */
export function topicExpiresAt({ autoExpire, emptySince }: Topic, topicExpireMs: number): number | null {
  return autoExpire && emptySince !== null ? emptySince + topicExpireMs : null;
}

/** Tells a client which topics it is in. */
export function tellTopics(turn: Turn, instance: Instance): void {
  const link = turn.links.of(instance);
  if (link !== undefined) turn.to(link).head.topics = turn.store.topics.of(instance.number).map(({ name }) => name);
}
