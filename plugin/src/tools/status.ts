/** What `hub_status` tells of this session. */
import type { Session } from "../session.ts";

export function describeSession(session: Session) {
  const { client, delivery, settings } = session;
  const { welcome, trouble } = client;
  const count = (is: string) => delivery.parcels.open().filter(({ state }) => state.is === is).length;
  return {
    connected: client.isReady,
    instanceId: session.instanceId,
    hub: settings.hubUrl?.origin,
    hubVersion: welcome?.hub.version,
    delivery: delivery.path,
    deliveryMode: settings.delivery,
    permissions: settings.permissions,
    muted: delivery.isMuted ? true : undefined,
    channel: delivery.wakePaths.some(({ by, state }) => by === "channel" && state.is === "proven")
      ? "proven"
      : session.channelFlag,
    failed: failedPaths(session),
    waiting: count("waiting"),
    listed: count("listed"),
    unproven: count("handed"),
    missing: trouble ?? (settings.problems.length > 0 ? settings.problems.join(" ") : undefined),
    hint: hintFor(session),
  };
}

/** Ways that were seen to drop what they were given, and why; each is tried again after a while. */
function failedPaths({ delivery }: Session): Record<string, string> | undefined {
  const failed = delivery.wakePaths.flatMap(({ by, state }) => (state.is === "resting" ? [[by, state.reason]] : []));
  return failed.length === 0 ? undefined : Object.fromEntries(failed);
}

function hintFor({ delivery, settings }: Session): string | undefined {
  if (delivery.path === "pull") return "Messages come only when you call get_messages.";
  if (delivery.path !== "hooks") return undefined;
  const remedy =
    settings.inboxSocket === undefined
      ? "For messages that wake an idle session, update Claude Code to 2.1.224 or newer."
      : "Nothing wakes this session while it is idle: the setting crossSessionInbound may refuse or hold what peers send.";
  return `Messages appear with your next prompt, tool call or stop. ${remedy}`;
}
