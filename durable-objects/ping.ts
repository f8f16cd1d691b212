/** Whether someone is there: the same answer by socket (`ping`) and by REST. */
import { failure, type Result, success } from "../shared/errors.ts";
import type { PingAnswer } from "../shared/rest.ts";
import { readAddress } from "./route-message.ts";
import type { DirectoryRpc } from "./rpc.ts";

/** Takes a full id or a partial address (A3); who is unknown is not online. */
export async function pingAddress(
  to: string,
  directory: Pick<DirectoryRpc, "presence" | "resolvePartials">,
): Promise<Result<PingAnswer>> {
  const address = readAddress(to);
  if (!address.ok) return address;
  if (address.value.kind === "instance") {
    return success({ online: (await directory.presence(to)) === "online", instanceId: to });
  }
  if (address.value.kind !== "partial") {
    return failure("invalid_payload", "ping takes an instance id or user@host:project.");
  }
  const [resolution] = await directory.resolvePartials([to]);
  if (resolution?.kind === "one") return success({ online: resolution.online, instanceId: resolution.instanceId });
  if (resolution?.kind === "many") return success({ online: true, instanceId: to, matches: resolution.instanceIds });
  return success({ online: false, instanceId: to });
}
