/** L4: whoever holds `leader:<name>` leads; those who subscribed to the topic `leader/<name>` hear of each change. */
import { leaderTopic } from "../../../shared/claims.ts";
import { systemId } from "../../../shared/ids.ts";
import { compose } from "../../compose.ts";
import { publish } from "../publish.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";

/** Tells who leads now; `leader` undefined for claims that ended, where nobody may have followed. */
export function announceLeaders(
  turn: Turn,
  claims: readonly { name: string; token: number }[],
  leader?: Instance,
): void {
  for (const { name, token } of claims) {
    const topic = leaderTopic(name);
    if (topic === undefined || turn.store.topics.find(topic) === undefined) continue;
    // Who took it in the same turn was announced by that.
    if (leader === undefined && turn.store.claims.named(name).length > 0) continue;
    const what = name.slice("leader:".length);
    const content =
      leader === undefined ? `Nobody leads ${what} now.` : `${leader.id} leads ${what} now, fencing token ${token}.`;
    const author = { from: systemId("claims"), role: null };
    const draft = { type: "result" as const, content, topicName: topic };
    publish(turn, null, {
      ...compose(draft, author, `topic:${topic}`, turn.now),
      topic,
      persistent: true,
      passes: true,
    });
  }
}
