/** "Why was this not delivered?", asked at the state of a message, and what helps, in place. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

async function pair() {
  const project = `w-${randomUUID().slice(0, 8)}`;
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` });
  const mia = await HubClient.connect(hub(), { instanceId: `mia@server:${project}/2` });
  return { project, ana, mia };
}

const cardWith = (page: Page, text: string) => page.getByRole("feed").getByRole("article").filter({ hasText: text });
const why = (page: Page) => page.getByRole("region", { name: "Why it has not arrived" });

async function rest(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${hub().url}${path}`, {
    method,
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
}

it("[Q6] somebody is away: says since when, how many wait and until when; flushes, and retries what was given up", async () => {
  const { project, ana, mia } = await pair();
  await mia.goOffline();
  await ana.send(mia.instanceId, `first ${project}`);
  await ana.send(mia.instanceId, `second ${project}`);
  const { page, complaints } = await open("/");
  const card = cardWith(page, `first ${project}`);
  await card.getByRole("button", { name: "queued" }).focus();
  await page.keyboard.press("Enter");
  await why(page).getByText(`mia@server:${project} is offline for less than a minute.`).waitFor();
  await why(page).getByText("2 messages wait for it.").waitFor();
  await why(page)
    .getByText(/^Given up .+ at .+, if it has not arrived by then\.$/)
    .waitFor();
  await expectWellMade(page);
  await why(page).getByRole("button", { name: "Flush queue" }).click();
  await page.getByRole("alertdialog", { name: `Flush the queue of ${mia.instanceId}?` }).waitFor();
  await page.getByRole("button", { name: "Flush 2 messages" }).click();
  await card.getByRole("button", { name: "removed" }).click();
  await why(page)
    .getByText(/flushed/)
    .waitFor();
  await why(page).getByRole("button", { name: "Retry" }).click();
  await card.getByRole("button", { name: "queued" }).waitFor();
  await mia.goOnline();
  await mia.untilReceived(1);
  expect(mia.received.map(({ content }) => content)).toEqual([`first ${project}`]);
  await card.getByRole("button", { name: "acked" }).waitFor();
  expect(complaints).toEqual([]);
});

it("[H3] somebody is paused: says by whom and why, and resumes in place", async () => {
  const { project, ana, mia } = await pair();
  await rest("POST", "/api/pauses", { target: mia.instanceId, reason: "release day" });
  await ana.send(mia.instanceId, `held ${project}`);
  const { page } = await open("/", { viewport: { width: 390, height: 844 } });
  const card = cardWith(page, `held ${project}`);
  await card.getByRole("button", { name: "queued" }).click();
  await why(page)
    .getByText(/is paused by .*: release day/)
    .waitFor();
  expect(mia.received).toEqual([]);
  await expectWellMade(page);
  await why(page).getByRole("button", { name: "Resume" }).click();
  await mia.untilReceived(1);
  await card.getByRole("button", { name: "acked" }).waitFor();
});

it("tells who only reads the same, and offers nothing", async () => {
  const { project, ana, mia } = await pair();
  await mia.goOffline();
  await ana.send(mia.instanceId, `look ${project}`);
  const response = await fetch(`${hub().url}/api/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: project, scope: "observer" }),
  });
  const { key } = (await response.json()) as { key: string };
  const { page } = await open("/", { key });
  await cardWith(page, `look ${project}`).getByRole("button", { name: "queued" }).click();
  await why(page).getByText("Only this one waits for it.").waitFor();
  expect(await why(page).getByRole("button").count()).toBe(0);
});
