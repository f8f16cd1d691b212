import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../helpers/browser.ts";
import { openDashboard, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });
/** More than a screen by far, and more than a page of history. */
const MANY = 10_000;

async function startPeer(): Promise<HubClient> {
  return HubClient.connect(hub(), { instanceId: `ana@desk:p-${randomUUID().slice(0, 8)}/1` });
}

/** Everything that somebody said to himself: one conversation that the feed can be bound to. */
async function say(peer: HubClient, contents: string[]): Promise<void> {
  await Promise.all(peer.sendAll(contents.map((content) => ({ to: peer.instanceId, content }))));
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `message no. ${from + n}.`);
const onlyOf = (peer: HubClient) => `/?instance=${encodeURIComponent(peer.instanceId)}`;
const cardOf = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text });
const feed = (page: Page) => page.getByRole("feed");

/** Where the top of a card stands in the window. */
async function topOf(page: Page, text: string): Promise<number> {
  const box = await cardOf(page, text).boundingBox();
  return Math.round(box?.y ?? Number.NaN);
}

/** Turns the wheel over the feed until something holds, and says how often that took. */
async function wheelUntil(page: Page, deltaY: number, isThere: () => Promise<boolean>): Promise<number> {
  await feed(page).hover();
  for (let turns = 0; turns < 2_000; turns++) {
    if (await isThere()) return turns;
    await page.mouse.wheel(0, deltaY);
    await page.evaluate("new Promise(requestAnimationFrame)");
  }
  throw new Error("it never came");
}

/** From the moment that a message comes: half a window up in each frame, with where that is, and what was painted without a row. */
const WALK_UP = `new Promise((resolve) => {
  const feed = document.querySelector("[role=feed]");
  const tops = [];
  let blank = 0;
  const isThere = (y) => [...feed.querySelectorAll("article")].some((card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return top - 24 <= y && y <= bottom + 24;
  });
  const painted = new MessageChannel();
  painted.port1.onmessage = () => {
    const { top, height } = feed.getBoundingClientRect();
    if (![0.2, 0.5, 0.8].every((part) => isThere(top + height * part))) blank++;
    tops.push(feed.scrollTop);
    if (tops.length === 12) resolve({ tops, blank });
    else requestAnimationFrame(step);
  };
  const step = () => {
    feed.dispatchEvent(new WheelEvent("wheel", { bubbles: true }));
    feed.scrollTop -= feed.clientHeight / 2;
    painted.port2.postMessage(undefined);
  };
  const watch = new MutationObserver(() => {
    if (!feed.textContent.includes("it comes under the hand")) return;
    watch.disconnect();
    requestAnimationFrame(step);
  });
  watch.observe(feed, { childList: true, subtree: true, characterData: true });
})`;

describe("a long feed", () => {
  let peer: HubClient;
  beforeAll(async () => {
    peer = await startPeer();
    await say(peer, numbered(0, MANY));
  });

  it("opens at its end, and scrolls to its beginning with few rows in the page at any time", async () => {
    const { page, complaints } = await open(onlyOf(peer));
    await cardOf(page, `message no. ${MANY - 1}.`).waitFor();
    let most = 0;
    await wheelUntil(page, -40_000, async () => {
      most = Math.max(most, await page.getByRole("article").count());
      return page.getByText("Nothing older matches").isVisible();
    });
    await feed(page).focus();
    await page.keyboard.press("Home");
    await cardOf(page, "message no. 0.").waitFor();
    expect(most).toBeGreaterThan(5);
    expect(most).toBeLessThan(60);
    expect(complaints).toEqual([]);
  });

  it("keeps what is read in its place while older messages come above it, and new ones below", async () => {
    const { page } = await open(onlyOf(peer));
    await cardOf(page, `message no. ${MANY - 1}.`).waitFor();
    // Older messages wait at the door until the place is noted.
    let isAsked = false;
    let letIn: () => void = () => undefined;
    const door = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    await page.route(/api.messages.*cursor=/, async (route) => {
      isAsked = true;
      await door;
      await route.continue();
    });
    await wheelUntil(page, -300, async () => isAsked);
    const text = await page.evaluate<string>(
      "[...document.querySelectorAll('[role=feed] article')].find((card) => card.getBoundingClientRect().top > 200).textContent.match(/message no. \\d+\\./)[0]",
    );
    const before = await topOf(page, text);
    const older = page.waitForResponse(/cursor=/);
    letIn();
    await older;
    await say(peer, numbered(MANY, MANY + 20));
    await page.getByRole("button", { name: "20 new" }).waitFor();
    expect(Math.abs((await topOf(page, text)) - before)).toBeLessThanOrEqual(1);
    await page.getByRole("button", { name: "20 new" }).click();
    await cardOf(page, `message no. ${MANY + 19}.`).waitFor();
    await page.getByRole("button", { name: "20 new" }).waitFor({ state: "detached" });
  });
});

