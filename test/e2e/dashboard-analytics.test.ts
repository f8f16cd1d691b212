import { randomUUID } from "node:crypto";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { expectAccessible, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

/** Two sessions of a project of their own, and a task that one gave the other. */
async function talk(): Promise<{ ana: HubClient; ben: HubClient; taskId: string }> {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/a` });
  const ben = await HubClient.connect(hub(), { instanceId: `ben@desk:${project}/b` });
  const { messageId } = await say(ana, ben.instanceId, "task");
  await ben.untilReceived(1);
  return { ana, ben, taskId: String(messageId) };
}

function say(from: HubClient, to: string, type: "task" | "result" | "question", replyToMessageId?: string) {
  return from.ask({
    action: "send_message",
    to,
    type,
    content: `a ${type}`,
    ...(replyToMessageId && { replyToMessageId }),
  });
}

const at = (query: Record<string, string>) => `/analytics?${new URLSearchParams(query)}`;
const spanOf = (page: Page) => new URL(page.url()).searchParams.get("span");
const chart = (page: Page, name: string) => page.getByRole("figure", { name });
const show = (page: Page, text: string) => page.getByRole("link", { name: text, exact: true });
/** Drawn, and of the span that is asked for. */
const untilDrawn = (page: Page) => page.locator("[data-chart=activity] [data-ready] .u-over").waitFor();

/** Drags over the last part of a chart's time. */
async function dragOver(page: Page, plot: Locator, from: number, to: number): Promise<void> {
  const box = await plot.boundingBox();
  if (box === null) throw new Error("the chart is not there");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * ((from + to) / 2), y);
  await page.mouse.move(box.x + box.width * to, y);
  await page.mouse.up();
}

describe("analytics", () => {
  it("counts what was sent and goes on counting, and leads to these messages and back", async () => {
    const { ana, ben, taskId } = await talk();
    const { page, complaints } = await open(at({ span: "1h", instance: ana.instanceId }));
    await show(page, "Show this message").waitFor();
    await say(ben, ana.instanceId, "result", taskId);
    await show(page, "Show these 2 messages").waitFor();
    const row = page.getByRole("row", { name: ana.instanceId });
    expect(await row.getByRole("link", { name: `1 messages sent by ${ana.instanceId}` }).count()).toBe(1);
    await show(page, "Show these 2 messages").click();
    await page.getByText("a result").first().waitFor();
    await page.getByText("a task").first().waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toMatch(/^after:\S+Z$/);
    await page.goBack();
    await show(page, "Show these 2 messages").waitFor();
    expect(spanOf(page)).toBe("1h");
    expect(complaints).toEqual([]);
  });

  it("tells how the hub is doing in its bar", async () => {
    const { ana, ben } = await talk();
    await ben.goOffline();
    await say(ana, ben.instanceId, "question");
    const { page } = await open("/analytics");
    const tile = (name: string) =>
      page
        .getByRole("definition")
        .filter({ visible: true })
        .and(page.locator(`dt:has-text("${name}") + dd`));
    for (const name of ["Active instances", "Messages", "Waiting", "Unanswered"]) {
      await tile(name)
        .getByText(/^[1-9]/)
        .waitFor();
    }
    await tile("Delivery time").getByText(/ms|s$/).first().waitFor();
    await page.getByRole("link", { name: "Unanswered" }).click();
    await page.getByText("a question").first().waitFor();
  });

  it("narrows to a stretch that is dragged over, whole points of it, and Back gives the span again", async () => {
    const { ana } = await talk();
    const { page } = await open(at({ span: "1h", instance: ana.instanceId }));
    await untilDrawn(page);
    await dragOver(page, page.locator("[data-chart=activity] .u-over"), 0.9, 0.999);
    await page.waitForURL(/span=20/);
    const [from = "", to = ""] = spanOf(page)?.split("..") ?? [];
    expect(Date.parse(from) % 60_000).toBe(0);
    expect(Date.parse(to) - Date.parse(from)).toBeGreaterThan(4 * 60_000);
    await page.locator(`a[href*="${encodeURIComponent(`before:${to}`)}"]`, { hasText: "Show this message" }).click();
    await page.getByText("a task").first().waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe(`after:${from} before:${to}`);
    await page.goBack();
    await page.getByRole("button", { name: /give this range up/ }).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: /Last hour/, pressed: true }).waitFor();
    expect(spanOf(page)).toBe("1h");
  });

  it("narrows to nothing else than the empty stretch that was dragged over, and says so", async () => {
    const { ana } = await talk();
    const { page } = await open(at({ span: "1h", instance: ana.instanceId }));
    await untilDrawn(page);
    await dragOver(page, page.locator("[data-chart=activity] .u-over"), 0.1, 0.3);
    await page.getByText(/^No messages: /).waitFor();
    expect(await page.getByRole("link", { name: /^Show th/ }).count()).toBe(0);
    await page.getByRole("button", { name: /give this range up/ }).click();
    await show(page, "Show this message").waitFor();
  });

  it("narrows by keyboard alone", async () => {
    const { ana } = await talk();
    const { page } = await open(at({ span: "1h", instance: ana.instanceId }));
    await untilDrawn(page);
    const plot = chart(page, "Messages").getByRole("group", { name: "Messages" });
    await plot.focus();
    await page.keyboard.press("End");
    for (let i = 0; i < 5; i++) await page.keyboard.press("Shift+ArrowLeft");
    await plot
      .getByRole("status")
      .getByText(/: 1 messages\. Enter shows it alone\./)
      .waitFor();
    await page.keyboard.press("Escape");
    expect(await plot.getByRole("status").textContent()).toBe("");
    await page.keyboard.press("End");
    for (let i = 0; i < 5; i++) await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Enter");
    await page.waitForURL(/span=20/);
    const [from = "", to = ""] = spanOf(page)?.split("..") ?? [];
    expect(Date.parse(to) - Date.parse(from)).toBe(6 * 60_000);
    await show(page, "Show this message").waitFor();
  });

  it("narrows to a type, a topic or an instance, all in the URL, and sorts instances", async () => {
    const { ana, ben } = await talk();
    await ana.ask({ action: "subscribe_topic", topic: "shop/api" });
    await ana.ask({ action: "publish_topic", topic: "shop/api", type: "result", content: "released" });
    const { page } = await open(at({ span: "1h", instance: ana.instanceId }));
    await show(page, "Show these 2 messages").waitFor();
    await chart(page, "Messages").getByRole("button", { name: "task" }).click();
    await show(page, "Show this message").waitFor();
    expect(new URL(page.url()).searchParams.get("type")).toBe("task");
    await page.getByRole("button", { name: "type task: show all" }).click();
    await show(page, "Show these 2 messages").waitFor();
    await page.getByRole("button", { name: "Narrow the charts to #shop/api" }).click();
    await show(page, "Show this message").waitFor();
    expect(new URL(page.url()).searchParams.get("topic")).toBe("shop/api");
    await page.goBack();
    const instances = page.getByRole("region", { name: "Instances", exact: true });
    await instances.getByRole("button", { name: "Received" }).click();
    await instances.locator("th[aria-sort=descending]", { hasText: "Received" }).waitFor();
    expect(await instances.getByRole("rowheader").first().innerText()).toContain("ben@");
    await instances.getByRole("link", { name: `1 messages received by ${ben.instanceId}` }).click();
    await page.getByText("a task").first().waitFor();
  });

  it("says the same in tables", async () => {
    const { ana } = await talk();
    const { page } = await open(at({ span: "1h", instance: ana.instanceId }));
    await untilDrawn(page);
    await chart(page, "Messages").getByRole("button", { name: "Messages as a table" }).click();
    const rows = chart(page, "Messages").getByRole("row");
    expect(await rows.count()).toBe(2);
    expect(await rows.first().innerText()).toMatch(/From\s+task\s+question\s+result\s+ack\s+ping/);
    expect(await rows.last().innerText()).toMatch(/\s1\s+0\s+0\s+0\s+0$/);
    await expectAccessible(page);
    await chart(page, "Messages").getByRole("button", { name: "Messages as a chart" }).click();
    await untilDrawn(page);
  });

  it("says when the hub does not answer, and goes on when it does", async () => {
    const { page } = await open("/topics");
    await page.route("**/api/stats/series*", (route) => route.abort());
    await page.getByRole("link", { name: "Analytics" }).click();
    await page.getByText("The hub does not answer.").waitFor();
    await page.unroute("**/api/stats/series*");
    await page.getByRole("button", { name: "Try again" }).click();
    await untilDrawn(page);
    await page.route("**/api/stats/series*", (route) => route.abort());
    await page.getByRole("button", { name: /Last 7 days/ }).click();
    await page.getByRole("alert").getByText("This is what was read before.").waitFor();
    expect(await page.locator("[data-chart=activity] .u-over").isVisible()).toBe(true);
    await page.unroute("**/api/stats/series*");
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  it("is drawn anew in the other theme, and follows the width of the window", async () => {
    await talk();
    const { page } = await open("/analytics?span=1h");
    await untilDrawn(page);
    const picture = () => page.evaluate("document.querySelector('[data-chart=activity] canvas').toDataURL()");
    const dark = await picture();
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(picture).not.toBe(dark);
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    const widthOf = () => page.evaluate("document.querySelector('[data-chart=activity] .u-over').clientWidth");
    await expect.poll(widthOf).toBeLessThan(330);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
  });
});
