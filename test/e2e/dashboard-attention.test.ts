/** What calls a person from anywhere in the dashboard, and how they want it to look. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({
  CC2CC_RATE_FRAMES: "0",
  CC2CC_BROADCAST_INTERVAL_SECONDS: "0",
  CC2CC_LOOP_MESSAGES: "12",
});

const startPeer = (user: string) =>
  HubClient.connect(hub(), { instanceId: `${user}@desk:p-${randomUUID().slice(0, 8)}/1` });
const untilLive = (page: Page) => page.getByText("Live", { exact: true }).waitFor();
const navigation = (page: Page) => page.getByRole("navigation", { name: "Pages" });
const iconOf = (page: Page) => page.locator("link[rel=icon]").getAttribute("href");

it("counts messages to this tab in the navigation, the title and the tab's icon, until they are seen", async () => {
  const peer = await startPeer("ana");
  const { page, complaints } = await open("/");
  await untilLive(page);
  const own = String(await page.getByRole("button").filter({ hasText: "this tab" }).getAttribute("title"));
  await navigation(page).getByRole("link", { name: "Topics" }).click();
  expect(await iconOf(page)).not.toContain("data:");
  await peer.send(own, "for you");
  await peer.send(own, "and more");
  await navigation(page).getByRole("link", { name: "Command Center 2 new to this tab" }).waitFor();
  await expect.poll(() => page.title()).toBe("(2) Topics · cc2cc");
  await expect.poll(() => iconOf(page)).toContain("data:image/svg+xml");
  await expectWellMade(page);
  await navigation(page)
    .getByRole("link", { name: /Command Center/ })
    .click();
  await page.getByRole("article").filter({ hasText: "and more" }).waitFor();
  expect(await navigation(page).getByText("new to this tab").count()).toBe(0);
  await expect.poll(() => iconOf(page)).not.toContain("data:");
  expect(complaints).toEqual([]);
});

it("counts what was given up, and exchanges that the hub stopped", async () => {
  const [ana, ben] = [await startPeer("ana"), await startPeer("ben")];
  const { page } = await open("/topics");
  await untilLive(page);
  for (let turn = 0; turn < 14; turn++) {
    const [from, to] = turn % 2 === 0 ? [ana, ben] : [ben, ana];
    await from.ask({ action: "send_message", to: to.instanceId, type: "result", content: `turn ${turn}` });
  }
  await navigation(page).getByRole("link", { name: "Inbox 1 open" }).waitFor();
  const carl = await startPeer("carl");
  await carl.goOffline();
  await ana.send(carl.instanceId, "in vain");
  const headers = { authorization: `Bearer ${hub().key}` };
  await fetch(`${hub().url}/api/queue/${encodeURIComponent(carl.instanceId)}`, { method: "DELETE", headers });
  await navigation(page).getByRole("link", { name: "Dead letters 1 given up" }).waitFor();
  await navigation(page).getByRole("link", { name: "Command Center" }).click();
  const rowOf = (peer: HubClient) => page.locator(".sidebar-row").filter({ hasText: peer.instanceId.split("@")[0] });
  await rowOf(ana).getByText("stopped").waitFor();
  expect(await rowOf(carl).getByText("stopped").count()).toBe(0);
  await navigation(page).getByRole("link", { name: "Inbox 1 open" }).click();
  await page.getByRole("button", { name: /Let it go on/ }).click();
  await navigation(page).getByText("open").waitFor({ state: "detached" });
});

it("has one place of settings, by mouse and by palette; what was chosen there stays", async () => {
  const { page, complaints } = await open("/topics");
  await untilLive(page);
  await page.getByRole("button", { name: /^Session:/ }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByLabel("compact").check();
  await dialog.getByLabel("Play a sound").check();
  await expectWellMade(page);
  await page.keyboard.press("Escape");
  await page.reload();
  await untilLive(page);
  expect(await page.locator("html").getAttribute("data-density")).toBe("compact");
  await page.goto(hub().url);
  await page.getByRole("feed").waitFor();
  await expectWellMade(page);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Find a command/ }).fill("density roomy");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("html").getAttribute("data-density")).toBe(null);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Find a command/ }).fill("settings");
  await page.keyboard.press("Enter");
  expect(await dialog.getByLabel("Play a sound").isChecked()).toBe(true);
  await dialog.getByLabel("Play a sound").uncheck();
  expect(complaints).toEqual([]);
});
