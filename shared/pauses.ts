/** Pauses (protocol H3): a session, a project or everything is held up by a person, and told so. */
import { z } from "zod";
import { isInstanceId } from "./ids.ts";
import { PAUSE_REASON_MAX_LENGTH } from "./limits.ts";
import { WellFormedText } from "./well-formed-text.ts";

/** What is paused: everything, all sessions of a project, or one session. */
export type PauseAim =
  | { kind: "all" }
  | { kind: "project"; project: string }
  | { kind: "instance"; instanceId: string };

const PROJECT = /^project:([A-Za-z0-9._-]{1,64})$/;

/** Reads a target as people write it; undefined for what is none. */
export function readPauseTarget(target: string): PauseAim | undefined {
  if (target === "all") return { kind: "all" };
  const project = PROJECT.exec(target)?.[1];
  if (project !== undefined) return { kind: "project", project };
  return isInstanceId(target) ? { kind: "instance", instanceId: target } : undefined;
}

export const PauseTarget = z
  .string()
  .max(400)
  .refine(
    (target) => readPauseTarget(target) !== undefined,
    "must be all, project:<name>, or the id of a session, user@host:project/session",
  );

export const PauseRequest = z.object({
  target: PauseTarget,
  reason: WellFormedText.min(1, "must not be empty").max(PAUSE_REASON_MAX_LENGTH).optional(),
});

export const Pause = z
  .object({
    /** `all`, `project:<name>`, or the id that the session has by now. */
    target: z.string(),
    /** Who did it: the name of the key, or `an admin`. */
    by: z.string(),
    reason: z.string().optional(),
    at: z.iso.datetime(),
  })
  .meta({ id: "Pause" });
export type Pause = z.infer<typeof Pause>;
