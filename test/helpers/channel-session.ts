/** A session whose plugin pushes by channel, and someone to see it from outside. */
import { randomUUID } from "node:crypto";
import { HubClient } from "./hub-client.ts";
import type { PluginOptions } from "./plugin.ts";
import { makeTempDir } from "./temp-dir.ts";
import type { HubAddress } from "./test-socket.ts";

/** Options of a session in a project of its own. */
export function channelSession(
  hub: HubAddress,
  more: Partial<PluginOptions> = {},
): PluginOptions & { project: string } {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const env = { CC2CC_DELIVERY: "channel" };
  return { hub, dataDir: makeTempDir(), session: randomUUID(), project, env, ...more };
}

/** A peer in the same project. */
export function connectPeer(hub: HubAddress, project: string): Promise<HubClient> {
  return HubClient.connect(hub, { instanceId: `bob@server:${project}/peer` });
}

/** `online`, `offline`, or undefined for one that is not listed. */
export async function statusOf(peer: HubClient, instanceId: string): Promise<unknown> {
  const { instances } = await peer.ask({ action: "list_instances" });
  return (instances as { instanceId: string; status: string }[]).find((info) => info.instanceId === instanceId)?.status;
}
