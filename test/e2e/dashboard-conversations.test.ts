import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { MessageRecord } from "../../shared/history.ts";
import type { MessageType } from "../../shared/message.ts";
import { expectAccessible, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0", CC2CC_LOOP_MESSAGES: "0" });
beforeAll(buildPlugin);

const threadsOf = (page: Page) => page.getByRole("region", { name: "Threads" });
const threadOf = (page: Page) => page.getByRole("region", { name: "Thread", exact: true });

/** Two that talk, in a project of their own. */
async function pair() {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` });
  const ben = await HubClient.connect(hub(), { instanceId: `ben@server:${project}/2` });
  const say = async (
    from: HubClient,
    type: MessageType,
    content: string,
    replyToMessageId?: string,
    metadata?: Record<string, string>,
  ) => {
    const to = from === ana ? ben.instanceId : ana.instanceId;
    const answer = await from.ask({ action: "send_message", to, type, content, replyToMessageId, metadata });
    return String(answer.messageId);
  };
  return { project, ana, ben, say };
}

/** The instance that a page is: other tabs, of tests before, may still be listed. */
async function tabOf(page: Page): Promise<string> {
  return page.evaluate<string>("JSON.parse(sessionStorage.getItem('cc2cc.tab')).instanceId");
}

describe("conversations", () => {
  it("group what answers each other into a tree, without what was published on topics", async () => {
    const { project, ana, ben, say } = await pair();
    const root = await say(ana, "question", `**Which** port in ${project}?`);
    const answer = await say(ben, "result", "`3100`", root);
    await say(ana, "question", "And the other?", answer);
    await say(ben, "result", "No other.", root);
    await ana.ask({ action: "publish_topic", topic: project, type: "ping", content: `published in ${project}` });
    const { page, complaints } = await open("/conversations");
    await threadsOf(page).getByText(`Which port in ${project}?`).click();
    const messages = threadOf(page).getByRole("article");
    await threadOf(page).getByText("4 messages").waitFor();
    // Markdown comes after its text.
    await messages.first().getByText(`Which port in ${project}?`).waitFor();
    expect(await messages.allInnerTexts()).toEqual([
      expect.stringContaining(`Which port in ${project}?`),
      expect.stringContaining("3100"),
      expect.stringContaining("And the other?"),
      expect.stringContaining("No other."),
    ]);
    // The last answers the first, which is not the message above it.
    expect(await messages.last().getByText(`port in ${project}?`).isVisible()).toBe(true);
    expect(await threadsOf(page).getByText(`published in ${project}`).count()).toBe(0);
    expect(page.url()).toContain(`thread=${root}`);
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  it("grow while one looks at them, in the list and in the tree", async () => {
    const { project, ana, ben, say } = await pair();
    const root = await say(ana, "task", `Count ${project}.`);
    const { page } = await open(`/conversations?thread=${root}`);
    await threadOf(page).getByText("One message").waitFor();
    const summary = threadsOf(page).getByRole("link", { name: `Count ${project}.` });
    await summary.getByText("unanswered").waitFor();
    await say(ben, "ack", "Counting.", root);
    await threadOf(page).getByText("2 messages").waitFor();
    await say(ben, "result", "Seven.", root);
    await threadOf(page)
      .getByRole("article", { name: /^result from ben@server/ })
      .getByText("Seven.")
      .waitFor();
    await summary.getByText("3 messages").waitFor();
    await summary.getByText("unanswered").waitFor({ state: "detached" });
    await say(ben, "question", `New in ${project}?`);
    await threadsOf(page).getByText(`New in ${project}?`).waitFor();
  });

  it("that begin with a publication show what its readers answer", async () => {
    const { project, ana, ben } = await pair();
    const frame = { action: "publish_topic", topic: project, type: "question", content: "Who has time?" } as const;
    const root = String((await ana.ask(frame)).messageId);
    await ben.untilReceived(1);
    const { page } = await open(`/conversations?thread=${root}`);
    await threadOf(page).getByText("One message").waitFor();
    const replyToMessageId = ben.received[0]?.messageId;
    expect(replyToMessageId).not.toBe(root);
    const answer = {
      action: "send_message",
      to: ana.instanceId,
      type: "result",
      content: "I have.",
      replyToMessageId,
    } as const;
    await ben.ask(answer);
    await threadOf(page).getByText("2 messages").waitFor();
    expect(await threadOf(page).getByRole("article").last().innerText()).toContain("I have.");
  });

  it("are found by search and by what is unanswered, and the address keeps both", async () => {
    const { project, ana, ben, say } = await pair();
    const open1 = await say(ana, "question", `Still open in ${project}`);
    const done = await say(ana, "question", `Answered in ${project}`);
    await say(ben, "result", "yes", done);
    const { page } = await open("/conversations");
    await threadsOf(page).getByText(`Answered in ${project}`).waitFor();
    const search = page.getByRole("combobox", { name: "Search conversations" });
    await search.fill(`project:${project}`);
    await search.press("Enter");
    await page.waitForURL(/q=project/);
    const links = threadsOf(page).getByRole("link");
    await expect.poll(() => links.count()).toBe(2);
    await page.getByRole("button", { name: "Unanswered" }).click();
    await expect.poll(() => links.count()).toBe(1);
    expect(await links.first().getAttribute("href")).toContain(open1);
    await page.reload();
    await threadsOf(page).getByText(`Still open in ${project}`).waitFor();
    expect(await links.count()).toBe(1);
    await page.getByRole("button", { name: "Unanswered" }).click();
    await expect.poll(() => links.count()).toBe(2);
    await search.fill("nope:x");
    await search.press("Enter");
    await page.getByText('There is no operator "nope:"').first().waitFor();
  });

  it("are narrowed to a stretch of time, typed or chosen, which the address keeps; each day has its line", async () => {
    const { project, ana, say } = await pair();
    await say(ana, "question", `When was ${project}?`);
    const { page } = await open("/conversations", { viewport: { width: 390, height: 844 } });
    const thread = threadsOf(page).getByRole("link", { name: `When was ${project}?` });
    await thread.waitFor();
    await page.getByRole("button", { name: "Another time" }).focus();
    await page.keyboard.press("Enter");
    const since = page.getByRole("textbox", { name: "Since, or a day" });
    await expect.poll(() => since.evaluate((field) => field.matches(":focus"))).toBe(true);
    await page.keyboard.type("soon");
    await page.keyboard.press("Enter");
    await page.getByText("Write 90m, 2h, 3d or 1w").waitFor();
    await expectWellMade(page);
    await since.fill("90m");
    await page.keyboard.press("Enter");
    await page.waitForURL(/span=90m/);
    await thread.waitFor();
    await page.getByRole("button", { name: "Last 90 minutes: give this range up" }).waitFor();
    await page.getByRole("button", { name: "Another time" }).click();
    await page.getByRole("button", { name: "Yesterday" }).click();
    await page.getByText("No conversation is like that").waitFor();
    await page.reload();
    await page.getByText("No conversation is like that").waitFor();
    await page.getByRole("button", { name: "Another time" }).click();
    await page
      .getByRole("textbox", { name: "From" })
      .or(page.getByLabel("From", { exact: true }))
      .first()
      .fill("2026-01-01T10:00");
    await page.getByLabel("To", { exact: true }).fill("2026-01-01T09:00");
    await page.getByRole("button", { name: "Show this range" }).click();
    await page.getByText("The end must be a moment after the beginning.").waitFor();
    await page.getByLabel("To", { exact: true }).fill("2026-01-01T11:00");
    await page.getByRole("button", { name: "Show this range" }).click();
    await page.waitForURL(/span=2026-01-01T/);
    await page.getByText("No conversation is like that").waitFor();
    await page.getByRole("button", { name: "all" }).click();
    await thread.click();
    const today = new Intl.DateTimeFormat("en-US", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
    await threadOf(page).getByText(today.format(new Date())).waitFor();
  });

  it("are answered in place by keyboard: a real session gets it, and its next word appears below", async () => {
    const project = `p-${randomUUID().slice(0, 8)}`;
    const plugin = await TestPlugin.start({
      hub: hub(),
      dataDir: makeTempDir(),
      session: randomUUID(),
      project,
      env: { CC2CC_DELIVERY: "channel" },
    });
    const me = await plugin.untilConnected();
    const { page, complaints } = await open("/conversations");
    await page.getByText("Live", { exact: true }).waitFor();
    const tab = await tabOf(page);
    await plugin.ask("send_message", { to: tab, type: "question", content: `Merge ${project}?` });
    await threadsOf(page)
      .getByRole("link", { name: `Merge ${project}?` })
      .click();
    const first = threadOf(page).getByRole("article", { name: `question from ${me} to ${tab}` });
    await first.focus();
    await page.keyboard.press("r");
    await page.keyboard.type("Yes,");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("go.");
    await page.keyboard.press("Enter");
    await plugin.until(() => plugin.events.length > 0, "the reply");
    const question = new URL(page.url()).searchParams.get("thread");
    expect(plugin.events[0]).toMatchObject({
      content: expect.stringContaining("Yes,\ngo."),
      meta: { type: "result", reply_to: question },
    });
    await plugin.ask("send_message", {
      to: tab,
      type: "ack",
      content: "Merged.",
      replyToMessageId: plugin.events[0]?.meta.message_id,
    });
    await threadOf(page).getByText("Merged.").waitFor();
    // A person has it on the screen, and the sender is told.
    await threadOf(page)
      .getByRole("article", { name: /^ack from/ })
      .getByText("seen")
      .waitFor();
    expect(await threadOf(page).getByRole("article").count()).toBe(3);
    expect(complaints).toEqual([]);
  });

  it("show every field of a message, its way, and its metadata", async () => {
    const { ana, ben, say } = await pair();
    const root = await say(ana, "task", "Review it", undefined, { pull: "418" });
    await ben.untilReceived(1);
    const { page } = await open(`/conversations?thread=${root}`);
    await threadOf(page).getByRole("article").focus();
    await page.keyboard.press("i");
    const inspector = page.getByRole("complementary", { name: "Message" });
    for (const text of [root, ana.instanceId, ben.instanceId, "pull", '"418"'])
      await inspector.getByText(text, { exact: true }).waitFor();
    const way = inspector.getByRole("region", { name: "How far it got" }).getByRole("listitem");
    await way.filter({ hasText: "Taken by the recipient's session" }).waitFor();
    expect((await way.allInnerTexts()).map((text) => text.split("\n")[0])).toEqual(["queued", "delivered", "acked"]);
    expect(await way.nth(1).innerText()).toMatch(/\+\d+ ms/);
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await inspector.waitFor({ state: "detached" });
    await page.goBack();
    await inspector.waitFor();
  });

  it("lose a message that an admin deletes, and show at once that it is gone", async () => {
    const { ana, ben, say } = await pair();
    const root = await say(ana, "task", "Keep this");
    const answer = await say(ben, "result", "Take this back", root);
    const { page, complaints } = await open(`/conversations?thread=${root}&message=${answer}`);
    const inspector = page.getByRole("complementary", { name: "Message" });
    await inspector.getByText(answer, { exact: true }).waitFor();
    await inspector.getByRole("button", { name: "Delete" }).click();
    const question = page.getByRole("alertdialog", { name: `Delete this message from ${ben.instanceId}?` });
    await question.getByRole("button", { name: "Delete the message" }).click();
    await inspector.waitFor({ state: "detached" });
    await threadOf(page).getByText("This message was deleted.").waitFor();
    await page.reload();
    await threadOf(page).getByRole("article").getByText("Keep this").waitFor();
    expect(await threadOf(page).getByRole("article").count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("are saved as Markdown and as JSON lines", async () => {
    const { ana, ben, say } = await pair();
    const root = await say(ana, "question", "# Why?");
    await say(ben, "result", "Because `x`.", root);
    const { page } = await open(`/conversations?thread=${root}`);
    await threadOf(page).getByText("2 messages").waitFor();
    const save = async (how: string) => {
      await page.getByRole("button", { name: "Save" }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name: how }).click(),
      ]);
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
    };
    const markdown = await save("As Markdown");
    expect(markdown.name).toMatch(/^thread-[0-9a-f]{8}\.md$/);
    expect(markdown.text).toContain(`answers 1\n\nBecause \`x\`.`);
    const lines = (await save("As JSON lines")).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as MessageRecord);
    expect(lines.map(({ content, replyToMessageId }) => [content, replyToMessageId])).toEqual([
      ["# Why?", undefined],
      ["Because `x`.", root],
    ]);
  });

  it("are handed on: a link that a colleague opens, and the text as Markdown", async () => {
    const { project, ana, ben, say } = await pair();
    const root = await say(ana, "question", `Who takes ${project}?`);
    const last = await say(ben, "result", "I do.", root);
    const { page } = await open(`/conversations?thread=${root}`);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const copied = () => page.evaluate<string>("navigator.clipboard.readText()");
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByText("The link is copied").first().waitFor();
    expect(await copied()).toBe(`${hub().url}/conversations?thread=${root}`);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("menuitem", { name: "Copy Markdown" }).click();
    await page.getByText("The conversation is copied").waitFor();
    expect(await copied()).toMatch(/^# Who takes [\s\S]*answers 1\n\nI do\./);
    // By keyboard, of one message.
    const answer = threadOf(page).getByRole("article").last();
    await answer.getByRole("button", { name: "More" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Copy link" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(copied).toBe(`${hub().url}/conversations?thread=${last}`);
    const colleague = await open((await copied()).slice(hub().url.length));
    await threadOf(colleague.page).locator("article[data-highlighted]").getByText("I do.").waitFor();
  });

  it("scroll by themselves: the page round them stands still, whatever leads to a message far down", async () => {
    const { ana, ben, say } = await pair();
    const root = await say(ana, "question", "0");
    let last = root;
    for (let n = 1; n <= 60; n++) last = await say(n % 2 === 0 ? ana : ben, "result", `answer ${n}`, root);
    const { page } = await open(`/conversations?thread=${last}`);
    await threadOf(page).getByText("answer 60").waitFor();
    // A text for screen readers only, far below the window, as any row may have.
    await page.evaluate(`
      const row = document.createElement("li");
      const hidden = document.createElement("span");
      hidden.className = "visually-hidden";
      hidden.textContent = "read aloud";
      row.style.paddingTop = "3000px";
      row.append(hidden);
      document.querySelector(".message-card").closest("ol").append(row);
    `);
    const top = () => page.evaluate<number>("document.scrollingElement.scrollTop + scrollY");
    const barTop = async () => (await page.getByRole("navigation", { name: "Pages" }).boundingBox())?.y;
    await page.locator(".shell-bar").hover();
    await page.mouse.wheel(0, 2_000);
    for (const key of ["PageDown", "Space", "End"]) await page.keyboard.press(key);
    await page.evaluate("scrollTo(0, 5000)");
    // Twice drawn: a scroll that these began has been done by then.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))");
    expect([await top(), (await barTop()) ?? -1]).toEqual([0, expect.closeTo(0, 0)]);
    expect(await page.evaluate("document.documentElement.scrollHeight - innerHeight")).toBeLessThanOrEqual(0);
  });

  it("fit a phone, 30 answers deep", async () => {
    const { ana, ben, say } = await pair();
    let last = await say(ana, "question", "0");
    const root = last;
    for (let n = 1; n <= 30; n++) {
      const parent = last;
      last = await say(n % 2 === 0 ? ana : ben, "result", `${n}`, parent);
      if (n % 10 === 0) await say(ana, "question", `beside ${n}`, parent);
    }
    const { page } = await open(`/conversations?thread=${root}`, {
      viewport: { width: 390, height: 844 },
      colorScheme: "light",
    });
    await threadOf(page).getByText("34 messages").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    const deepest = await threadOf(page).getByRole("article").filter({ hasText: "30" }).last().boundingBox();
    expect(deepest?.width).toBeGreaterThan(280);
    await expectAccessible(page);
  });
});

describe("the drawer of an instance", () => {
  const drawerOf = (page: Page) => page.getByRole("complementary", { name: "@" });
  const at = (instanceId: string) => `/?instance=${encodeURIComponent(instanceId)}&drawer=open`;

  it("shows a queue without taking anything out of it, flushes it when told twice, and says how many", async () => {
    const { ana, ben, say } = await pair();
    await ben.goOffline();
    for (let n = 1; n <= 25; n++) await say(ana, "task", `waiting ${n}.`);
    const { page, complaints } = await open(at(ben.instanceId));
    const queue = drawerOf(page).getByRole("region", { name: "Queue" });
    await queue.getByText("waiting 1.").waitFor();
    expect(await queue.getByRole("listitem").count()).toBe(20);
    await queue.getByRole("button", { name: "Show more of 25" }).click();
    await queue.getByText("waiting 25.").waitFor();
    await drawerOf(page).getByText("last seen").waitFor();
    await expectWellMade(page);
    await ben.goOnline();
    await ben.untilReceived(25);
    await queue.getByText("Nothing waits for it.").waitFor();
    expect(ben.repeated).toEqual([]);
    await ben.goOffline();
    await say(ana, "task", "one more");
    await queue.getByText("one more").waitFor();
    await drawerOf(page).getByRole("button", { name: "Flush queue" }).click();
    const question = page.getByRole("alertdialog", { name: `Flush the queue of ${ben.instanceId}?` });
    await question.getByRole("button", { name: "Cancel" }).click();
    await queue.getByText("one more").waitFor();
    await drawerOf(page).getByRole("button", { name: "Flush queue" }).click();
    await question.getByRole("button", { name: "Flush one message" }).click();
    await page.getByText("One message is flushed").waitFor();
    await queue.getByText("Nothing waits for it.").waitFor();
    expect(complaints).toEqual([]);
  });

  it("pings, subscribes, and removes an offline instance; an online one it does not, and says why", async () => {
    const { project, ana, ben } = await pair();
    await ana.ask({ action: "set_role", role: "reviewer" });
    await ben.ask({ action: "subscribe_topic", topic: `${project}/area` });
    const { page } = await open(at(ana.instanceId));
    const drawer = drawerOf(page);
    await drawer.getByText("reviewer").waitFor();
    await drawer.getByRole("button", { name: "Ping" }).click();
    await drawer.getByText(/It is connected; the hub answered in \d+ ms/).waitFor();
    const field = drawer.getByRole("combobox", { name: "Subscribe it to a topic" });
    await field.fill(`${project}/area`);
    await field.press("Enter");
    await drawer.getByRole("link", { name: `#${project}/area` }).waitFor();
    await drawer.getByRole("button", { name: `Unsubscribe from ${project}/area` }).click();
    await drawer.getByRole("link", { name: `#${project}/area` }).waitFor({ state: "detached" });
    await drawer.getByRole("button", { name: "Remove", exact: true }).click();
    await drawer.getByRole("alert").getByText("only an instance that is offline can be removed").waitFor();
    await ana.goOffline();
    await drawer.getByText("offline", { exact: true }).waitFor();
    await drawer.getByRole("button", { name: "Remove", exact: true }).click();
    await page
      .getByRole("alertdialog", { name: `Remove ${ana.instanceId}?` })
      .getByRole("button", { name: "Remove" })
      .click();
    await drawer.getByText("The hub does not know it any more").waitFor();
    const headers = { authorization: `Bearer ${hub().key}` };
    const left = (await (await fetch(`${hub().url}/api/instances`, { headers })).json()) as { instanceId: string }[];
    expect(left.map(({ instanceId }) => instanceId)).not.toContain(ana.instanceId);
  });

  it("lists what was said, leads to its thread, and closes by Escape", async () => {
    const { ana, ben, say } = await pair();
    const root = await say(ana, "question", "Where to?");
    const { page } = await open(at(ben.instanceId));
    const recent = drawerOf(page).getByRole("region", { name: "Recent messages" });
    await recent.getByRole("link", { name: "Where to?" }).waitFor();
    await say(ben, "result", "There.", root);
    await recent.getByRole("link", { name: "There." }).waitFor();
    await recent.getByRole("link", { name: "Where to?" }).click();
    await threadOf(page).getByText("2 messages").waitFor();
    await page.goBack();
    await recent.waitFor();
    await drawerOf(page).focus();
    await page.keyboard.press("Escape");
    await drawerOf(page).waitFor({ state: "detached" });
  });

  it("shows the hub's refusal to who may not remove what is others'", async () => {
    const { ana, ben, say } = await pair();
    await ben.goOffline();
    await say(ana, "task", "waits");
    const headers = { authorization: `Bearer ${hub().key}`, "content-type": "application/json" };
    const body = JSON.stringify({ name: randomUUID(), scope: "member" });
    const { key } = (await (await fetch(`${hub().url}/api/keys`, { method: "POST", headers, body })).json()) as {
      key: string;
    };
    const { page } = await open(at(ben.instanceId), { key });
    await drawerOf(page).getByRole("button", { name: "Flush queue" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Flush one message" }).click();
    await drawerOf(page).getByRole("alert").waitFor();
    await drawerOf(page).getByText("waits", { exact: true }).first().waitFor();
  });
});
