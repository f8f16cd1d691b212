import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { expectAccessible, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0" });

/** A project of its own for each test, and someone in it. */
async function startPeer(user = "ana"): Promise<HubClient> {
  return HubClient.connect(hub(), { instanceId: `${user}@desk:p-${randomUUID().slice(0, 8)}/1` });
}

const untilLive = (page: Page) => page.getByText("Live", { exact: true }).waitFor();
const cardOf = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text });
const field = (page: Page) => page.getByLabel("Message", { exact: true });
const sidebar = (page: Page) => page.getByRole("complementary", { name: "Topics and instances" });

const rowOf = (page: Page, { instanceId }: HubClient) =>
  sidebar(page).getByRole("button").and(page.getByTitle(instanceId));

/** The id under which a page takes part. */
async function idOf(page: Page): Promise<string> {
  const row = sidebar(page).getByRole("button").filter({ hasText: "this tab" });
  return String(await row.getAttribute("title"));
}

async function openFor(peer: HubClient) {
  return open(`/?to=${encodeURIComponent(peer.instanceId)}`);
}

describe("a conversation", () => {
  it("is held by keyboard: Enter sends, Shift+Enter begins a line, the answer comes by itself and counts as seen", async () => {
    const peer = await startPeer();
    const { page, complaints } = await openFor(peer);
    await page.getByText("Online: delivered at once.").waitFor();
    await field(page).focus();
    await page.keyboard.type("first line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    await page.keyboard.press("Enter");
    await peer.untilReceived(1);
    expect(peer.received[0]).toMatchObject({ content: "first line\nsecond line", type: "task" });
    expect(await field(page).inputValue()).toBe("");
    await cardOf(page, "second line").getByText("acked").waitFor();

    const question = peer.received[0];
    const reply = { type: "result", content: "the **answer**", replyToMessageId: String(question?.messageId) } as const;
    const { messageId } = await peer.ask({ action: "send_message", to: String(question?.from), ...reply });
    await cardOf(page, "the answer")
      .getByRole("button", { name: "an earlier message" })
      .or(cardOf(page, "the answer").getByText("first line"))
      .first()
      .waitFor();
    await peer.until(
      () => peer.receipts.some((receipt) => receipt.messageId === messageId && receipt.state === "seen"),
      "seen",
    );
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  it("survives a reload, as the same participant", async () => {
    const peer = await startPeer();
    const { page } = await openFor(peer);
    await field(page).fill("before the reload");
    await page.keyboard.press("Enter");
    await peer.untilReceived(1);
    const before = await idOf(page);
    await page.reload();
    await cardOf(page, "before the reload").waitFor();
    expect(await idOf(page)).toBe(before);
  });

  it("answers the message that was chosen, to whoever wrote it", async () => {
    const peer = await startPeer();
    const { page } = await open("/");
    await untilLive(page);
    const to = await idOf(page);
    const { messageId } = await peer.ask({ action: "send_message", to, type: "question", content: "which one?" });
    await cardOf(page, "which one?").focus();
    await page.keyboard.press("r");
    await page.getByText("Answers", { exact: true }).waitFor();
    await page.keyboard.type("that one");
    await page.keyboard.press("Enter");
    await peer.untilReceived(1);
    expect(peer.received[0]).toMatchObject({ content: "that one", type: "result", replyToMessageId: messageId });
  });
});

describe("the send bar", () => {
  it("finds a target by some of its letters, and says in advance that it will be queued", async () => {
    const peer = await startPeer("quentin");
    await peer.goOffline();
    const { page } = await open("/");
    const target = page.getByRole("combobox", { name: "Send to" });
    await target.click();
    await page.keyboard.type(`quen ${peer.instanceId.slice(-10, -2)}`);
    await page.getByRole("option", { name: "quentin@desk" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("Offline: it will be queued until it comes back.").waitFor();
    // Whoever has chosen writes next.
    await page.keyboard.type("for later");
    await page.keyboard.press("Enter");
    await cardOf(page, "for later").getByText("queued").waitFor();
    await peer.goOnline();
    await peer.untilReceived(1);
    await cardOf(page, "for later").getByText("acked").waitFor();
  });

  it("keeps a draft for each target, over a reload too", async () => {
    const [first, second] = [await startPeer(), await startPeer()];
    const { page } = await openFor(first);
    await field(page).fill("for the first");
    await page.goto(`${hub().url}/?to=${encodeURIComponent(second.instanceId)}`);
    await untilLive(page);
    expect(await field(page).inputValue()).toBe("");
    await page.goBack();
    await untilLive(page);
    expect(await field(page).inputValue()).toBe("for the first");
  });

  it("says where it happened that sending failed, and sends again", async () => {
    const peer = await startPeer();
    const { page } = await open("/?to=nobody@nowhere:at-all/1");
    await page.getByText("The hub does not know this instance now").waitFor();
    await field(page).fill("to nobody");
    await page.keyboard.press("Enter");
    const card = cardOf(page, "to nobody");
    await card.getByRole("alert").getByText("nobody@nowhere:at-all/1").waitFor();
    const late = await HubClient.connect(hub(), { instanceId: "nobody@nowhere:at-all/1" });
    await card.getByRole("button", { name: "Send again" }).click();
    await late.untilReceived(1);
    await card.getByRole("alert").waitFor({ state: "detached" });
    expect(late.received.map(({ content }) => content)).toEqual(["to nobody"]);
    await peer.goOffline();
  });

  it("counts bytes, not letters, near the limit, and does not send beyond it", async () => {
    const peer = await startPeer();
    const { page } = await openFor(peer);
    await field(page).fill("é".repeat(32_760));
    await page.getByText("16 bytes left").waitFor();
    await field(page).fill("é".repeat(32_770));
    await page.getByText("4 bytes too many").waitFor();
    await field(page).focus();
    await page.keyboard.press("Enter");
    expect(await field(page).inputValue()).toHaveLength(32_770);
    await field(page).fill("short");
    await page.keyboard.press("Enter");
    await peer.untilReceived(1);
    expect(peer.received.map(({ content }) => content)).toEqual(["short"]);
  });

  it("does not send what an input method is still composing", async () => {
    const peer = await startPeer();
    const { page } = await openFor(peer);
    await field(page).focus();
    const session = await page.context().newCDPSession(page);
    await session.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await field(page).dispatchEvent("keydown", { key: "Enter", isComposing: true });
    await session.send("Input.insertText", { text: "日本" });
    await page.keyboard.press("Enter");
    await peer.untilReceived(1);
    expect(peer.received.map(({ content }) => content)).toEqual(["日本"]);
  });

  it("publishes to a topic, queued for who is away when that is asked for", async () => {
    const [near, away] = [await startPeer("near"), await startPeer("away")];
    const topic = `t-${randomUUID().slice(0, 8)}`;
    for (const peer of [near, away]) await peer.ask({ action: "subscribe_topic", topic });
    await away.goOffline();
    const { page } = await open(`/?to=topic:${topic}`);
    await page.getByText("1 subscriber online; 1 offline will not have it.").waitFor();
    await page.getByLabel("persistent").check();
    await page.getByText("1 subscriber online; queued for 1 offline.").waitFor();
    await field(page).fill("to the topic");
    await page.keyboard.press("Enter");
    await near.untilReceived(1);
    await away.goOnline();
    await away.untilReceived(1);
    expect(away.received[0]).toMatchObject({ content: "to the topic", topicName: topic });
    expect(await cardOf(page, "to the topic").count()).toBe(1);
  });

  it("[E3] sends to a role, which is one card for all who have it", async () => {
    const [first, second] = [await startPeer(), await startPeer()];
    const role = `r-${randomUUID().slice(0, 8)}`;
    for (const peer of [first, second]) await peer.ask({ action: "set_role", role });
    const { page } = await open(`/?to=role:${role}`);
    await page.getByText("2 instances online.").waitFor();
    await field(page).fill(`to all of ${role}`);
    await page.keyboard.press("Enter");
    await Promise.all([first.untilReceived(1), second.untilReceived(1)]);
    await cardOf(page, `to all of ${role}`)
      .getByText(/^\d of 2 /)
      .waitFor();
    expect(await cardOf(page, `to all of ${role}`).count()).toBe(1);
  });
});

describe("the sidebar", () => {
  it("shows who comes and goes, with role and queue, and removes who is away after naming what goes with it", async () => {
    const [peer, sender] = [await startPeer("rita"), await startPeer()];
    const { page } = await open("/");
    const offline = sidebar(page).getByRole("region", { name: "Offline" });
    const row = (section: string) =>
      sidebar(page)
        .getByRole("region", { name: section, exact: true })
        .getByRole("listitem")
        .filter({ has: page.getByTitle(peer.instanceId) });
    await row("Online").waitFor();
    await peer.ask({ action: "set_role", role: "reviewer" });
    await row("Online").getByText("reviewer").waitFor();
    await peer.goOffline();
    await row("Online").waitFor({ state: "detached" });
    // Who is away stands folded, with their number.
    expect(await row("Offline").count()).toBe(0);
    await offline.getByRole("heading", { name: "Offline" }).click();
    await row("Offline").waitFor();
    await sender.send(peer.instanceId, "one");
    await sender.send(peer.instanceId, "two");
    await row("Offline").getByTitle("2 waiting").waitFor();
    await offline.getByRole("button", { name: `Remove ${peer.instanceId}` }).click();
    await page.getByRole("alertdialog", { name: `Remove ${peer.instanceId} and its 2 waiting messages?` }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await row("Offline").count()).toBe(1);
    await offline.getByRole("button", { name: `Remove ${peer.instanceId}` }).click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await row("Offline").waitFor({ state: "detached" });
    await sender.until(() => sender.receipts.some(({ state }) => state === "removed"), "the sender hears of it");
  });

  it("draws what a session said of late beside its role, over nothing that is to be read", async () => {
    // A name that leaves room beside it: the role would stand there, and the bars below it on the same line.
    const [peer, other] = [await startPeer(`s${randomUUID().slice(0, 4)}`), await startPeer()];
    await peer.ask({ action: "set_role", role: "reviewer" });
    await peer.send(other.instanceId, "something to count");
    const { page } = await open("/");
    const row = sidebar(page)
      .getByRole("listitem")
      .filter({ has: page.getByTitle(peer.instanceId) });
    const bars = row.getByRole("img", { name: "1 message in the last hour" });
    await bars.waitFor();
    const [barsBox, roleBox, nameBox] = await Promise.all(
      [bars, row.getByText("reviewer"), row.locator(".instance-name")].map((part) => part.boundingBox()),
    );
    expect(Number(nameBox?.y) + Number(nameBox?.height)).toBeLessThan(Number(barsBox?.y) + 2);
    expect(Number(roleBox?.x) + Number(roleBox?.width)).toBeLessThan(Number(barsBox?.x));
  });

  it("finds by a filter, groups by person, and removes all that are found and away at once", async () => {
    const team = `t${randomUUID().slice(0, 6)}`;
    const [one, two, here] = [await startPeer(team), await startPeer(team), await startPeer(team)];
    await here.send(one.instanceId, "read");
    await here.until(() => here.receipts.some(({ state }) => state === "acked"), "the first has read it");
    await one.goOffline();
    await two.goOffline();
    await here.send(two.instanceId, "waits too");
    const { page } = await open("/");
    await rowOf(page, here).waitFor();
    const offline = sidebar(page).getByRole("region", { name: "Offline" });
    await sidebar(page).getByLabel("Filter sessions and topics").fill(team);
    // Folded or not: what is found is shown.
    await rowOf(page, one).waitFor();
    expect(await offline.getByRole("listitem").count()).toBe(2);
    await sidebar(page).getByLabel("Group sessions").selectOption("By person");
    await offline.getByRole("heading", { name: `${team} 2` }).waitFor();
    await expectAccessible(page);
    await offline.getByRole("button", { name: "Remove these 2 …" }).click();
    await page.getByRole("alertdialog", { name: "Remove 2 offline sessions and their 1 waiting message?" }).waitFor();
    await page.getByRole("button", { name: "Remove 2 sessions" }).click();
    await page.getByText("2 of 2 sessions are removed").waitFor();
    expect(await offline.getByRole("listitem").count()).toBe(0);
    expect(await rowOf(page, here).count()).toBe(1);
    // The choice of groups is the browser's to keep.
    await page.reload();
    await rowOf(page, here).waitFor();
    expect(await sidebar(page).getByLabel("Group sessions").inputValue()).toBe("person");
  });

  it("selects an instance: its messages, its subscriptions and its drawer; Back undoes it", async () => {
    const [peer, other] = [await startPeer("selma"), await startPeer()];
    await peer.send(other.instanceId, "from the selected");
    await other.send(peer.instanceId, "to the selected");
    await other.send(other.instanceId, "of somebody else");
    const { page } = await open("/");
    await cardOf(page, "of somebody else").waitFor();
    // By keyboard: while sparklines come, rows move, and a pointer may meet another.
    await rowOf(page, peer).press("Enter");
    await cardOf(page, "of somebody else").waitFor({ state: "detached" });
    await cardOf(page, "from the selected").waitFor();
    await cardOf(page, "to the selected").waitFor();
    expect(await page.getByRole("feed").getByRole("article").count()).toBe(2);
    await sidebar(page)
      .getByRole("region", { name: "Subscriptions of the selected instance" })
      .getByText(peer.instanceId.slice(11, 21))
      .waitFor();
    await page
      .getByRole("complementary", { name: "selma" })
      .or(page.getByRole("button", { name: "Write to it" }))
      .first()
      .waitFor();
    await other.send(peer.instanceId, "live to the selected");
    await cardOf(page, "live to the selected").waitFor();
    await page.goBack();
    await cardOf(page, "of somebody else").waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  it("is a sheet on a phone, and is left by Escape", async () => {
    const peer = await startPeer("phila");
    const { page, complaints } = await open("/", { viewport: { width: 390, height: 800 }, colorScheme: "light" });
    const row = rowOf(page, peer);
    await page.getByRole("button", { name: "Topics and instances" }).click();
    await row.waitFor();
    await page.keyboard.press("Escape");
    await row.waitFor({ state: "hidden" });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(390);
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });
});

describe("two tabs", () => {
  it("are two participants, also when one was duplicated from the other", async () => {
    const peer = await startPeer();
    const { page } = await openFor(peer);
    await untilLive(page);
    const first = await idOf(page);
    const copy = await page.evaluate<string>("JSON.stringify({...sessionStorage})");
    const twin = await page.context().newPage();
    await twin.addInitScript(
      `for (const [k, v] of Object.entries(${copy})) if (!sessionStorage.getItem(k)) sessionStorage.setItem(k, v)`,
    );
    await twin.goto(page.url());
    await untilLive(twin);
    const second = await idOf(twin);
    expect(second).not.toBe(first);
    await peer.send(first, "to the first tab");
    await peer.send(second, "to the second tab");
    for (const tab of [page, twin]) {
      await cardOf(tab, "to the first tab")
        .getByText(/acked|seen/)
        .waitFor();
      await cardOf(tab, "to the second tab")
        .getByText(/acked|seen/)
        .waitFor();
    }
    expect(await idOf(page)).toBe(first);
  });
});
