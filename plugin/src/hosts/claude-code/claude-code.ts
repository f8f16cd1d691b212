/** Claude Code: an inbox socket and a channel to wake it, hooks of the plugin, a transcript. */
import type { Verdict } from "../../approvals/approvals.ts";
import type { WakeName, WakeWay } from "../../delivery/wake-way.ts";
import { CLAUDE_DIALECT } from "../hook-dialect.ts";
import type { Host, WakeContext } from "../host.ts";
import type { HostStart } from "../host-start.ts";
import { type ChannelFlag, readChannelFlag } from "./channel-flag.ts";
import { composePost, type InboxSocket, postToInbox } from "./inbox-socket.ts";
import { CLAUDE_TRANSCRIPT } from "./transcript-lines.ts";

export function claudeCode({ read, parentPid, platform }: HostStart): Host {
  const session = read("CLAUDE_CODE_SESSION_ID");
  const inbox = inboxOf(read("CLAUDE_CODE_MESSAGING_SOCKET"), read("CLAUDE_CODE_MESSAGING_TOKEN"));
  const isOneShot = read("CLAUDE_CODE_ENTRYPOINT") === "sdk-cli";
  const channelFlag = readChannelFlag(parentPid, platform);
  const post = inbox === undefined ? undefined : (content: string) => postToInbox(inbox, content);
  return {
    name: "claude-code",
    title: "Claude Code",
    session: session === undefined ? { is: "never" } : { is: "start", session },
    isOneShot,
    // Seen on 2.1.332: `claude mcp list` starts the server as if for `-p`, but without an inbox.
    isConnectedOnUse: isOneShot && read("CLAUDE_CODE_MESSAGING_SOCKET") === undefined,
    transcript: CLAUDE_TRANSCRIPT,
    hooks: { ...CLAUDE_DIALECT, verdict: toDecision },
    hasHooks: true,
    settingWords: {
      hub: "set CC2CC_HUB_URL (such as http://192.168.1.20:3100), or hub_url in /plugin",
      key: "set CC2CC_API_KEY, or api_key in /plugin",
      newKey: "Set the hub's current key as CC2CC_API_KEY or in /plugin, then restart this session",
      rejoin: "its person can type /cc2cc join",
    },
    callLimitSeconds: undefined,
    facts: { channel: channelFlag },
    wakeWays: (mode, context) => claudeWays(mode, { channelFlag, post }, context),
    sessionOfCall: () => undefined,
    remedy: () =>
      inbox === undefined
        ? "For messages that wake an idle session, update Claude Code to 2.1.224 or newer."
        : "Nothing wakes this session while it is idle: the setting crossSessionInbound may refuse or hold what peers send.",
  };
}

/** Seen on 2.1.332: the hook runs beside the dialog, the first of the two decides, and the other is not heard any more. */
function toDecision(verdict: Verdict): object {
  const decision = verdict.is === "allow" ? { behavior: "allow" } : { behavior: "deny", message: verdict.reason };
  return { hookSpecificOutput: { hookEventName: "PermissionRequest", decision } };
}

function inboxOf(path: string | undefined, token: string | undefined): InboxSocket | undefined {
  return path === undefined || token === undefined ? undefined : { path, token };
}

/** A mode that names a way takes it, also where nothing tells that it is there. */
export function claudeWays(
  mode: string,
  { channelFlag, post }: { channelFlag: ChannelFlag; post: ((content: string) => Promise<void>) | undefined },
  { writer, pushToChannel }: Pick<WakeContext, "writer" | "pushToChannel">,
): WakeWay[] {
  const ways: Record<Extract<WakeName, "inbox" | "channel">, WakeWay> = {
    inbox: {
      kind: "post",
      by: "inbox",
      compose: (offer, isFirst) => composePost(offer, writer, isFirst),
      post: post ?? (() => Promise.reject(new Error("CLAUDE_CODE_MESSAGING_SOCKET is not set"))),
    },
    channel: { kind: "push", by: "channel", push: pushToChannel },
  };
  if (mode === "inbox" || mode === "channel") return [ways[mode]];
  if (mode !== "auto") return [];
  return [...(post === undefined ? [] : [ways.inbox]), ...(channelFlag === "off" ? [] : [ways.channel])];
}
