/** The page of work, on a real hub: what is open and who owes it, who waits for whom, claims. */
import { randomUUID } from "node:crypto";
import type { Locator, Page } from "playwright-core";
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

/** A member's key, which decides nothing. */
async function keyOf(name: string): Promise<string> {
  const response = await fetch(`${hub().url}/api/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    body: JSON.stringify({ name, scope: "member" }),
  });
  return ((await response.json()) as { key: string }).key;
}

/** Drags a card to what appears once it is on its way. */
async function dragTo(page: Page, card: Locator, target: string): Promise<void> {
  await card.hover({ position: { x: 100, y: 60 } });
  await page.mouse.down();
  await page.mouse.move(300, 300, { steps: 5 });
  await page.getByText(target).hover();
  await page.getByText(target).hover();
  await page.mouse.up();
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
  await row.getByRole("cell", { name: /soon/ }).waitFor();
  await expectWellMade(page);
  await ben.ask({ action: "update_task", taskId, state: "completed" });
  const ended = page
    .getByRole("region", { name: "Ended tasks" })
    .getByRole("row")
    .filter({ hasText: `Build ${project}` });
  await ended.getByText("completed").waitFor();
  expect(await row.count()).toBe(0);
  await ended.getByRole("link", { name: `Build ${project}` }).click();
  const panel = page.getByRole("complementary", { name: `Build ${project}` });
  await panel.getByRole("region", { name: "Its course" }).getByText("half of it").waitFor();
  await panel.getByRole("article", { name: `task from ana@desk:${project}/1` }).waitFor();
  await expectWellMade(page);
  await panel.getByRole("link", { name: "Conversation" }).click();
  await page.waitForURL(`**/conversations?thread=${taskId}`);
  expect(complaints).toEqual([]);
});

it("[T4] cancels after a question, by keyboard, which both sides hear; members may only look", async () => {
  const { project, ana, ben, ask } = await pair();
  await ask(ben.instanceId, `Cancel ${project}`);
  const { page } = await open("/tasks", { colorScheme: "light", viewport: { width: 390, height: 844 } });
  await page.getByRole("button", { name: `What to do with Cancel ${project}` }).focus();
  await page.keyboard.press("Enter");
  await page.locator("[role=menuitem]:focus").waitFor();
  await page.keyboard.press("End");
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
  await ask(ben.instanceId, `Look at ${project}`);
  const member = await open("/tasks", { key: await keyOf(project) });
  await member.page.getByRole("button", { name: `What to do with Look at ${project}` }).click();
  const menu = member.page.getByRole("menu");
  await menu.getByRole("menuitem", { name: "Conversation" }).waitFor();
  expect(await menu.getByRole("menuitem").allTextContents()).toEqual(["Details", "Conversation"]);
  expect(await member.page.getByRole("checkbox").count()).toBe(0);
});

it("shows which tasks are open and who owes them, by filters in the address, and cancels several at once", async () => {
  const { project, ana, ben, ask } = await pair();
  const cy = await HubClient.connect(hub(), { instanceId: `cy@server:${project}/3` });
  await ask(ben.instanceId, `First ${project}`);
  await ask(ben.instanceId, `Second ${project}`);
  await ask(cy.instanceId, `Third ${project}`);
  const { page, complaints } = await open(`/tasks?project=${project}`);
  const titles = page.getByRole("region", { name: "Open tasks" }).getByRole("rowheader");
  await expect
    .poll(() => titles.allTextContents())
    .toEqual([`First ${project}`, `Second ${project}`, `Third ${project}`]);
  const header = (name: string) => page.getByRole("columnheader", { name });
  expect(await header("Asked").last().getAttribute("aria-sort")).toBe("ascending");
  await header("Due").getByRole("button").click();
  await expect.poll(() => header("Due").getAttribute("aria-sort")).toBe("ascending");
  expect(new URL(page.url()).searchParams.get("sort")).toBe("due");
  await page.getByRole("combobox", { name: "Owner" }).click();
  await page.keyboard.type("ben");
  await page.keyboard.press("Enter");
  await expect.poll(() => titles.allTextContents()).toEqual([`First ${project}`, `Second ${project}`]);
  expect(new URL(page.url()).searchParams.get("owner")).toBe(ben.instanceId);
  await page.getByRole("checkbox", { name: "Select all that are shown" }).check();
  await page.getByRole("button", { name: "Cancel 2 selected tasks" }).click();
  await page
    .getByRole("alertdialog", { name: "Cancel 2 tasks?" })
    .getByRole("button", { name: "Cancel 2 tasks" })
    .click();
  await page.getByText("2 tasks are canceled").waitFor();
  await page.getByText("No open task is like that.").waitFor();
  await page.getByRole("button", { name: "No filters" }).click();
  await ana.untilReceived(2);
  await ben.untilReceived(4);
  expect(cy.received.map(({ content }) => content)).toEqual([`Third ${project}`]);
  expect(complaints).toEqual([]);
});

it("[T6] gives a task of a dead session to another, from the board by keyboard; dragging asks the same, and cancels", async () => {
  const { project, ana, ben, ask } = await pair();
  const cy = await HubClient.connect(hub(), { instanceId: `cy@server:${project}/3` });
  const taskId = await ask(ben.instanceId, `Rescue ${project}`);
  await ben.ask({ action: "update_task", taskId, state: "working", progress: 30 });
  await ben.goOffline();
  const { page, complaints } = await open(`/tasks?view=board&project=${project}`);
  const column = (name: string) => page.getByRole("region", { name, exact: true });
  await column("working").getByText("30 %").waitFor();
  await expectWellMade(page);
  await page.getByRole("button", { name: `What to do with Rescue ${project}` }).focus();
  await page.keyboard.press("Enter");
  await page.locator("[role=menuitem]:focus").waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Give this task to another" });
  await dialog.getByRole("combobox", { name: "Who has it from now on" }).focus();
  await page.keyboard.type(`cy@server:${project}`);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("ben is gone");
  await expectWellMade(page);
  await page.keyboard.press("Enter");
  await page.getByText(`${cy.instanceId} has it now`).waitFor();
  await cy.untilReceived(1);
  expect(cy.received[0]).toMatchObject({ messageId: taskId, content: `Rescue ${project}` });
  await ana.untilReceived(1);
  expect(ana.received[0]?.content).toContain("an operator gave it to them: “ben is gone”");
  const card = column("submitted")
    .getByRole("article")
    .filter({ hasText: `Rescue ${project}` });
  await card.getByText(`@server:${project}`).waitFor();
  await dragTo(page, card, "Drop here to give it to another");
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await dragTo(page, card, "Drop here to cancel it");
  await page
    .getByRole("alertdialog", { name: "Cancel this task?" })
    .getByRole("button", { name: "Cancel task" })
    .click();
  await column("ended today").getByText(`Rescue ${project}`).waitFor();
  await expectWellMade(page);
  await page.getByRole("button", { name: "24h: Last 24 hours" }).click();
  await column("ended in the last 24 hours").getByText(`Rescue ${project}`).waitFor();
  expect(new URL(page.url()).searchParams.get("span")).toBe("24h");
  await ask(cy.instanceId, `Stay ${project}`);
  await page.getByRole("button", { name: "Another time" }).click();
  await page.getByRole("button", { name: "Yesterday" }).click();
  await column("ended yesterday").waitFor();
  await expect.poll(() => column("ended yesterday").getByRole("article").count()).toBe(0);
  await column("submitted").getByText(`Stay ${project}`).waitFor();
  await page.getByRole("button", { name: "Yesterday: give this range up" }).click();
  await column("ended today").getByText(`Rescue ${project}`).waitFor();
  expect(new URL(page.url()).searchParams.get("span")).toBe("today");
  expect(complaints).toEqual([]);
});

it("shows who is stuck waiting for whom: rings first, then the longest wait, each with what is waited for", async () => {
  const { project, ana, ben, ask } = await pair();
  const cy = await HubClient.connect(hub(), { instanceId: `cy@server:${project}/3` });
  const question = async (from: HubClient, to: HubClient, content: string) =>
    String((await from.ask({ action: "send_message", to: to.instanceId, type: "question", content })).messageId);
  const taskId = await ask(ben.instanceId, `Deploy ${project}`);
  const asked = await question(ben, cy, "Which port?");
  await question(cy, ana, "Which branch?");
  await ask(cy.instanceId, `Docs ${project}`);
  const { page, complaints } = await open(`/tasks?view=waiting&project=${project}`);
  const ring = page.getByRole("article", { name: "Ring of 3" });
  await ring.getByRole("link", { name: "Which port?" }).waitFor();
  const table = page.getByRole("region", { name: "Who waits for whom" });
  expect(await table.getByRole("row").count()).toBe(5);
  await expectWellMade(page);
  await ring.getByRole("link", { name: `Deploy ${project}` }).click();
  await page.getByRole("complementary", { name: `Deploy ${project}` }).waitFor();
  await page.keyboard.press("Escape");
  await cy.ask({
    action: "send_message",
    to: ben.instanceId,
    type: "result",
    content: "8080",
    replyToMessageId: asked,
  });
  await ring.waitFor({ state: "detached" });
  expect(await table.getByRole("row").count()).toBe(4);
  await ben.ask({ action: "update_task", taskId, state: "working" });
  await ben.ask({ action: "update_task", taskId, state: "input_required", note: "Which region?" });
  const turned = table.getByRole("row").filter({ has: page.getByRole("rowheader").getByTitle(ben.instanceId) });
  await turned.getByTitle(ana.instanceId).waitFor();
  await page.goto(`${hub().url}/?instance=${encodeURIComponent(ana.instanceId)}&drawer=open`);
  const drawer = page.getByRole("complementary");
  await drawer.getByRole("link", { name: "waits for 1" }).waitFor();
  // Ben waits for an answer to go on, and Cy for one to a question.
  await drawer.getByRole("link", { name: "owes 2" }).click();
  await expect.poll(() => table.getByRole("row").count()).toBe(3);
  expect(complaints).toEqual([]);
});

it("[L1] shows who stands in line for a claim as waiting for its holder, and rings over claims and tasks, in graph and drawer too", async () => {
  const { project, ana, ben, ask } = await pair();
  const cy = await HubClient.connect(hub(), { instanceId: `cy@server:${project}/3` });
  const name = `deploy-${project}`;
  await ana.ask({ action: "claim", names: [name] });
  const { page, complaints } = await open(`/tasks?view=waiting&project=${project}`);
  await page.getByText("Nobody waits for anybody").waitFor();
  const table = page.getByRole("region", { name: "Who waits for whom" });
  const rowOf = (waiter: HubClient) =>
    table.getByRole("row").filter({ has: page.getByRole("rowheader").getByTitle(waiter.instanceId) });
  await cy.ask({ action: "claim", names: [name], wait: true });
  await rowOf(cy).getByText(`claim ${name}`).waitFor();
  await rowOf(cy).getByTitle(ana.instanceId).waitFor();
  expect(await page.getByRole("article", { name: /Ring/ }).count()).toBe(0);
  await ben.ask({ action: "claim", names: [name], wait: true });
  await rowOf(ben).getByText(`claim ${name}`).waitFor();
  await ask(ben.instanceId, `Test ${project}`);
  const ring = page.getByRole("article", { name: "Ring of 2" });
  await ring.getByText(`claim ${name}`).waitFor();
  await ring.getByRole("link", { name: `Test ${project}` }).waitFor();
  await expectWellMade(page);
  await page.goto(`${hub().url}/?instance=${encodeURIComponent(cy.instanceId)}&drawer=open`);
  await page.getByRole("complementary").getByRole("link", { name: "waits for 1" }).waitFor();
  await page.goto(`${hub().url}/graph?layer=waits`);
  await page.getByRole("tab", { name: /Waits/ }).click();
  await page
    .getByRole("region", { name: "Waits" })
    .getByRole("link", { name: `1 that ${cy.instanceId} waits for from ${ana.instanceId}` })
    .click();
  await rowOf(cy).getByText(`claim ${name}`).waitFor();
  await ana.ask({ action: "release" });
  // Cy has it now, and Ben waits for Cy: no ring any more.
  await page.goto(`${hub().url}/tasks?view=waiting&project=${project}`);
  await rowOf(ben).getByTitle(cy.instanceId).waitFor();
  expect(await rowOf(cy).count()).toBe(0);
  expect(await page.getByRole("article", { name: /Ring/ }).count()).toBe(0);
  await cy.ask({ action: "release" });
  await rowOf(ben).waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
});

it("[L1] lists claims below the tasks, and takes one away after a question", async () => {
  const { project, ana, ben, ask } = await pair();
  await ask(ben.instanceId, `Above it ${project}`);
  // Lower than what stands on the page.
  const { page, complaints } = await open("/tasks", { viewport: { width: 1280, height: 400 } });
  await ana.ask({ action: "claim", names: [`deploy-${project}`], reason: "release 1.2" });
  await ben.ask({ action: "claim", names: [`deploy-${project}`], wait: true });
  const row = page
    .getByRole("region", { name: "Claims", exact: true })
    .getByRole("row")
    .filter({ hasText: `deploy-${project}` });
  await row.getByText("release 1.2").waitFor();
  await row.getByRole("cell", { name: "1", exact: true }).waitFor();
  const above = await page.getByRole("region", { name: "Open tasks" }).boundingBox();
  const below = await page.getByRole("heading", { name: "Claims" }).boundingBox();
  expect(below?.y).toBeGreaterThan((above?.y ?? 0) + (above?.height ?? 0));
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
