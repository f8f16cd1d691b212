/** Pauses and stopped exchanges in the dashboard, on a real hub. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

async function pair() {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` });
  const ben = await HubClient.connect(hub(), { instanceId: `ben@server:${project}/2` });
  return { project, ana, ben };
}

const rowOf = (page: Page, { instanceId }: HubClient) =>
  page
    .getByRole("complementary", { name: "Topics and instances" })
    .getByRole("listitem")
    .filter({ has: page.getByTitle(instanceId) });

/** Runs a command of the palette. */
async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: /^Find a command/ }).fill(name);
  await page.getByRole("option", { name }).waitFor();
  await page.keyboard.press("Enter");
}

const rest = (method: string, path: string) =>
  fetch(`${hub().url}${path}`, { method, headers: { authorization: `Bearer ${hub().key}` } });

it("[H3] pauses a session in its drawer with a reason, shows it, and resumes it", async () => {
  const { ana, ben } = await pair();
  const { page, complaints } = await open(`/?instance=${encodeURIComponent(ben.instanceId)}&drawer=open`);
  const drawer = page.getByRole("complementary", { name: "ben" });
  await drawer.getByRole("button", { name: "Pause" }).click();
  const dialog = page.getByRole("dialog", { name: `Pause ${ben.instanceId}` });
  await dialog.getByLabel("Reason").fill("wait for review");
  await expectWellMade(page);
  await page.keyboard.press("Enter");
  await drawer.getByText("wait for review").waitFor();
  await rowOf(page, ben).getByText("paused").waitFor();
  const sent = await ana.ask({ action: "send_message", type: "question", to: ben.instanceId, content: "hello" });
  expect(sent).toMatchObject({ queued: true, warning: expect.stringContaining("wait for review") });
  await expectWellMade(page);
  await drawer.getByRole("button", { name: "Resume" }).click();
  await ben.untilReceived(1);
  await drawer.getByRole("button", { name: "Pause" }).waitFor();
  expect(complaints).toEqual([]);
});

it("[H3] pauses everything in the palette, says so on every page, and a person is heard meanwhile", async () => {
  const { ana, ben } = await pair();
  const { page, complaints } = await open("/tasks");
  await page.getByRole("heading", { name: "Work" }).waitFor();
  onTestFinished(async () => void (await rest("DELETE", "/api/pauses?target=all")));
  await command(page, "Pause everything");
  await page
    .getByRole("dialog", { name: "Pause everything" })
    .getByRole("button", { name: "Pause", exact: true })
    .click();
  await page.getByRole("region", { name: "Pause" }).getByText("Everything is paused").waitFor();
  await expectWellMade(page);
  const refused = await ana.ask({ action: "send_message", type: "question", to: ben.instanceId, content: "x" });
  expect(refused).toMatchObject({ code: "paused" });
  const other = await open(`/?to=${encodeURIComponent(ben.instanceId)}`, { colorScheme: "light" });
  const field = other.page.getByLabel("Message", { exact: true });
  await field.fill("Stop what you do");
  await other.page.keyboard.press("Enter");
  await ben.untilReceived(1);
  expect(ben.received[0]?.content).toBe("Stop what you do");
  await other.page.getByRole("button", { name: "Resume everything" }).click();
  await page.getByRole("region", { name: "Pause" }).getByText("Everything is paused").waitFor({ state: "hidden" });
  expect(await ana.ask({ action: "send_message", type: "question", to: ben.instanceId, content: "x" })).toMatchObject({
    queued: false,
  });
  expect([...complaints, ...other.complaints]).toEqual([]);
});

it("[H3] pauses a project in the palette, which holds who comes to it later", async () => {
  const { project, ana } = await pair();
  const { page } = await open("/");
  await rowOf(page, ana).waitFor();
  await command(page, `Pause project ${project}`);
  await page
    .getByRole("dialog", { name: `Pause the project ${project}` })
    .getByRole("button", { name: "Pause", exact: true })
    .click();
  await rowOf(page, ana).getByText("paused").waitFor();
  const late = await HubClient.connect(hub(), { instanceId: `cy@desk:${project}/3` });
  await rowOf(page, late).getByText("paused").waitFor();
  await command(page, `Resume project ${project}`);
  await rowOf(page, late).getByText("paused").waitFor({ state: "detached" });
  expect(await late.ask({ action: "send_message", type: "ack", to: ana.instanceId, content: "x" })).toMatchObject({
    queued: false,
  });
});

it("[G1] two sessions thank each other until they are stopped, and one click lets them go on", async () => {
  const { ana, ben, project } = await pair();
  const { page, complaints } = await open("/inbox", { viewport: { width: 390, height: 844 } });
  const thank = (from: HubClient, to: HubClient) =>
    from.ask({ action: "send_message", type: "result", to: to.instanceId, content: "Thank you!" });
  let refused: object | null = null;
  for (let n = 0; refused === null && n < 100; n++) {
    const reply = n % 2 === 0 ? await thank(ana, ben) : await thank(ben, ana);
    if (reply !== null && "code" in reply) refused = reply;
  }
  expect(refused).toMatchObject({ code: "loop_guard" });
  const row = page.getByRole("region", { name: "Stopped" }).getByRole("listitem").filter({ hasText: project });
  await row.getByText("The word changed hands 30 times without a person").waitFor();
  await expectWellMade(page);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  await row.getByRole("button", { name: "Let it go on" }).click();
  await row.waitFor({ state: "detached" });
  expect(await thank(ana, ben)).toMatchObject({ queued: false });
  await ben.until(() => ben.received.some(({ content }) => content.startsWith("A person lets you")), "the word");
  expect(await (await rest("GET", "/api/loops")).json()).toEqual([]);
  expect(complaints).toEqual([]);
});
