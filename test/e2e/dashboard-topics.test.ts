import { randomUUID } from "node:crypto";
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { NewKey } from "../../shared/keys.ts";
import { expectAccessible, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });
beforeAll(buildPlugin);

const newName = () => `t-${randomUUID().slice(0, 8)}`;
const at = (name: string) => `/topics?topic=${encodeURIComponent(name)}`;

async function post(path: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${hub().key}`, "content-type": "application/json" };
  return fetch(`${hub().url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** A topic with one subscriber that is online. */
async function topicWithMember(): Promise<{ name: string; member: HubClient }> {
  const name = newName();
  const member = await HubClient.connect(hub(), { instanceId: `ana@desk:${name}/1` });
  await member.ask({ action: "subscribe_topic", topic: `${name}/area` });
  return { name: `${name}/area`, member };
}

const untilLive = (page: Page) => page.getByText("Live", { exact: true }).waitFor();

const hasFocus = (element: Locator) => element.evaluate((node) => node.matches(":focus"));

describe("topics", () => {
  it("are created by keyboard alone, after saying in place what is wrong with a name", async () => {
    const name = newName();
    const { page, complaints } = await open("/topics");
    // While there is no topic, the empty list offers it too.
    await page.getByRole("button", { name: "New topic" }).first().focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "New topic" });
    await dialog.getByLabel("Name").waitFor();
    await page.keyboard.type("Two Words");
    await dialog.getByText("Only lower case: two words.").waitFor();
    await page.keyboard.press("Enter");
    expect(await dialog.isVisible()).toBe(true);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(name);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `#${name}` }).waitFor();
    expect(page.url()).toBe(`${hub().url}${at(name)}`);
    await page.getByText("It stays when nobody is in it").waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  it("are gone through by arrow keys, and Back goes to the one before", async () => {
    const [first, second] = [newName(), newName()].sort();
    for (const name of [first, second]) await post("/api/topics", { name });
    const { page } = await open(at(String(first)));
    await page.getByRole("heading", { name: `#${first}` }).waitFor();
    const row = (name: string | undefined) =>
      page.getByRole("region", { name: "All topics" }).getByRole("link", { name: `#${name}` });
    await row(first).focus();
    await page.keyboard.press("ArrowDown");
    // Topics of other tests may stand between the two.
    while (!(await hasFocus(row(second)))) await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `#${second}` }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: `#${first}` }).waitFor();
  });

  it("with subscribers are not deleted, and say why; without, they are", async () => {
    const { name, member } = await topicWithMember();
    const { page } = await open(at(name));
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("alert").getByText("One instance is in it").waitFor();
    await page.getByRole("button", { name: `Unsubscribe ${member.instanceId}` }).click();
    await page.getByRole("heading", { name: "Nobody is subscribed" }).waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page
      .getByRole("alertdialog", { name: `Delete the topic ${name}?` })
      .getByRole("button", { name: "Delete" })
      .click();
    await page.getByText(`The topic ${name} is deleted`).waitFor();
    expect(page.url()).toBe(`${hub().url}/topics`);
    const left = (await (
      await fetch(`${hub().url}/api/topics`, { headers: { authorization: `Bearer ${hub().key}` } })
    ).json()) as { name: string }[];
    expect(left.map((topic) => topic.name)).not.toContain(name);
  });

  it("take any instance in, and keep one in the topic of its project", async () => {
    const { name, member } = await topicWithMember();
    const other = await HubClient.connect(hub(), { instanceId: `bob@server:${newName()}/2` });
    const { page } = await open(at(name));
    const field = page.getByRole("combobox", { name: "Subscribe an instance" });
    await field.fill(other.instanceId.slice(0, 20));
    await field.press("Enter");
    await page.getByRole("heading", { name: "Subscribers (2)" }).waitFor();
    await page.goto(`${hub().url}${at(name.split("/")[0] ?? "")}`);
    await page.getByRole("button", { name: `Unsubscribe ${member.instanceId}` }).click();
    await page.getByRole("alert").waitFor();
    await page.getByRole("heading", { name: "Subscribers (1)" }).waitFor();
  });
});

