/** Finding what was said, and landing on it: the questions of a working day. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({
  CC2CC_RATE_FRAMES: "0",
  CC2CC_BROADCAST_INTERVAL_SECONDS: "0",
  CC2CC_LOOP_MESSAGES: "0",
});

const cardOf = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text });
const searchBox = (page: Page) => page.getByRole("combobox", { name: "Search messages" });
const palette = (page: Page) => page.getByRole("combobox", { name: /Find a command/ });

/** Two who talk a lot, and in the middle of it decide something, far down in a long text. */
async function talk() {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const word = `budget${randomUUID().slice(0, 6)}`;
  const [ana, ben] = [
    await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` }),
    await HubClient.connect(hub(), { instanceId: `ben@desk:${project}/2` }),
  ];
  for (let n = 0; n < 40; n++) await ana.send(ben.instanceId, `${project} before ${n}`);
  const long = `Minutes of ${project}\n\n${"- something else was said\n".repeat(60)}\nThe decision: the retry ${word} stays at three.\n`;
  await ben.send(ana.instanceId, long);
  for (let n = 0; n < 60; n++) await ana.send(ben.instanceId, `${project} after ${n}`);
  return { project, word, ana, ben };
}

it("finds the decision about something, with an excerpt and marks, and shows what was said round it", async () => {
  const { project, word } = await talk();
  const { page, complaints } = await open("/");
  await cardOf(page, `${project} after 59`).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(`decision ${word.toUpperCase()}`);
  const found = cardOf(page, "Minutes of");
  // The sentence is far below what a long text shows of itself.
  await found
    .getByText(/The decision: the retry/)
    .first()
    .waitFor();
  expect(await found.locator(".message-excerpt mark").allTextContents()).toEqual(["decision", word]);
  await expectWellMade(page);
  await found.focus();
  await page.keyboard.press("x");
  await cardOf(page, `${project} before 39`).waitFor();
  await cardOf(page, `${project} after 0`).waitFor();
  const highlighted = page.locator("article[data-highlighted]");
  await highlighted.getByText("Minutes of").waitFor();
  expect(await highlighted.isVisible()).toBe(true);
  const box = await highlighted.boundingBox();
  expect(box?.y).toBeLessThan(700);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeGreaterThan(100);
  await expectWellMade(page);
  // Back to what was found, and from there on to the end.
  await page.goBack();
  await cardOf(page, "after 0").waitFor({ state: "detached" });
  expect(await searchBox(page).inputValue()).toBe(`decision ${word.toUpperCase()}`);
  await page.goForward();
  await highlighted.waitFor();
  await page.getByRole("button", { name: "To the newest" }).click();
  await page.getByRole("button", { name: "Clear" }).click();
  await cardOf(page, `${project} after 59`).waitFor();
  expect(complaints).toEqual([]);
});

it("hands a link to a colleague, who signs in with a key of their own and sees the same message in its place", async () => {
  const { project, ana, ben } = await talk();
  const { page } = await open("/");
  await cardOf(page, `${project} after 59`).waitFor();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await searchBox(page).fill(`"${project} after 7"`);
  const card = cardOf(page, `${project} after 7`).first();
  await card.locator("mark").first().waitFor();
  await card.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Copy link" }).click();
  await page.getByText("The link is copied").waitFor();
  const link = new URL(await page.evaluate<string>("navigator.clipboard.readText()"));
  const minted = await fetch(`${hub().url}/api/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: `colleague of ${project}`, scope: "observer" }),
  });
  const { key } = (await minted.json()) as { key: string };
  // What is said meanwhile moves nothing.
  for (let n = 0; n < 120; n++) await ben.send(ana.instanceId, `${project} much later ${n}`);
  const colleague = await open(link.pathname + link.search, { key: null });
  await colleague.page.getByLabel("Key").fill(key);
  await colleague.page.keyboard.press("Enter");
  const landed = colleague.page.locator("article[data-highlighted]");
  await landed.getByText(`${project} after 7`).waitFor();
  expect(await landed.isVisible()).toBe(true);
  await cardOf(colleague.page, `${project} after 8`).first().waitFor();
  await ben.send(ana.instanceId, "while they read");
  await colleague.page.getByRole("button", { name: "1 new" }).click();
  await cardOf(colleague.page, "while they read").waitFor();
  expect(new URL(colleague.page.url()).search).toBe("");
});

it("finds messages by the palette, beside sessions, topics and commands, and lands on them", async () => {
  const { word } = await talk();
  const { page, complaints } = await open("/topics");
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("Control+k");
  await palette(page).fill(word);
  const option = page.getByRole("option").filter({ hasText: word });
  await option.waitFor();
  await page.getByRole("group", { name: "Messages" }).waitFor();
  await expectWellMade(page);
  await page.keyboard.press("Enter");
  await page.locator("article[data-highlighted]").getByText("Minutes of").waitFor();
  await page.locator(".message-excerpt mark").first().waitFor();
  expect(complaints).toEqual([]);
});

it("says that history has no such message", async () => {
  const { page } = await open(`/?at=${randomUUID()}`);
  await page.getByText(/History has no message/).waitFor();
});

it("keeps a view under a name, in the sidebar and the palette, over a reload", async () => {
  const { project, word } = await talk();
  const { page, complaints } = await open("/");
  await cardOf(page, `${project} after 59`).waitFor();
  await searchBox(page).fill(`project:${project} ${word}`);
  await cardOf(page, "Minutes of").waitFor();
  await page.getByRole("button", { name: "Save this view" }).click();
  await page.getByRole("dialog", { name: "Save this view" }).getByLabel("Name").fill(`decisions of ${project}`);
  await page.keyboard.press("Enter");
  const view = page.getByRole("region", { name: "Saved views" }).getByRole("link", { name: `decisions of ${project}` });
  await view.waitFor();
  await page.goto(`${hub().url}/topics`);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("Control+k");
  await palette(page).fill(`decisions of ${project}`);
  await page.getByRole("option", { name: `decisions of ${project}` }).waitFor();
  await page.keyboard.press("Enter");
  await cardOf(page, "Minutes of").waitFor();
  await expectWellMade(page);
  await page.getByRole("button", { name: `Remove the view decisions of ${project}` }).click();
  await view.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
});
