/** Dead letters and keys: what an admin keeps. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { NewKey } from "../../shared/keys.ts";
import { expectAccessible, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

const newName = () => `k-${randomUUID().slice(0, 8)}`;

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${hub().key}`, "content-type": "application/json" };
  const response = await fetch(`${hub().url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return response.json();
}

/** Messages that a queue gave up: flushed, so that nothing has to expire. */
async function loseMessages(...contents: string[]) {
  const project = newName();
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` });
  const ben = await HubClient.connect(hub(), { instanceId: `ben@server:${project}/2` });
  await ben.goOffline();
  for (const content of contents) await ana.send(ben.instanceId, content);
  await call("DELETE", `/api/queue/${encodeURIComponent(ben.instanceId)}`);
  return { ana, ben };
}

/** Escape and Enter, quicker than the browser tells that the first question was closed. */
async function dropAgainAtOnce(page: Page): Promise<void> {
  await page.evaluate(`
    const closed = new Promise((resolve) => {
      document.querySelector("dialog[role=alertdialog]").addEventListener("close", resolve, { once: true });
    });
    document.querySelector("dialog[role=alertdialog]").requestClose();
    document.activeElement.click();
    closed.then(() => null);
  `);
}

describe("dead letters", () => {
  it("say why, go back into their queue, and arrive", async () => {
    const text = `lost ${newName()}`;
    const { ben } = await loseMessages(text);
    const { page, complaints } = await open("/dead-letters");
    const letter = page.getByRole("article").filter({ hasText: text });
    await letter.getByText("removed", { exact: true }).waitFor();
    await letter.getByText("Never written to a connection").waitFor();
    await expectWellMade(page);
    await letter.getByRole("button", { name: "Retry" }).click();
    await page.getByText("One message is back in the queue").waitFor();
    await letter.waitFor({ state: "detached" });
    await ben.goOnline();
    await ben.untilReceived(1);
    expect(ben.received[0]?.content).toBe(text);
    expect(complaints).toEqual([]);
  });

  it("come by themselves, and several are dropped at once by keyboard, after a question", async () => {
    const { page } = await open("/dead-letters");
    await page.getByText("Live", { exact: true }).waitFor();
    const name = newName();
    const { ben } = await loseMessages(`first ${name}`, `second ${name}`, `third ${name}`);
    const letters = page.getByRole("article").filter({ hasText: name });
    await expect.poll(() => letters.count()).toBe(3);
    for (const word of ["first", "third"]) {
      await letters.filter({ hasText: word }).getByRole("checkbox").focus();
      await page.keyboard.press("Space");
    }
    await page.getByText("2 of 3 selected").waitFor();
    await page.getByRole("button", { name: "Drop selected" }).focus();
    await page.keyboard.press("Enter");
    const question = page.getByRole("alertdialog", { name: "Drop 2 messages?" });
    await question.getByRole("button", { name: "Drop 2 messages" }).waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "hidden" });
    expect(await letters.count()).toBe(3);
    await page.keyboard.press("Enter");
    await question.getByRole("button", { name: "Drop 2 messages" }).waitFor();
    await dropAgainAtOnce(page);
    await question.getByRole("button", { name: "Drop 2 messages" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("2 messages are dropped").waitFor();
    expect(await letters.count()).toBe(1);
    const left = (await call("GET", "/api/dead-letters")) as { instanceId: string; message: { content: string } }[];
    expect(
      left.filter(({ instanceId }) => instanceId === ben.instanceId).map(({ message }) => message.content),
    ).toEqual([`second ${name}`]);
  });

  it("are shown to members, who are told who may act", async () => {
    await loseMessages("for all to see");
    const { key } = (await call("POST", "/api/keys", { name: newName(), scope: "member" })) as NewKey;
    const { page } = await open("/dead-letters", { key, viewport: { width: 390, height: 844 }, colorScheme: "light" });
    const letter = page.getByRole("article").filter({ hasText: "for all to see" }).first();
    await letter.waitFor();
    await page.getByText("Only a key of scope admin may retry or drop these.").waitFor();
    expect(await letter.getByRole("button", { name: "Retry" }).isDisabled()).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await expectAccessible(page);
  });
});

describe("keys", () => {
  it("are made by keyboard, shown once with the joining command, and open the hub", async () => {
    const name = newName();
    const { page, complaints } = await open("/keys");
    await page.getByRole("rowheader", { name: "CC2CC_HUB_API_KEY" }).waitFor();
    await page.getByRole("button", { name: "New key" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "New key" }).getByLabel("Name").waitFor();
    await page.keyboard.type(name);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ana");
    await page.getByText("This can match nobody").waitFor();
    expect(await page.getByRole("button", { name: "Make key" }).isDisabled()).toBe(true);
    await page.keyboard.type("@*");
    await page.keyboard.press("Enter");
    const shown = page.getByRole("alertdialog", { name: `The key ${name}` });
    const key = (await shown.locator("code").first().textContent()) ?? "";
    await shown.getByText(`--config api_key=${key}`).waitFor();
    await expectAccessible(page);
    await shown.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("row", { name }).getByText("ana@*").waitFor();
    expect(await page.getByText(key).count()).toBe(0);
    const ana = await HubClient.connect({ url: hub().url, key }, { instanceId: "ana@desk:keys/1" });
    await page.getByRole("row", { name }).getByRole("button", { name: "1 open" }).click();
    await page.getByRole("link", { name: "ana@desk:keys/1" }).waitFor();
    await ana.goOffline();
    await page.getByRole("row", { name }).getByText("nobody").waitFor();
    expect(complaints).toEqual([]);
  });

  it("are revoked when their name is typed, which closes what uses them; those of the environment are not", async () => {
    const name = newName();
    const { key } = (await call("POST", "/api/keys", { name, scope: "member" })) as NewKey;
    const eva = await HubClient.connect({ url: hub().url, key }, { instanceId: `eva@desk:${name}/1` });
    const { page } = await open("/keys", { colorScheme: "light" });
    const row = page.getByRole("row", { name });
    await row.getByRole("button", { name: "1 open" }).waitFor();
    await expectWellMade(page);
    expect(
      await page.getByRole("row", { name: "CC2CC_HUB_API_KEY" }).getByRole("button", { name: "Revoke" }).count(),
    ).toBe(0);
    await row.getByRole("button", { name: `Revoke ${name}` }).click();
    const question = page.getByRole("alertdialog", { name: `Revoke the key ${name}?` });
    await question.getByText("One connection that uses it is closed at once.").waitFor();
    expect(await question.getByRole("button", { name: "Revoke" }).isDisabled()).toBe(true);
    await question.getByRole("textbox").fill(name);
    await page.keyboard.press("Enter");
    await page.getByText(`${name} is revoked`).waitFor();
    await row.waitFor({ state: "detached" });
    expect(await call("GET", `/api/ping/${encodeURIComponent(eva.instanceId)}`)).toMatchObject({ online: false });
  });

  it("can be revoked on a phone, whose window is narrower than the table", async () => {
    const name = newName();
    await call("POST", "/api/keys", { name, scope: "member" });
    const { page } = await open("/keys", { viewport: { width: 390, height: 844 } });
    const button = page.getByRole("button", { name: `Revoke ${name}` });
    await button.waitFor();
    const { x = 0, width = 0 } = (await button.boundingBox()) ?? {};
    expect(width).toBeGreaterThan(0);
    expect(x + width).toBeLessThanOrEqual(390);
    // Nothing of the row lies over it.
    const isOnTop =
      "(button) => button.contains(document.elementFromPoint(...middleOf(button.getBoundingClientRect())))";
    const middle = "const middleOf = ({ x, y, width, height }) => [x + width / 2, y + height / 2];";
    expect(
      await button.evaluate(new Function("button", `${middle} return (${isOnTop})(button)`) as () => boolean),
    ).toBe(true);
  });

  it("are not for members, who are told why", async () => {
    const { key } = (await call("POST", "/api/keys", { name: newName(), scope: "member" })) as NewKey;
    const { page, complaints } = await open("/keys", { key });
    await page.getByText("Keys are kept by admins").waitFor();
    expect(await page.getByRole("button", { name: "New key" }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
