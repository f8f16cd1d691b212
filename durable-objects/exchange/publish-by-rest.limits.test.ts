import { expect, it } from "vitest";
import { call } from "../../test/helpers/workerd/rest.ts";

const publish = (topic: string) =>
  call(`POST /api/topics/${encodeURIComponent(topic)}/publish`, { body: { type: "task", content: "news" } });

it("[E4] takes as many publications of one key by REST as frames of one client, and says when to come again", async () => {
  await call("POST /api/topics", { body: { name: "busy/topic" } });
  await call("POST /api/topics", { body: { name: "other/topic" } });
  const answers = [];
  for (let n = 0; n < 70; n++) answers.push(await publish("busy/topic"));
  expect(answers.slice(0, 60).every(({ status }) => status === 200)).toBe(true);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.body).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  expect(await publish("other/topic")).toMatchObject({ status: 200 });
});
