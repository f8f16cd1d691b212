import { projectOf, projectTopic } from "../../shared/ids.ts";
import type { Routes } from "../route-message.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

/** C10: whether others see an instance: one that has ended with its work only while mail waits for it. */
export function isListed(instance: Instance, { store, links }: Pick<Turn, "store" | "links">): boolean {
  if (!instance.isTransient || links.isOnline(instance)) return true;
  return store.deliveries.depthOf(instance.number).count > 0;
}

/** What a turn knows of the hub, for routing. */
export function routesOf({ store, links }: Pick<Turn, "store" | "links">): Routes<Instance> {
  const { instances, topics } = store;
  return {
    holderOf: (id) => instances.holderOf(id),
    active: () => instances.active().filter((instance) => isListed(instance, { store, links })),
    isOnline: (instance) => links.isOnline(instance),
    membersOf: (name) => {
      const topic = topics.find(name);
      const members = topic && [...topic.members].flatMap((number) => instances.byNumber(number) ?? []);
      // C10: its project's topic it was in by being there; what it subscribed to itself waits for it.
      return members?.filter(
        (instance) => projectTopic(projectOf(instance.id)) !== name || isListed(instance, { store, links }),
      );
    },
    nearestTopics: (name) => topics.nearest(name),
  };
}
