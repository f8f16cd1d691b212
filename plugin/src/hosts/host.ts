/**
 * What the plugin needs to know of the program that runs it: a coding agent that speaks MCP. Everything else, from the
 * hub's socket to the states of a message, is the same for all of them. One folder beside this file is one host.
 */
import type { FrameWriter } from "../delivery/frame.ts";
import type { TranscriptFormat } from "../delivery/transcript.ts";
import type { ChannelPush, WakeName, WakeWay } from "../delivery/wake-way.ts";
import type { DeliveryMode } from "../settings.ts";
import type { HookDialect } from "./hook-dialect.ts";

/** As `CC2CC_AGENT` names them; `other` is any client that nobody told us about. */
export const HOST_NAMES = ["claude-code", "codex", "opencode", "copilot", "qwen", "gemini", "cursor", "other"] as const;
export type HostName = (typeof HOST_NAMES)[number];

/** How a host tells which of its sessions this process belongs to. */
export type SessionSource =
  /** By its environment, when it starts the process. */
  | { is: "start"; session: string }
  /** It is one of the many that a process serves. */
  | { is: "one of many"; session: string }
  /** By a hook or a call, later; until then it is one of these, if any are known, and has nobody's mail. */
  | { is: "later"; candidates(): string[] }
  /** The process serves all sessions of its host; each call and each hook names its own. */
  | { is: "many" }
  /** Never: the process takes an id of its own. */
  | { is: "never" };

/** What a host program offers, read once when the process starts. */
export interface Host {
  readonly name: HostName;
  /** What people call it. */
  readonly title: string;
  readonly session: SessionSource;
  /** It ends with its answer, as `claude -p` does. */
  readonly isOneShot: boolean;
  /** It only looks at the server, or nobody can wake it: no member of the hub before it does something. */
  readonly isConnectedOnUse: boolean;
  readonly transcript: TranscriptFormat;
  readonly hooks: HookDialect;
  /** Whether it has hooks at all; without, messages come when the model asks for them. */
  readonly hasHooks: boolean;
  /** Where a person sets the hub and the key, as the end of a sentence. */
  readonly settingWords: SettingWords;
  /** A call that returns nothing for so long is given up by the host, in seconds; undefined where there is no such limit. */
  readonly callLimitSeconds: CallLimit | undefined;
  /** What `hub_status` tells of the ways besides. */
  readonly facts: Record<string, unknown>;
  /** How an idle session can be reached under this mode, in the order of preference. */
  wakeWays(mode: DeliveryMode, session: WakeContext): WakeWay[];
  /** Which session a call belongs to, as far as its `_meta` tells. */
  sessionOfCall(meta: Record<string, unknown>): string | undefined;
  /** Why nothing wakes the session, and what its person can do; `failed` has been tried. */
  remedy(failed: readonly WakeName[]): string;
}

/** Where a person sets the hub and the key, and how they come back to a hub that they left. */
export interface SettingWords {
  hub: string;
  key: string;
  newKey: string;
  rejoin: string;
}

export interface CallLimit {
  /** Where the client asks for progress, which keeps a call alive, and where it does not. */
  withProgress: number;
  silent: number;
}

/** What a way to wake needs of the session. */
export interface WakeContext {
  writer: FrameWriter;
  sessionId(): string;
  pushToChannel(push: ChannelPush): Promise<void>;
  /** Asks the part of us that runs inside the host to begin a turn with this prompt; rejects where there is none. */
  prompt(text: string): Promise<void>;
}
