import { expect, it } from "vitest";
import { call } from "../../test/helpers/workerd/rest.ts";

const publish = (topic: string) =>
  call(`POST /api/topics/${encodeURIComponent(topic)}/publish`, { body: { type: "task", content: "news" } });

it("[E4] takes as many publications of one key by REST as frames of one client, and says when to come again", async () => {
  await call("POST /api/topics", { body: { name: "busy/topic" } });
  await call("POST /api/topics", { body: { name: "other/topic" } });
  // All at once: on a busy machine some of the limit comes back while it goes on.
  const answers = await Promise.all(Array.from({ length: 150 }, () => publish("busy/topic")));
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.body).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  expect(await publish("other/topic")).toMatchObject({ status: 200 });
});