describe("publishing", () => {
  it("reaches a real session, whose answer comes back and stands in the history by itself", async () => {
    const project = newName();
    const plugin = await TestPlugin.start({
      hub: hub(),
      dataDir: makeTempDir(),
      session: randomUUID(),
      project,
      env: { CC2CC_DELIVERY: "channel" },
    });
    await plugin.untilConnected();
    const { page, complaints } = await open(at(project));
    await untilLive(page);
    await page.getByRole("button", { name: "Subscribe this tab" }).click();
    await page.getByRole("button", { name: "This tab is in" }).waitFor();
    const field = page.getByLabel(`Publish on ${project}`);
    await field.fill("Who is");
    await field.press("End");
    await field.press("Shift+Enter");
    await field.pressSequentially("**there**?");
    await page.getByLabel("Type").selectOption("question");
    await field.press("Enter");
    await page.getByText("Published to 1 online.").waitFor();
    expect(await field.inputValue()).toBe("");
    await plugin.until(() => plugin.events.length > 0, "the publication");
    expect(plugin.events[0]).toMatchObject({
      content: expect.stringContaining("**there**?"),
      meta: { type: "question", topic: project },
    });
    await plugin.ask("publish_topic", {
      topic: project,
      type: "result",
      content: "`me`",
      replyToMessageId: plugin.events[0]?.meta.message_id,
    });
    const history = page.getByRole("region", { name: "History" });
    await history
      .getByRole("article", { name: /^result from ada@desk/ })
      .getByText("me", { exact: true })
      .waitFor();
    expect(await history.getByRole("article").count()).toBe(2);
    await page.reload();
    await history.getByRole("article", { name: /^question from dashboard@/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("says before it sends that somebody is away, and queues when it is persistent", async () => {
    const { name, member } = await topicWithMember();
    await member.goOffline();
    const { page } = await open(at(name));
    await page.getByText("1 offline will not have it").waitFor();
    await page.getByLabel("Persistent").check();
    await page.getByText("queued for 1 offline").waitFor();
    await page.getByLabel(`Publish on ${name}`).fill("for later");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Published to 0 online, queued for 1 offline.").waitFor();
    await member.goOnline();
    await member.untilReceived(1);
    expect(member.received[0]).toMatchObject({ content: "for later", topicName: name });
  });

  it("keeps the text and says why when it fails", async () => {
    const { name, member } = await topicWithMember();
    const { page } = await open(at(name));
    await untilLive(page);
    const field = page.getByLabel(`Publish on ${name}`);
    await field.fill("x".repeat(70_000));
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText(/at most 65536 bytes/).waitFor();
    expect(await field.inputValue()).toHaveLength(70_000);
    expect(member.received).toEqual([]);
  });

  it("shows older publications on demand", async () => {
    const { name, member } = await topicWithMember();
    for (let n = 1; n <= 40; n++) {
      await member.ask({ action: "publish_topic", topic: name, type: "ping", content: `number ${n}.` });
    }
    const { page } = await open(at(name));
    const articles = page.getByRole("region", { name: "History" }).getByRole("article");
    await page.getByText("number 40.").waitFor();
    expect(await articles.count()).toBe(30);
    await page.getByRole("button", { name: "Show older" }).click();
    await page.getByText("number 1.").waitFor();
    expect(await articles.count()).toBe(40);
    expect(await page.getByRole("button", { name: "Show older" }).isVisible()).toBe(false);
  });
});

it("lets an observer read, and says why nothing else", async () => {
  const { name, member } = await topicWithMember();
  const { key } = (await (await post("/api/keys", { name: newName(), scope: "observer" })).json()) as NewKey;
  const { page } = await open(at(name), { key, colorScheme: "light" });
  await page.getByRole("button", { name: `ana@desk` }).waitFor();
  expect(await page.getByRole("button", { name: `Unsubscribe ${member.instanceId}` }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "New topic" }).first().isDisabled()).toBe(true);
  expect(await page.getByPlaceholder(/observer: it reads/).isDisabled()).toBe(true);
  await expectAccessible(page);
});

it("fits a phone: the list, then the topic, then back", async () => {
  const { name } = await topicWithMember();
  const { page } = await open("/topics", { viewport: { width: 390, height: 844 } });
  await page.getByRole("link", { name: `#${name}` }).click();
  await page.getByRole("heading", { name: `#${name}` }).waitFor();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  await expectAccessible(page);
  await page.getByRole("link", { name: "All topics" }).click();
  await page.getByRole("link", { name: `#${name}` }).waitFor();
});
