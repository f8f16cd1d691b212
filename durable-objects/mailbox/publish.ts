/** `publish_topic`: a run of frames becomes one call to their topic, and each frame gets its own answer. */
import { failure, type Result, success } from "../../shared/errors.ts";
import type { FrameOf } from "../../shared/protocol.ts";
import type { Author } from "../compose.ts";
import { directoryOf, type Env, topicOf } from "../env.ts";
import type { Published } from "../rpc.ts";

export type PublishFrame = FrameOf<"publish_topic">;

/** Publishes a run of frames of one topic, in their order. One result per frame. */
export async function publishAll(
  frames: readonly [PublishFrame, ...PublishFrame[]],
  author: Author,
  env: Env,
): Promise<Result<Published>[]> {
  const { topic } = frames[0];
  const known = await requireTopic(topic, env);
  if (!known.ok) return frames.map(() => known);
  const requests = frames.map((frame) => ({
    from: author.from,
    fromRole: author.role,
    draft: frame,
    persistent: frame.persistent,
  }));
  return (await topicOf(env, topic).publish(requests)) as Result<Published>[];
}

/** E5: asked before the topic itself, so that a mistyped name leaves nothing behind. */
export async function requireTopic(name: string, env: Env): Promise<Result<null>> {
  const { topic, nearest } = await directoryOf(env).findTopic(name);
  if (topic !== null) return success(null);
  const hint = nearest.length === 0 ? "" : ` Nearest: ${nearest.join(", ")}.`;
  return failure("unknown_topic", `There is no topic ${name}; subscribe to it to create it.${hint}`, {
    details: { nearest },
  });
}
