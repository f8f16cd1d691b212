/** Which instances an address stands for (section 2). */
import type { Resolution } from "../rpc.ts";
import type { InstanceTable } from "./tables.ts";

/** A4: the id that takes mail in place of this one: itself, or its last successor; null where there is none. */
export function findRecipient(instances: InstanceTable, instanceId: string): string | null {
  const seen = new Set<string>();
  for (let id = instanceId; !seen.has(id); ) {
    const row = instances.find(id);
    if (row === undefined) return null;
    if (row.successor === null) return id;
    seen.add(id);
    id = row.successor;
  }
  return null;
}

/** A3. */
export function resolvePartial(instances: InstanceTable, address: string): Resolution {
  const rows = instances.listByPartial(address);
  const online = rows.filter((row) => row.is_online === 1);
  if (online.length > 1) return { kind: "many", instanceIds: online.map((row) => row.instance_id).sort() };
  const match = online[0] ?? rows[0];
  if (match === undefined) return { kind: "none" };
  return { kind: "one", instanceId: match.instance_id, online: match.is_online === 1 };
}
