import type { Routes } from "../route-message.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

/** What a turn knows of the hub, for routing. */
export function routesOf({ store, links }: Pick<Turn, "store" | "links">): Routes<Instance> {
  const { instances, topics } = store;
  return {
    holderOf: (id) => instances.holderOf(id),
    active: () => instances.active(),
    isOnline: (instance) => links.isOnline(instance),
    membersOf: (name) => {
      const topic = topics.find(name);
      return topic && [...topic.members].flatMap((number) => instances.byNumber(number) ?? []);
    },
    nearestTopics: (name) => topics.nearest(name),
  };
}
