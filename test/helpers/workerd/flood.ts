import type { TestClient } from "./test-client.ts";

const LARGE = "x".repeat(60_000);

/** Publishes what all but fills a store of 4 MB (the limits project): 32 publications of 60 kB of each client, the first in their topic. */
export async function flood(clients: readonly TestClient[]): Promise<void> {
  const topic = `flood-${crypto.randomUUID()}`;
  await clients[0]?.ask({ action: "subscribe_topic", topic });
  const publish = { action: "publish_topic", topic, type: "result", content: LARGE } as const;
  for (const client of clients) for (let n = 0; n < 8; n++) await client.askAll(publish, publish, publish, publish);
}
