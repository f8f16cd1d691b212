/** What works from everywhere in the dashboard: palette, shortcuts and their help, search terms, theme, the joining command. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { expectAccessible, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { findOverflow, findSmallText } from "../helpers/page-looks.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard();

/** A session that stays for the test, and says something so that it can be found. */
async function join(name: string): Promise<HubClient> {
  const client = await HubClient.connect(hub(), { instanceId: `${name}@laptop:keys/${randomUUID().slice(0, 8)}` });
  return client;
}

it("tells whoever is alone on a hub how others join, and turns live when the first does", async () => {
  const { page } = await open("/");
  await page.getByText("No session has joined yet").waitFor();
  await page.getByText("claude plugin install cc2cc").waitFor();
  await expectWellMade(page);
  const first = await HubClient.connect(hub(), { instanceId: "heidi@first:keys/one" });
  await page.getByText("has joined").waitFor();
  await page.getByText("Nothing was said yet").waitFor();
  await first.goOffline();
});

it("goes anywhere by the palette, also out of a text field", async () => {
  const { page, complaints } = await open("/");
  const search = page.getByRole("combobox", { name: "Search messages" });
  await search.click();
  await search.press("ControlOrMeta+k");
  const field = page.getByRole("combobox", { name: "Find a command" });
  await expect.poll(() => field.evaluate((element) => element.matches(":focus"))).toBe(true);
  await expectWellMade(page);
  await field.fill("analy");
  await field.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Analytics" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/analytics");
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "Command Center" }).waitFor({ state: "attached" });
  expect(complaints).toEqual([]);
});

it("finds an instance by some of its letters, and opens it", async () => {
  const bob = await join("bobby");
  const { page } = await open("/");
  await page.getByText("bobby").first().waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Find a command" }).fill("bby keys");
  await page.getByRole("option", { name: bob.instanceId }).waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).searchParams.get("instance")).toBe(bob.instanceId);
  await bob.goOffline();
});

it("lists all shortcuts with ?, which is a letter where something is typed", async () => {
  const { page, complaints } = await open("/");
  const search = page.getByRole("combobox", { name: "Search messages" });
  await search.click();
  await search.press("?");
  expect(await search.inputValue()).toBe("?");
  expect(await page.getByRole("dialog", { name: "Keyboard shortcuts" }).count()).toBe(0);
  await search.fill("");
  await search.evaluate((element) => (element as unknown as { blur(): void }).blur());
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await help.getByText("Command palette").waitFor();
  const listed = await help.locator("dt").allTextContents();
  expect(listed).toEqual(expect.arrayContaining(["Conversations", "Search on this page", "This help"]));
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
  expect(complaints).toEqual([]);
});

it("lists no key that does nothing on the page: those of messages where there is one, search where it can be searched", async () => {
  const [gwen, hugo] = [await join("gwen"), await join("hugo")];
  await gwen.send(hugo.instanceId, "something to look at");
  const { page } = await open("/");
  await page.getByRole("article").filter({ hasText: "something to look at" }).waitFor();
  const keysOn = async () => {
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await help.getByText("This help").waitFor();
    const listed = await help.locator("dt").allTextContents();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    return listed;
  };
  expect(await keysOn()).toEqual(expect.arrayContaining(["Reply", "Copy its text", "Into the messages, then down"]));
  await page.keyboard.press("j");
  expect(await page.evaluate("document.activeElement.matches('article')")).toBe(true);
  await page.keyboard.press("g");
  await page.keyboard.press("k");
  await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
  const listed = await keysOn();
  expect(listed).toContain("Command palette");
  for (const dead of ["Reply", "Copy its text", "Show all its fields", "Search on this page"]) {
    expect(listed).not.toContain(dead);
  }
  await Promise.all([gwen.goOffline(), hugo.goOffline()]);
});

it("goes to a page with g and a letter, also from a message that knows that letter itself", async () => {
  const [carol, dave] = [await join("carol"), await join("dave")];
  await carol.send(dave.instanceId, "shortcut target");
  const { page } = await open("/");
  const card = page.getByRole("article").filter({ hasText: "shortcut target" });
  await card.focus();
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/topics");
  await page.goBack();
  await card.focus();
  await page.keyboard.press("t");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/conversations");
  await Promise.all([carol.goOffline(), dave.goOffline()]);
});

