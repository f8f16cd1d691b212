/** The page of schedules, on a real hub. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Schedule } from "../../shared/schedules.ts";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${hub().url}${path}`, {
    method,
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

async function target() {
  const project = `s-${randomUUID().slice(0, 8)}`;
  return { project, ben: await HubClient.connect(hub(), { instanceId: `ben@server:${project}/2` }) };
}

it("[SC2] [SC3] makes one by keyboard and mouse, with its next times while one types, and shows it", async () => {
  const { project, ben } = await target();
  const { page, complaints } = await open("/schedules");
  await page.getByText("Nothing is scheduled yet").waitFor();
  await expectWellMade(page);
  await page.getByRole("button", { name: "New schedule" }).click();
  const dialog = page.getByRole("dialog", { name: "New schedule" });
  await page.keyboard.type(`backups of ${project}`);
  await dialog.getByLabel("When", { exact: true }).fill("0 9 * *");
  await dialog.getByText("Write cron with five fields").waitFor();
  await dialog.getByLabel("When", { exact: true }).fill("0 9 * * MON-FRI");
  await dialog.getByLabel("Time zone").fill("Europe/Berlin");
  await dialog.getByText("At 09:00, Monday through Friday").waitFor();
  const times = dialog.getByRole("list", { name: "Next times" }).getByRole("listitem");
  await expect.poll(() => times.count()).toBe(5);
  for (const text of await times.allTextContents()) expect(text).toMatch(/^(Mon|Tue|Wed|Thu|Fri), .*09:00$/);
  await dialog.getByLabel("To", { exact: true }).fill(ben.instanceId);
  await dialog.getByLabel("Message").fill("Check the backups");
  await dialog.getByText("More").click();
  await dialog.getByLabel("While a task of it is open").selectOption("skip");
  await dialog.getByLabel("How often at most").fill("5");
  await expectWellMade(page);
  await dialog.getByRole("button", { name: "Make schedule" }).click();
  const row = page.getByRole("row").filter({ hasText: project });
  await row.getByText("0 9 * * MON-FRI").waitFor();
  await row.getByText(/09:00/).waitFor();
  const { items } = await ask<{ items: Schedule[] }>("GET", "/api/schedules");
  expect(items[0]).toMatchObject({
    name: `backups of ${project}`,
    target: ben.instanceId,
    timeZone: "Europe/Berlin",
    overlap: "skip",
    maxFireCount: 5,
    createdBy: "dashboard",
  });
  await expectWellMade(page);
  await ask("DELETE", `/api/schedules/${items[0]?.scheduleId}`);
  expect(complaints).toEqual([]);
});

it("[SC5] sends one now, shows what became of it, pauses, changes and deletes it", async () => {
  const { project, ben } = await target();
  const request = {
    name: project,
    expression: "every 2h",
    target: ben.instanceId,
    messageType: "task",
    content: "Look",
  };
  const { scheduleId } = await ask<Schedule>("POST", "/api/schedules", request);
  const { page, complaints } = await open("/schedules");
  const row = page.getByRole("row").filter({ hasText: ben.instanceId });
  const act = async (name: string) => {
    await row.getByRole("button", { name: `What to do with ${project}` }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  await act("Send now");
  await page.getByText(`${project} was sent`).waitFor();
  await ben.untilReceived(1);
  await row.getByText("sent", { exact: true }).waitFor();
  await row.getByRole("link", { name: project, exact: true }).click();
  const drawer = page.getByRole("complementary", { name: project });
  await drawer.getByText("(by hand)").waitFor();
  expect(await drawer.getByRole("link", { name: "What became of it" }).getAttribute("href")).toBe(
    `/conversations?thread=${ben.received[0]?.messageId}`,
  );
  await expectWellMade(page);
  await page.keyboard.press("Escape");
  await act("Pause");
  await row.getByText("paused", { exact: true }).waitFor();
  await act("Resume");
  await expect.poll(() => row.getByText("paused", { exact: true }).count()).toBe(0);
  await act("Change");
  const dialog = page.getByRole("dialog", { name: "Change schedule" });
  await dialog.getByText("Every 2 hours").waitFor();
  await dialog.getByLabel("When", { exact: true }).fill("every 90m");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row.getByText("every 90m").waitFor();
  await act("Delete");
  await page
    .getByRole("alertdialog", { name: `Delete ${project}?` })
    .getByRole("button", { name: "Delete" })
    .click();
  await expect.poll(() => row.count()).toBe(0);
  expect(await ask("GET", `/api/schedules/${scheduleId}`)).toMatchObject({ code: "not_found" });
  expect(complaints).toEqual([]);
});

it("[SC3] observers look only, on a phone too", async () => {
  const { project, ben } = await target();
  await ask("POST", "/api/schedules", {
    name: project,
    expression: "@daily",
    target: ben.instanceId,
    messageType: "ping",
    content: "x",
  });
  const { key } = await ask<{ key: string }>("POST", "/api/keys", { name: project, scope: "observer" });
  const { page } = await open("/schedules", { key, viewport: { width: 390, height: 844 }, colorScheme: "light" });
  await page.getByRole("link", { name: project, exact: true }).waitFor();
  expect(await page.getByRole("button", { name: /New schedule|What to do/ }).count()).toBe(0);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
});

it("[SC3] shows in a session's drawer what it made and what sends to it or its role, with the next time in words", async () => {
  const { project, ben } = await target();
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` });
  const role = `ops-${project}`;
  await ana.ask({ action: "set_role", role });
  const usual = { messageType: "task" as const, content: "Look" };
  const { schedule } = (await ana.ask({
    action: "create_schedule",
    ...usual,
    name: `hers ${project}`,
    expression: "every 2h",
    target: ben.instanceId,
  })) as unknown as { schedule: Schedule };
  const any = { ...usual, name: `theirs ${project}`, expression: "every 1h", target: `any:${role}` };
  const { scheduleId: theirs } = await ask<Schedule>("POST", "/api/schedules", any);
  const { page, complaints } = await open(`/?instance=${encodeURIComponent(ana.instanceId)}&drawer=open`);
  const list = page.getByRole("complementary", { name: /ana/ }).getByRole("region", { name: "Schedules" });
  await list
    .getByText(/in (59 minutes|1 hour)$/)
    .first()
    .waitFor();
  expect(await list.getByRole("listitem").allTextContents()).toEqual([
    expect.stringContaining(`theirs ${project}`),
    expect.stringContaining(`hers ${project}`),
  ]);
  await list.getByText(`Made by dashboard: a task to any:${role}`).waitFor();
  await list.getByText(`It made this: a task to ${ben.instanceId}`).waitFor();
  await expectWellMade(page);
  await ask("PATCH", `/api/schedules/${theirs}`, { enabled: false });
  await list.getByText("paused", { exact: true }).waitFor();
  await list.getByRole("link", { name: `hers ${project}` }).click();
  await page.waitForURL(`**/schedules?schedule=${schedule.scheduleId}`);
  const drawer = page.getByRole("complementary", { name: `hers ${project}` });
  await drawer.getByText("None yet.").waitFor();
  await page.reload();
  await drawer.getByText("None yet.").waitFor();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  // Ben has one that sends to him, and with it the list goes.
  await page.goto(`${hub().url}/?instance=${encodeURIComponent(ben.instanceId)}&drawer=open`);
  await list.waitFor({ state: "detached" });
  const his = page.getByRole("complementary", { name: /ben/ }).getByRole("region", { name: "Schedules" });
  await his.getByText(`Made by ${ana.instanceId}: a task to it`).waitFor();
  await ana.ask({ action: "delete_schedule", scheduleId: schedule.scheduleId });
  await his.waitFor({ state: "detached" });
  await ask("DELETE", `/api/schedules/${theirs}`);
  expect(complaints).toEqual([]);
});
