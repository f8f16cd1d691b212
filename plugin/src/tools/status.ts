/** What `hub_status` tells of this session. */
import { pausedNote } from "../../../shared/paused-note.ts";
import { restNote, wakesNote } from "../delivery/wake-words.ts";
import type { Session } from "../session.ts";

export function describeSession(session: Session) {
  const { client, delivery, settings } = session;
  const { welcome, trouble } = client;
  const count = (is: string) => delivery.parcels.open().filter(({ state }) => state.is === is).length;
  return {
    client: session.host.title,
    connected: client.isReady,
    instanceId: session.instanceId,
    hub: settings.hubUrl?.origin,
    hubVersion: welcome?.hub.version,
    delivery: delivery.path,
    deliveryMode: settings.delivery,
    permissions: settings.permissions,
    ...approvalsOf(session),
    paused: client.paused,
    muted: delivery.isMuted ? true : undefined,
    ...session.host.facts,
    ...provenChannel(session),
    failed: failedPaths(session),
    waiting: count("waiting"),
    listed: count("listed"),
    unproven: count("handed"),
    openTasks: client.openTasks === 0 ? undefined : client.openTasks,
    missing: trouble ?? (settings.problems.length > 0 ? settings.problems.join(" ") : undefined),
    hint: hintFor(session),
  };
}

/** H2: only where somebody asked for it. */
function approvalsOf({ settings, host }: Session): Record<string, string> {
  if (settings.approvals === "off") return {};
  return { approvals: host.hooks.verdict === undefined ? `not possible with ${host.title}` : "on" };
}

/** Ways that were seen to drop what they were given, and why; each is tried again after a while. */
function failedPaths({ delivery }: Session): Record<string, string> | undefined {
  const failed = delivery.wakePaths.flatMap(({ by, state }) => (state.is === "resting" ? [[by, state.reason]] : []));
  return failed.length === 0 ? undefined : Object.fromEntries(failed);
}

/** Better than what the client's command line told. */
function provenChannel({ delivery }: Session): Record<string, unknown> {
  const isProven = delivery.wakePaths.some(({ by, state }) => by === "channel" && state.is === "proven");
  return isProven ? { channel: "proven" } : {};
}

function hintFor({ delivery, host, client, settings }: Session): string | undefined {
  if (client.paused !== undefined) return pausedNote(client.paused);
  if (delivery.restsUntil !== undefined) return `${wakesNote(settings.wakes)} ${restNote(delivery.restsUntil)}`;
  if (delivery.path === "pull") return "Messages come only when you call get_messages.";
  if (delivery.path !== "hooks") return undefined;
  const failed = delivery.wakePaths.flatMap(({ by, state }) => (state.is === "resting" ? [by] : []));
  if (!host.hasHooks) return `Messages come only when you call get_messages. ${host.remedy(failed)}`;
  const when = host.hooks.continuesAtStop ? "prompt, tool call or stop" : "prompt or tool call";
  return `Messages appear with your next ${when}. ${host.remedy(failed)}`;
}
