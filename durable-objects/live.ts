/** Messages for whoever is online now, queued for nobody: broadcasts and live publications (E3, Q9). */
import { type Env, mailboxOf } from "./env.ts";
import { errorText, log } from "./log.ts";

/** One body each for one instance. */
export interface LiveMessage {
  to: string;
  body: string;
}

/** Writes to the live sockets of the recipients, all at once. Returns those that had one. */
export async function deliverLive(env: Env, messages: readonly LiveMessage[]): Promise<Set<string>> {
  const bodiesOf = Map.groupBy(messages, (message) => message.to);
  const answers = await Promise.all(
    [...bodiesOf].map(async ([to, group]) => {
      try {
        return (await mailboxOf(env, to).writeLive(group.map((message) => message.body))) ? [to] : [];
      } catch (error) {
        // Fire and forget: one that cannot be reached counts as away.
        log("warn", "live message not written", { to, error: errorText(error) });
        return [];
      }
    }),
  );
  return new Set(answers.flat());
}