describe("the feed", () => {
  it("follows its end, stops when somebody scrolls up, and marks where the new ones begin", async () => {
    const peer = await startPeer();
    await say(peer, numbered(0, 40));
    const { page } = await open(onlyOf(peer));
    await cardOf(page, "message no. 39.").waitFor();
    await say(peer, ["it follows"]);
    await cardOf(page, "it follows").waitFor();
    await wheelUntil(page, -300, () => cardOf(page, "message no. 15.").isVisible());
    await page.getByRole("button", { name: "To the newest" }).waitFor();
    const before = await topOf(page, "message no. 15.");
    await say(peer, ["new one", "new two"]);
    await page.getByRole("button", { name: "2 new" }).waitFor();
    expect(await topOf(page, "message no. 15.")).toBe(before);
    expect(await page.title()).toBe("(2) Command Center · cc2cc");
    await feed(page).focus();
    await page.keyboard.press("End");
    await cardOf(page, "new two").waitFor();
    await page.getByText("New", { exact: true }).waitFor();
    await page.getByRole("button", { name: "2 new" }).waitFor({ state: "detached" });
  });

  it("lets go of its end at once for who scrolls up just when something new came, and shows every row on the way", async () => {
    const peer = await startPeer();
    await say(peer, numbered(0, 100));
    const { page } = await open(onlyOf(peer));
    await cardOf(page, "message no. 99.").waitFor();
    await page.evaluate(`void (window.walk = ${WALK_UP})`);
    await say(peer, ["it comes under the hand"]);
    const { tops, blank } = await page.evaluate<{ tops: number[]; blank: number }>("window.walk");
    expect(tops).toEqual(tops.toSorted((a, b) => b - a));
    expect(tops[0]).toBeGreaterThan((tops.at(-1) ?? 0) + 1_500);
    expect(blank).toBe(0);
    await page.getByRole("button", { name: "To the newest" }).click();
    await cardOf(page, "it comes under the hand").waitFor();
  });

  it("shows nothing new while it is paused, and all of it afterwards", async () => {
    const peer = await startPeer();
    await say(peer, ["before the pause"]);
    const { page } = await open(onlyOf(peer));
    await cardOf(page, "before the pause").waitFor();
    await page.getByRole("button", { name: "Pause the feed" }).click();
    await say(peer, ["during the pause"]);
    await page.getByRole("button", { name: "1 new (paused)" }).waitFor();
    expect(await cardOf(page, "during the pause").count()).toBe(0);
    await page.getByRole("button", { name: "Go on" }).click();
    await cardOf(page, "during the pause").waitFor();
  });

  it("finds in the journal what a query asks for, live, with count, from the address; Back leads out", async () => {
    const peer = await startPeer();
    const word = `zebra${randomUUID().slice(0, 6)}`;
    await say(peer, [`one ${word}`, "something else", `two ${word}`]);
    const { page } = await open(onlyOf(peer));
    await cardOf(page, "something else").waitFor();
    await page.getByLabel("Type", { exact: true }).selectOption("task");
    await page.getByRole("combobox", { name: "Search messages" }).fill(word);
    await page.getByText("2 found").waitFor();
    expect(await page.getByRole("article").count()).toBe(2);
    expect(new URL(page.url()).searchParams.get("q")).toBe(word);
    await say(peer, [`three ${word}`]);
    await cardOf(page, `three ${word}`).waitFor();
    await page.reload();
    await page.getByText("3 found").waitFor();
    await page.goBack();
    await cardOf(page, "something else").waitFor();
  });

  it("says what is wrong with a query", async () => {
    const { page } = await open("/?q=colour:red");
    await page.getByText('There is no operator "colour:"').waitFor();
  });

  it("is gone through message by message with the arrow keys", async () => {
    const peer = await startPeer();
    await say(peer, ["first of three", "second of three", "third of three"]);
    const { page } = await open(onlyOf(peer));
    await cardOf(page, "third of three").waitFor();
    await feed(page).focus();
    for (const [key, text] of [
      ["ArrowUp", "third of three"],
      ["k", "second of three"],
      ["ArrowUp", "first of three"],
      ["ArrowDown", "second of three"],
    ] as const) {
      await page.keyboard.press(key);
      expect(await page.evaluate<string>("document.activeElement.textContent")).toContain(text);
    }
  });

  it("leads from a message to its conversation", async () => {
    const peer = await startPeer();
    await say(peer, ["the beginning of it"]);
    const { page } = await open(onlyOf(peer));
    await cardOf(page, "the beginning of it").focus();
    await page.keyboard.press("t");
    await page.waitForURL(/\/conversations\?thread=/);
  });
});

