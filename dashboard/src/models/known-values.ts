/** What the search box can suggest: the names that this hub knows. */
import type { KnownValues } from "../components/search-terms.ts";
import type { Instances } from "./instances.ts";
import type { Topics } from "./topics.ts";

export function knownValuesOf(instances: Instances, topics: Topics): KnownValues {
  const all = [...instances.byId.value.values()];
  const ids = all.map(({ instanceId }) => instanceId);
  return {
    from: ids,
    to: ids,
    topic: topics.all.value.map(({ name }) => name),
    role: [...instances.roles.value.keys()],
    project: [...new Set(all.map(({ project }) => project))].sort(),
  };
}
