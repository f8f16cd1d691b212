/** What tools ask of history and of others' queues: what the plugin asks by REST. */
import type { Failure } from "../../shared/errors.ts";
import type { AudienceQuestions } from "../../shared/replies/sent-messages.ts";
import type { Found, ToolHistory } from "../../shared/tools/tool-session.ts";
import { type Env, exchangeOf, journalOf } from "../env.ts";
import { fanOutId } from "../fan-out-id.ts";

export function historyOf(env: Env): ToolHistory {
  return {
    searchMessages: async (query, limit) => found(await journalOf(env).search(query, limit, null)),
    topicMessages: async (topic, limit) => found(await exchangeOf(env).topicHistory(topic, limit, null)),
    async copiesOf(messageId) {
      const message = await journalOf(env).message(messageId);
      if (message?.recipients === undefined) return undefined;
      const instances = await exchangeOf(env).listInstances();
      const ids = instances.map(({ instanceId }) => instanceId);
      const copies = await journalOf(env).copies(messageId, ids);
      return copies === null ? undefined : { ...copies };
    },
  };
}

/** Whether the hub knows a message is asked by the session itself: only its parties are told. */
export function askAboutAudience(env: Env): Omit<AudienceQuestions, "isKnown"> {
  return {
    copyIdOf: fanOutId,
    find: async (messageId) => (await journalOf(env).message(messageId)) ?? undefined,
    async currentId(instanceId) {
      const page = await exchangeOf(env).peekQueue(instanceId, 1, null);
      return page.ok ? page.value.instanceId : undefined;
    },
    async subscribersOf(topic) {
      const subscribers = await exchangeOf(env).subscribers(topic);
      return subscribers.ok ? subscribers.value : [];
    },
    ownerOf: async (taskId) => (await exchangeOf(env).task(taskId))?.owner,
  };
}

/** The types of RPC lose a result's failures, because their details may hold anything. */
function found<T>(result: { ok: true; value: T }): Found<T> {
  return result as { ok: true; value: T } | Failure;
}
