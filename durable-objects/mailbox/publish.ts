/** `publish_topic`: a run of frames becomes one call to each topic, and each frame gets its own answer. */
import { failure, type Result, success } from "../../shared/errors.ts";
import type { FrameOf } from "../../shared/protocol.ts";
import type { Author } from "../compose.ts";
import { directoryOf, type Env, topicOf } from "../env.ts";
import type { Published } from "../rpc.ts";

export type PublishFrame = FrameOf<"publish_topic">;

/** Publishes a run of frames, those of one topic in their order. One result per frame. */
export async function publishAll(
  frames: readonly PublishFrame[],
  author: Author,
  env: Env,
): Promise<Result<Published>[]> {
  const results = new Map<PublishFrame, Result<Published>>();
  const byTopic = Map.groupBy(frames, (frame) => frame.topic);
  await Promise.all(
    [...byTopic].map(async ([topic, group]) => {
      const answers = await publishTo(topic, group, author, env);
      for (const [index, frame] of group.entries()) results.set(frame, answers[index] as Result<Published>);
    }),
  );
  return frames.map((frame) => results.get(frame) as Result<Published>);
}

async function publishTo(
  topic: string,
  frames: readonly PublishFrame[],
  author: Author,
  env: Env,
): Promise<Result<Published>[]> {
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
