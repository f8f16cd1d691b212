/** The webhook of the Inbox, with a real server at its other end (H1b). */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { CliUser } from "../helpers/cli.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

type News = Record<string, unknown>;

/** A server that keeps what it is told, and answers with a status that the test may change. */
async function startReceiver() {
  const receiver = { status: 200, news: [] as News[], url: "" };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    receiver.news.push({ ...(JSON.parse(Buffer.concat(pieces).toString("utf8")) as News), path: request.url });
    response.writeHead(receiver.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/secret-path`;
  return receiver;
}

async function startHubWith(url: string) {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir, env: { CC2CC_WEBHOOK_URL: url } });
  const instanceId = `ana@desk:w-${randomUUID().slice(0, 8)}/1`;
  const ana = await HubClient.connect(hub, { instanceId });
  const ask = async (question: string) =>
    String((await ana.ask({ action: "ask_human", question, options: ["yes", "no"] })).decisionId);
  const user = await CliUser.make(hub);
  return { hub, dataDir, ana, instanceId, ask, answer: (id: string) => user.run(["inbox", "answer", id, "yes"]) };
}

it("[H1b] tells that somebody asks, and how that ended", async () => {
  const receiver = await startReceiver();
  const { instanceId, ask, answer, hub } = await startHubWith(receiver.url);
  const decisionId = await ask("Deploy?");
  await expect.poll(() => receiver.news).toHaveLength(1);
  expect(receiver.news[0]).toMatchObject({
    path: "/hooks/secret-path",
    event: "decision:opened",
    decisionId,
    kind: "question",
    instanceId,
    question: "Deploy?",
    options: ["yes", "no"],
    until: expect.any(String),
    text: `${instanceId} asks: Deploy? (yes / no)`,
  });
  await answer(decisionId);
  await expect.poll(() => receiver.news).toHaveLength(2);
  expect(receiver.news[1]).toMatchObject({ event: "decision:closed", decisionId, state: "answered", answer: "yes" });
  expect(hub.output).not.toContain("secret-path");
});

it("[H1b] tries again what was not taken, over a crash of the hub, says so once, and holds nobody up", async () => {
  const receiver = await startReceiver();
  receiver.status = 503;
  const { hub, ana, ask, answer } = await startHubWith(receiver.url);
  const decisionId = await ask("Deploy?");
  await expect.poll(() => receiver.news.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  expect(hub.output.match(/the webhook was not reached/g)).toHaveLength(1);
  await hub.crash();
  receiver.status = 200;
  const before = receiver.news.length;
  await expect.poll(() => receiver.news.length, { timeout: 20_000 }).toBeGreaterThan(before);
  // By now the hub knows under which address it is reached.
  expect(receiver.news.at(-1)).toMatchObject({
    decisionId,
    link: expect.stringMatching(new RegExp(`^http://.+:${hub.port}/inbox\\?decision=${decisionId}$`)),
  });
  await answer(decisionId);
  await ana.until(() => ana.received.length > 0, "the answer");
  await expect.poll(() => receiver.news.at(-1)).toMatchObject({ event: "decision:closed" });
});
