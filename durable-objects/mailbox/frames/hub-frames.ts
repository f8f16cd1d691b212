/** Frames that the hub writes of its own accord (section 5). */
import { CONTENT_MAX_BYTES, METADATA_MAX_BYTES, WINDOW_MESSAGES } from "../../../shared/limits.ts";
import { PROTOCOL_VERSION, type WelcomeFrame } from "../../../shared/protocol.ts";
import type { Settings } from "../../env.ts";
import type { Welcome } from "../../link.ts";

/** `identityToken`: made by the hub, to be told once to a v2 client that brought none. */
export function welcomeFrame(
  { instanceId, role, topics, pending, openTasks, paused }: Welcome,
  identityToken: string | null,
  { version, rateFrames, rateWindowMs, broadcastIntervalMs }: Settings,
): WelcomeFrame {
  return {
    action: "welcome",
    protocol: PROTOCOL_VERSION,
    instanceId,
    ...(identityToken === null ? {} : { identityToken }),
    ...(role === null ? {} : { role }),
    topics,
    pending,
    ...(openTasks === 0 ? {} : { openTasks }),
    ...(paused === null ? {} : { paused }),
    hub: { version },
    limits: {
      contentBytes: CONTENT_MAX_BYTES,
      metadataBytes: METADATA_MAX_BYTES,
      frames: rateFrames,
      windowSeconds: rateWindowMs / 1_000,
      broadcastIntervalSeconds: broadcastIntervalMs / 1_000,
      unackedMessages: WINDOW_MESSAGES,
    },
  };
}

/** A frame with messages, whose bodies are JSON already. */
export function deliverFrame(bodies: readonly string[]): string {
  return `{"action":"deliver","messages":[${bodies.join(",")}]}`;
}
