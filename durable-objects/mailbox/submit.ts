/** Runs of frames on their way out of this mailbox, and the answers to them. */
import type { Author } from "../compose.ts";
import { directoryOf, type Env, exchangeOf } from "../env.ts";
import { receiptJson } from "../receipt.ts";
import { answer, type PendingFrame } from "./frame-loop.ts";
import { internalFailure } from "./internal-failure.ts";
import { type PublishFrame, publishAll } from "./publish.ts";
import { type SendFrame, sendMessages } from "./send.ts";
import type { SentMessages } from "./sent-messages.ts";

/** Sends a run of messages, and tells the sender of those that were written to a socket at once. */
export async function submitSends(
  sends: readonly PendingFrame<SendFrame>[],
  author: Author,
  sent: SentMessages,
  env: Env,
): Promise<void> {
  const outcomes = await sendMessages(
    sends.map(({ frame }) => frame),
    {
      author,
      directory: directoryOf(env),
      exchange: exchangeOf(env),
      findSent: (ids) => sent.find(ids),
      noteSent: (row) => sent.note(row),
      now: Date.now(),
    },
  ).catch((error: unknown) => sends.map(() => internalFailure(error)));
  for (const [index, { frame, connection }] of sends.entries()) {
    const outcome = outcomes[index] as (typeof outcomes)[number];
    answer(connection, frame.requestId, outcome.ok ? { ok: true, value: outcome.value.reply } : outcome);
    if (!outcome.ok || connection.version === 1) continue;
    for (const { messageId, to, at } of outcome.value.written) {
      connection.sendJson(receiptJson(messageId, "delivered", at, to));
    }
  }
}

/** Publishes a run of frames of one topic. */
export async function submitPublications(
  publications: readonly PendingFrame<PublishFrame>[],
  author: Author,
  env: Env,
): Promise<void> {
  const frames = publications.map(({ frame }) => frame) as [PublishFrame, ...PublishFrame[]];
  const results = await publishAll(frames, author, env).catch((error: unknown) => {
    const why = internalFailure(error);
    return frames.map(() => why);
  });
  for (const [index, { frame, connection }] of publications.entries()) {
    answer(connection, frame.requestId, results[index] as (typeof results)[number]);
  }
}