describe("a hub that goes away", () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it("is named, with the time of the next try; when it is back, all that was said and sent meanwhile is there", async () => {
    const dataDir = makeTempDir();
    const first = await startTestHub({ dataDir });
    const peer = await HubClient.connect(first, { instanceId: "ana@desk:meanwhile/1" });
    const { page } = await openDashboard(browser, first, `/?to=${peer.instanceId}`);
    const own = page.getByRole("button").filter({ hasText: "this tab" });
    const before = await own.getAttribute("title");
    const field = page.getByLabel("Message", { exact: true });
    await first.stop();
    await page.getByRole("alert").getByText("The hub does not answer. What you see is from before.").waitFor();
    await page.getByText(/Next try in \d+ s/).waitFor();
    await page.getByText("Stale", { exact: true }).waitFor();
    await field.fill("sent while it was away");
    await page.keyboard.press("Enter");
    await cardOf(page, "sent while it was away").getByText("sending").waitFor();
    await field.fill("a draft");

    await startTestHub({ dataDir, port: first.port });
    await peer.send(peer.instanceId, "said before the page was back");
    const live = page.getByText("Live", { exact: true });
    // It may be back by itself before the press; then the press hits nothing that does anything.
    await page.getByRole("button", { name: "Try now" }).or(live).first().click();
    await live.waitFor();
    await cardOf(page, "said before the page was back").waitFor();
    await cardOf(page, "sent while it was away").getByText("acked").waitFor();
    expect(peer.received.filter(({ content }) => content === "sent while it was away")).toHaveLength(1);
    expect(await field.inputValue()).toBe("a draft");
    expect(await own.getAttribute("title")).toBe(before);
    await page.getByRole("alert").getByText("The hub does not answer").waitFor({ state: "detached" });
  });

  it("is named once, also where numbers could not be read", async () => {
    const first = await startTestHub({ dataDir: makeTempDir() });
    const { page } = await openDashboard(browser, first, "/analytics");
    await page.locator("[data-chart=activity] .u-over").waitFor();
    await first.stop();
    const banner = page.getByRole("alert").getByText("What you see is from before.");
    await banner.waitFor();
    const asked = page.waitForEvent("requestfailed", (request) => request.url().includes("/api/stats"));
    await page.getByRole("button", { name: /Last 7 days/ }).click();
    await asked;
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))");
    expect(await page.getByRole("alert").filter({ hasText: /./ }).count()).toBe(1);
  });

  it("before anybody signed in is waited for, too", async () => {
    const dataDir = makeTempDir();
    const first = await startTestHub({ dataDir });
    const { page } = await openDashboard(browser, first, "/");
    await page.getByText("Live", { exact: true }).waitFor();
    await page.route("**/api/session", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").getByText("The hub does not answer.").waitFor();
    await page.unroute("**/api/session");
    await page.getByText("Live", { exact: true }).waitFor();
  });
});
