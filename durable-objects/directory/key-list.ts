/** All keys as `GET /api/keys` tells them: what they may do, and who uses them now. */
import type { KeyInfo } from "../../shared/keys.ts";
import { KEY_INSTANCES_MAX } from "../../shared/limits.ts";
import type { Principal } from "../principal.ts";
import type { KeyRow, KeyTable } from "./keys.ts";

const SETTING = "CC2CC_HUB_API_KEY";

/** Who uses keys now: the instances that are online with each, and how many event streams are open with it. */
export interface KeyUse {
  instances: ReadonlyMap<string, string[]>;
  streams: ReadonlyMap<string, number>;
}

export function listKeys(
  admins: readonly Principal[],
  keys: KeyTable,
  { instances: online, streams }: KeyUse,
): KeyInfo[] {
  const usedAt = keys.listAdminUses();
  const useOf = (keyId: string) => {
    const instances = online.get(keyId) ?? [];
    const connections = instances.length + (streams.get(keyId) ?? 0);
    return { connections, instances: instances.slice(0, KEY_INSTANCES_MAX) };
  };
  const environment = admins.map(
    ({ keyId, scope }, index): KeyInfo => ({
      id: keyId,
      name: admins.length === 1 ? SETTING : `${SETTING}, ${index + 1} of ${admins.length}`,
      scope,
      origin: "environment",
      ...lastUse(usedAt.get(keyId)),
      ...useOf(keyId),
    }),
  );
  return [...environment, ...keys.list().map((row) => ({ ...toMintedInfo(row), ...useOf(row.id) }))];
}

/** A key that was just made: nobody uses it. */
export function toNewKey(row: KeyRow, key: string): KeyInfo & { key: string } {
  return { ...toMintedInfo(row), connections: 0, instances: [], key };
}

function toMintedInfo(row: KeyRow): Omit<KeyInfo, "connections" | "instances"> {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope,
    ...(row.pattern === null ? {} : { pattern: row.pattern }),
    origin: "minted",
    ...(row.minted_by === null ? {} : { mintedBy: row.minted_by }),
    createdAt: new Date(row.created_at).toISOString(),
    ...lastUse(row.last_used_at),
  };
}

function lastUse(at: number | null | undefined): { lastUsedAt?: string } {
  return at == null ? {} : { lastUsedAt: new Date(at).toISOString() };
}
