/** What went to several, on a real hub: who of them has answered, who is missing, and what they said. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

/** Some that have a role of their own, in a project of its own. */
async function team(size: number) {
  const tag = randomUUID().slice(0, 8);
  const role = `reviewer-${tag}`;
  const peers: HubClient[] = [];
  for (let n = 1; n <= size; n++) {
    const peer = await HubClient.connect(hub(), { instanceId: `r${n}@desk:t-${tag}/${n}` });
    await peer.ask({ action: "set_role", role });
    peers.push(peer);
  }
  return { tag, role, peers };
}

async function answer(peer: HubClient, content: string): Promise<void> {
  await peer.untilReceived(1);
  const [task] = peer.received;
  if (task === undefined) throw new Error("it has just received it");
  await peer.ask({ action: "send_message", to: task.from, type: "result", content, replyToMessageId: task.messageId });
}

const cardWith = (page: Page, text: string) => page.getByRole("feed").getByRole("article").filter({ hasText: text });

it("[E3] a task for all reviewers is one card, watched until all are done", async () => {
  const { tag, role, peers } = await team(5);
  const { page, complaints } = await open(`/?to=role:${role}`);
  await page.getByText("5 instances online.").waitFor();
  const text = `Review change ${tag}`;
  await page
    .getByRole("combobox", { name: "Type" })
    .or(page.getByLabel("Type", { exact: true }))
    .first()
    .selectOption("task");
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.keyboard.press("Enter");
  const card = cardWith(page, text);
  await card.getByText("0 of 5 answered").waitFor();
  expect(await card.count()).toBe(1);
  expect(await card.getAttribute("aria-label")).toContain(`to role:${role}`);
  const [first, ...others] = peers;
  await answer(first as HubClient, "One remark: rename it.");
  await card.getByText("1 of 5 answered").waitFor();
  // By keyboard: who is missing, and what was answered.
  await card.getByRole("button", { name: /1 of 5 answered/ }).focus();
  await page.keyboard.press("Enter");
  await card.getByRole("heading", { name: "No answer yet (4)" }).waitFor();
  await card.getByRole("heading", { name: "Answered (1)" }).waitFor();
  await card.getByRole("button", { name: `Answer of ${first?.instanceId}` }).click();
  await card.getByText("One remark: rename it.").first().waitFor();
  await expectWellMade(page);
  for (const [index, peer] of others.entries()) {
    await answer(peer, `fine, says ${index}`);
    await card.getByText(`${index + 2} of 5 answered`).waitFor();
  }
  await card.getByText("5 of 5 answered", { exact: true }).waitFor();
  expect(await card.getByRole("heading", { name: /^No answer yet/ }).count()).toBe(0);
  // An answer leads to the thread with that one.
  await card.getByRole("link", { name: `Thread with ${first?.instanceId}` }).click();
  await page.waitForURL(/conversations\?thread=/);
  await page.getByRole("article", { name: /^result from r1@desk/ }).waitFor();
  expect(complaints).toEqual([]);
});

it("[S5] a persistent publication shows who has not got it, and what its readers answer", async () => {
  const { tag, peers } = await team(3);
  const [asker, present, away] = peers as [HubClient, HubClient, HubClient];
  await away.goOffline();
  const frame = { action: "publish_topic", topic: `t-${tag}`, type: "question", content: `Who has ${tag}?` } as const;
  await asker.ask({ ...frame, persistent: true });
  const { page } = await open("/", { viewport: { width: 390, height: 844 } });
  const card = cardWith(page, `Who has ${tag}?`);
  await answer(present, "I have.");
  await card.getByRole("button", { name: /^1 of 2 answered/ }).click();
  const missing = card.locator("section").filter({ hasText: "No answer yet" });
  await missing.getByTitle(away.instanceId).waitFor();
  await missing.getByText("queued").waitFor();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  await expectWellMade(page);
});
