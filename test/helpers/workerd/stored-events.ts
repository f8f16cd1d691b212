/** The stream as the journal has it by now. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { journalOf } from "../../../durable-objects/env.ts";
import type { HubEvent, HubEventName, HubEventOf } from "../../../shared/events.ts";

/** Events whose name begins with `prefix` and that have `text` somewhere, the oldest first. */
export async function storedEvents<P extends string>(
  prefix: P,
  text: string,
): Promise<HubEventOf<Extract<HubEventName, `${P}${string}`>>[]> {
  const rows = await runInDurableObject(journalOf(env), (_, { storage }) =>
    storage.sql.exec<{ lines: string }>("SELECT lines FROM stream ORDER BY rowid").toArray(),
  );
  return rows
    .flatMap(({ lines }) => lines.split("\n"))
    .filter((line) => line.startsWith(`{"event":"${prefix}`) && line.includes(text))
    .map((line) => JSON.parse(line) as HubEvent as HubEventOf<Extract<HubEventName, `${P}${string}`>>);
}
