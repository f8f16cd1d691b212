/** Where a message goes: the one place that turns addresses into mailboxes, whoever asks. */
import { failure, type Result, success } from "../shared/errors.ts";
import { type Address, parseAddress } from "../shared/ids.ts";
import type { DirectoryRpc, Resolution } from "./rpc.ts";

/** What routing needs of the directory. */
export type Resolver = Pick<DirectoryRpc, "resolvePartials">;

/** Reads a `to` or says what is wrong with it. */
export function readAddress(to: string): Result<Address> {
  const address = parseAddress(to);
  if (address !== undefined) return success(address);
  return failure(
    "invalid_payload",
    `"${to.slice(0, 200)}" is no address. Use user@host:project/session, user@host:project, role:<name>, topic:<name> or broadcast.`,
  );
}

/** A3: the mailbox behind each partial address, all asked at once. */
export async function resolvePartials(addresses: string[], directory: Resolver): Promise<Map<string, Result<string>>> {
  if (addresses.length === 0) return new Map();
  const resolutions = await directory.resolvePartials(addresses);
  return new Map(addresses.map((address, index) => [address, resultOf(address, resolutions[index])]));
}

function resultOf(address: string, resolution: Resolution | undefined): Result<string> {
  if (resolution?.kind === "one") return success(resolution.instanceId);
  if (resolution?.kind === "many") {
    return failure(
      "ambiguous_address",
      `${address} matches several online instances; use one of: ${resolution.instanceIds.join(", ")}.`,
      {
        details: { matches: resolution.instanceIds },
      },
    );
  }
  return failure(
    "unknown_instance",
    `No instance matches ${address}; nothing was stored. Call list_instances for the ids that exist.`,
  );
}