it("suggests search terms, counts what it finds, and says at the box what the hub cannot read", async () => {
  const [erin, frank] = [await join("erin"), await join("frank")];
  await erin.send(frank.instanceId, "a needle");
  await frank.send(erin.instanceId, "an answer");
  const { page } = await open("/");
  const search = page.getByRole("combobox", { name: "Search messages" });
  await search.waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("fr");
  await page.getByRole("option", { name: /^from:/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await search.inputValue()).toBe("from:");
  await page.keyboard.type("erin");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await search.inputValue()).toBe(`from:${erin.instanceId} `);
  await page.getByText("1 found").waitFor();
  expect(await page.getByRole("article").allTextContents()).toEqual([expect.stringContaining("a needle")]);
  await search.fill("colour:red");
  await search.press("Enter");
  await page.getByRole("alert").filter({ hasText: "colour" }).waitFor();
  expect(await search.getAttribute("aria-invalid")).toBe("true");
  await expectAccessible(page);
  await search.press("Escape");
  expect(await search.inputValue()).toBe("");
  await page.getByRole("article").filter({ hasText: "an answer" }).waitFor();
  await Promise.all([erin.goOffline(), frank.goOffline()]);
});

it("keeps the theme that was chosen", async () => {
  const { page } = await open("/", { colorScheme: "light" });
  const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const light = await ground();
  await page.getByRole("button", { name: /^Theme: system/ }).click();
  expect(await ground()).not.toBe(light);
  await page.reload();
  await page.getByRole("button", { name: /^Theme: dark/ }).waitFor();
  expect(await ground()).not.toBe(light);
  // Before the page's program has come, so that nothing flashes.
  await page.route("**/assets/index-*.js", (route) => route.abort());
  await page.reload();
  expect(await ground()).not.toBe(light);
});

it("shows the command that joins, with a key made for it that works, and who comes", async () => {
  const { page, complaints } = await open("/");
  await page.getByRole("combobox", { name: "Search messages" }).waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Find a command" }).fill("join");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Join another machine" });
  const texts = dialog.locator(".join-text code");
  const [short, byNode, command] = [texts.nth(0), texts.nth(1), texts.nth(2)];
  await command.waitFor();
  expect(await short.textContent()).toMatch(/^cc2cc join http:\/\/\S+$/);
  expect(await byNode.textContent()).toMatch(/^node -e "globalThis\.HUB='http:\/\/[^']+'.*\/plugin\/join\.mjs/);
  expect(await command.textContent()).toMatch(
    /^claude plugin install cc2cc --marketplace http:\/\/\S+\/marketplace\.json .*api_key=KEY$/,
  );
  await dialog.getByRole("img", { name: "The command as a QR code" }).waitFor();
  await expectWellMade(page);
  await dialog.getByLabel("Or make one for that machine").fill("studio");
  await dialog.getByRole("button", { name: "Make key" }).click();
  await dialog.getByText("is shown this once").waitFor();
  const key = /api_key=(\S+)$/.exec((await command.textContent()) ?? "")?.[1] ?? "";
  await dialog.getByText("Waiting for a session to join").waitFor();
  const client = await HubClient.connect({ url: hub().url, key }, { instanceId: "gina@studio:keys/one" });
  await dialog.getByText("has joined").waitFor();
  await client.goOffline();
  expect(complaints).toEqual([]);
});

it("would notice small text, and what sticks out", async () => {
  const { page } = await open("/");
  await page.getByRole("combobox", { name: "Search messages" }).waitFor();
  await page.evaluate(`
    const poor = document.createElement("p");
    poor.textContent = "too small";
    poor.style.fontSize = "11px";
    poor.style.width = "5000px";
    document.body.append(poor);
  `);
  expect(await findSmallText(page)).toEqual(["too small: 11 px"]);
  expect(await findOverflow(page)).toEqual(["P."]);
});
