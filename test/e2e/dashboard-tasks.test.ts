/** The page of tasks, on a real hub. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

async function pair() {
  const project = `t-${randomUUID().slice(0, 8)}`;
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` });
  const ben = await HubClient.connect(hub(), { instanceId: `ben@server:${project}/2` });
  const ask = async (to: string, content: string, more: object = {}) =>
    String((await ana.ask({ action: "send_message", to, type: "task", content, ...more })).messageId);
  return { project, ana, ben, ask };
}

it("[T5] lists open tasks first, and follows what happens to them", async () => {
  const { project, ben, ask } = await pair();
  const role = `role-${project}`;
  await ask(`any:${role}`, `For anyone of ${project}`);
  const { page, complaints } = await open("/tasks");
  const waiting = page
    .getByRole("table")
    .getByRole("row")
    .filter({ hasText: `For anyone of ${project}` });
  await waiting.getByText(`any ${role}`).waitFor();
  const taskId = await ask(ben.instanceId, `Build ${project}\nwith tests`, { dueInSeconds: 3_600 });
  const row = page
    .getByRole("region", { name: "Open tasks" })
    .getByRole("row")
    .filter({ hasText: `Build ${project}` });
  await row.getByText("submitted").waitFor();
  await ben.ask({ action: "update_task", taskId, state: "working", progress: 40, note: "half of it" });
  await row.getByText("working 40 %").waitFor();
  await row.getByText("half of it").waitFor();
  await expectWellMade(page);
  await ben.ask({ action: "update_task", taskId, state: "completed" });
  const ended = page
    .getByRole("region", { name: "Ended tasks" })
    .getByRole("row")
    .filter({ hasText: `Build ${project}` });
  await ended.getByText("completed").waitFor();
  expect(await row.count()).toBe(0);
  await ended.getByRole("link", { name: `Build ${project}` }).click();
  await page.waitForURL(`**/conversations?thread=${taskId}`);
  expect(complaints).toEqual([]);
});

it("[T4] cancels after a question, by keyboard, which both sides hear; members may only look", async () => {
  const { project, ana, ben, ask } = await pair();
  await ask(ben.instanceId, `Cancel ${project}`);
  const { page } = await open("/tasks", { colorScheme: "light", viewport: { width: 390, height: 844 } });
  await page.getByRole("button", { name: `Cancel Cancel ${project}` }).focus();
  await page.keyboard.press("Enter");
  await page
    .getByRole("alertdialog", { name: "Cancel this task?" })
    .getByRole("button", { name: "Cancel task" })
    .focus();
  await page.keyboard.press("Enter");
  await page.getByText("The task is canceled").waitFor();
  await ben.untilReceived(2);
  await ana.untilReceived(1);
  expect(ana.received[0]?.content).toContain("was canceled by an operator");
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  const response = await fetch(`${hub().url}/api/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: project, scope: "member" }),
  });
  const { key } = (await response.json()) as { key: string };
  await ask(ben.instanceId, `Look at ${project}`);
  const member = await open("/tasks", { key });
  await member.page.getByRole("link", { name: `Look at ${project}` }).waitFor();
  expect(await member.page.getByRole("button", { name: /^Cancel/ }).count()).toBe(0);
});

it("[L1] lists claims below the tasks, and takes one away after a question", async () => {
  const { project, ana, ben } = await pair();
  const { page, complaints } = await open("/tasks");
  await ana.ask({ action: "claim", names: [`deploy-${project}`], reason: "release 1.2" });
  await ben.ask({ action: "claim", names: [`deploy-${project}`], wait: true });
  const row = page
    .getByRole("region", { name: "Claims", exact: true })
    .getByRole("row")
    .filter({ hasText: `deploy-${project}` });
  await row.getByText("release 1.2").waitFor();
  await row.getByRole("cell", { name: "1", exact: true }).waitFor();
  await expectWellMade(page);
  await row.getByRole("button", { name: `Take away deploy-${project}` }).click();
  const dialog = page.getByRole("alertdialog", { name: `Take deploy-${project} away?` });
  await dialog.getByText("It goes to the first who waits for it").waitFor();
  await dialog.getByRole("button", { name: "Take away" }).click();
  await ana.untilReceived(1);
  expect(ana.received[0]?.content).toContain("took it from you");
  await row.getByText(`ben@server:${project}`).waitFor();
  expect(complaints).toEqual([]);
});
