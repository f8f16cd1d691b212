import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { expectAccessible, shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

interface Place {
  x: number;
  y: number;
}

/** Everyone of earlier tests, who would lie about otherwise. */
const former: string[] = [];

/**
 * Two sessions of a project of their own, where the one wrote to the other, and places to pin them at. A little to the right
 * of a pinned node's middle, where its pin is, is its colour.
 */
async function pair() {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/a` });
  const ben = await HubClient.connect(hub(), { instanceId: `ben@desk:${project}/b` });
  await ana.send(ben.instanceId, "first");
  const places: [string, Place][] = [
    [ana.instanceId, { x: -150, y: -150 }],
    [ben.instanceId, { x: 150, y: -150 }],
    [`topic:${project}`, { x: 0, y: -250 }],
  ];
  const pins = [...places, ...former.map((id, i): [string, Place] => [id, { x: (i % 9) * 40 - 160, y: 40 + i * 6 }])];
  former.push(...places.map(([id]) => id));
  return { project, ana, ben, pins, anaAt: { x: -150, y: -150 }, benAt: { x: 150, y: -150 } };
}

const pinAt = (page: Page, pins: [string, Place][]) =>
  page.evaluate(`localStorage.setItem("cc2cc.graph.pins", ${JSON.stringify(JSON.stringify(pins))})`);
const savedPins = (page: Page) => page.evaluate<string>(`localStorage.getItem("cc2cc.graph.pins") ?? "[]"`);
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
const nodes = (page: Page) => page.getByRole("region", { name: "Nodes", exact: true });
const rowOf = (page: Page, id: string) =>
  nodes(page)
    .getByRole("row")
    .filter({ has: page.getByTitle(id) });
/** Resolves when an expression holds in the page, looked at in each frame: the page's policy lets no string become a function. */
const untilTrue = (page: Page, expression: string) =>
  page.evaluate(
    `new Promise((resolve) => { const look = () => (${expression}) ? resolve() : requestAnimationFrame(look); look(); })`,
  );
const untilDrawn = (page: Page) => untilTrue(page, "document.querySelector('.graph-canvas canvas')?.__zoom");

/** Where a place of the layout is on the canvas, CSS px, and on the page. */
async function toPage(page: Page, { x, y }: Place): Promise<Place & { canvasX: number; canvasY: number }> {
  const view = await page.evaluate<{ k: number; x: number; y: number; left: number; top: number }>(
    `(() => { const canvas = document.querySelector(".graph-canvas canvas"); const { k, x, y } = canvas.__zoom;
      const { left, top } = canvas.getBoundingClientRect(); return { k, x, y, left, top }; })()`,
  );
  const [canvasX, canvasY] = [x * view.k + view.x, y * view.k + view.y];
  return { x: view.left + canvasX, y: view.top + canvasY, canvasX, canvasY };
}

/** Resolves when the canvas has the colour of a custom property at the node of a place. */
function untilColor(page: Page, place: Place, property: string) {
  return untilTrue(
    page,
    `(() => { const canvas = document.querySelector(".graph-canvas canvas"); const { k, x, y } = canvas.__zoom;
      const probe = document.createElement("span"); document.body.append(probe);
      probe.style.color = "var(${property})"; const wanted = getComputedStyle(probe).color.match(/\\d+/g); probe.remove();
      const at = [(${place.x} + 6.5) * k + x, ${place.y} * k + y].map((n) => Math.round(n * devicePixelRatio));
      const seen = canvas.getContext("2d").getImageData(at[0], at[1], 1, 1).data;
      return wanted.slice(0, 3).every((n, i) => Math.abs(n - seen[i]) < 6); })()`,
  );
}

/** Whether a dot of a task runs between two places within as many frames. Starts at once. */
function watchForDot(page: Page, from: Place, to: Place, frames: number): Promise<boolean> {
  return page.evaluate<boolean>(
    `new Promise((resolve) => {
      const canvas = document.querySelector(".graph-canvas canvas"); let left = ${frames};
      const probe = document.createElement("span"); document.body.append(probe);
      probe.style.color = "var(--type-task)"; const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number); probe.remove();
      const look = () => {
        const { k, x, y } = canvas.__zoom;
        const row = [${from.x} * k + x, ${from.y} * k + y, (${to.x} - ${from.x}) * k].map((n) => Math.round(n * devicePixelRatio));
        const { data } = canvas.getContext("2d").getImageData(row[0], row[1], row[2], 1);
        for (let i = 0; i < data.length; i += 4)
          if (wanted.every((n, j) => Math.abs(n - data[i + j]) < 4)) return resolve(true);
        if (left-- > 0) requestAnimationFrame(look); else resolve(false);
      };
      look();
    })`,
  );
}

describe("the graph", () => {
  it("says how to join while nobody is there, and shows the first who comes", async () => {
    const { page, complaints } = await open("/graph");
    await page.getByText("Nobody is here yet, and nobody wrote in this window").waitFor();
    await page.getByText("claude plugin install").waitFor();
    await expectAccessible(page);
    const { ana } = await pair();
    await rowOf(page, ana.instanceId).waitFor();
    expect(complaints).toEqual([]);
  });

  it("counts in its tables as messages come, and leads to them and back", async () => {
    const { ana, ben } = await pair();
    const { page } = await open("/graph");
    const sent = (count: number) =>
      rowOf(page, ana.instanceId).getByRole("link", { name: `${count} messages sent by ${ana.instanceId}` });
    await sent(1).waitFor();
    await ana.send(ben.instanceId, "second");
    await sent(2).waitFor();
    await page.locator(".graph-last", { hasText: "ana@desk" }).waitFor();
    await sent(2).click();
    await page.getByText("second").first().waitFor();
    expect(param(page, "q")).toMatch(new RegExp(`^from:${ana.instanceId} after:`));
    await page.goBack();
    await page.getByRole("tab", { name: /^Arrows/ }).click();
    await page.getByRole("link", { name: `2 messages from ${ana.instanceId} to ${ben.instanceId}` }).click();
    await page.getByText("first").first().waitFor();
    expect(param(page, "q")).toMatch(new RegExp(`^from:${ana.instanceId} to:${ben.instanceId} after:`));
  });

  it("has the colour of who is online, and the other one when it leaves", async () => {
    const { ana, ben, pins, anaAt, benAt } = await pair();
    const { page } = await open("/graph");
    await pinAt(page, pins);
    await page.reload();
    await untilDrawn(page);
    await untilColor(page, anaAt, "--online");
    await untilColor(page, benAt, "--online");
    await ben.goOffline();
    await rowOf(page, ben.instanceId).getByText("offline").waitFor();
    await untilColor(page, benAt, "--offline");
    await untilColor(page, anaAt, "--online");
    await page.emulateMedia({ colorScheme: "light" });
    await untilColor(page, anaAt, "--online");
    await ana.goOffline();
  });

  it("runs a dot along the arrow of a message, and none where motion is not wanted", async () => {
    const { ana, ben, pins, anaAt: from, benAt: to } = await pair();
    const { page } = await open("/graph");
    await pinAt(page, pins);
    await page.reload();
    await untilDrawn(page);
    await untilColor(page, from, "--online");
    const isSeen = watchForDot(page, from, to, 600);
    await ana.send(ben.instanceId, "look");
    expect(await isSeen).toBe(true);

    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.reload();
    await untilDrawn(page);
    await untilColor(page, from, "--online");
    const isSeenAgain = watchForDot(page, from, to, 90);
    await ana.send(ben.instanceId, "look again");
    await page.locator(".graph-last").waitFor();
    expect(await isSeenAgain).toBe(false);
  });

  it("keeps what is dragged where it was put, over a reload, until it is let go", async () => {
    const { ana, pins, anaAt } = await pair();
    const { page } = await open("/graph");
    await pinAt(page, pins);
    await page.reload();
    await untilDrawn(page);
    await untilColor(page, anaAt, "--online");
    const start = await toPage(page, anaAt);
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(start.x + 20, start.y + 60, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => savedPins(page)).not.toBe(JSON.stringify(pins));
    const saved = new Map(JSON.parse(await savedPins(page)) as [string, Place][]);
    const put = saved.get(ana.instanceId);
    expect(put?.y).toBeGreaterThan(anaAt.y);
    expect(param(page, "node")).toBeNull();
    await page.reload();
    await untilDrawn(page);
    await untilColor(page, put as Place, "--online");
    const there = await toPage(page, put as Place);
    await page.mouse.dblclick(there.x, there.y);
    await expect.poll(() => savedPins(page)).not.toContain(ana.instanceId);
    await page.getByRole("button", { name: `Unpin all (${pins.length - 1})` }).click();
    expect(await savedPins(page)).toBe("[]");
    await expect.poll(() => page.getByRole("button", { name: "Unpin all (0)" }).isDisabled()).toBe(true);
  });

  it("chooses the node and the arrow that are clicked, tells of what is pointed at, and Back goes to the one before", async () => {
    const { ana, ben, pins, anaAt, benAt } = await pair();
    const { page } = await open("/graph");
    await pinAt(page, pins);
    await page.reload();
    await untilDrawn(page);
    await untilColor(page, anaAt, "--online");
    const onAna = await toPage(page, anaAt);
    const onArrow = await toPage(page, { x: (anaAt.x + benAt.x) / 2, y: anaAt.y });
    await page.mouse.move(onAna.x, onAna.y);
    await page.locator(".graph-tip").getByText("Sent").waitFor();
    await page.mouse.click(onAna.x, onAna.y);
    await page.getByRole("link", { name: "1 sent: show these messages" }).waitFor();
    expect(param(page, "node")).toBe(ana.instanceId);
    await page.mouse.click(onArrow.x, onArrow.y);
    await expect.poll(() => param(page, "arrow")).toBe(ben.instanceId);
    await page.goBack();
    await expect.poll(() => param(page, "arrow")).toBeNull();
    await page.getByRole("button", { name: "Choose nothing" }).click();
    expect(param(page, "node")).toBeNull();
    await page.goBack();
    await page.getByRole("link", { name: "1 sent: show these messages" }).click();
    await page.getByText("first").first().waitFor();
  });

  it("is used by keyboard alone: find, choose, go to the messages; the window of time is in the URL", async () => {
    const { project, ana, ben } = await pair();
    const { page } = await open("/graph");
    await rowOf(page, ana.instanceId).waitFor();
    await page.getByRole("searchbox", { name: "Find a node" }).focus();
    await page.keyboard.type(`ana ${project}`);
    await rowOf(page, ben.instanceId).waitFor({ state: "detached" });
    expect(param(page, "find")).toBe(`ana ${project}`);
    await rowOf(page, ana.instanceId).getByRole("button").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => param(page, "node")).toBe(ana.instanceId);
    await expectAccessible(page);
    await page.getByRole("button", { name: /Last 15 minutes/ }).focus();
    await page.keyboard.press("Enter");
    expect(param(page, "span")).toBe("15m");
    await page.getByRole("link", { name: "1 sent: show these messages" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("first").first().waitFor();
    await page.goBack();
    await page.goBack();
    await page.getByRole("button", { name: /Last hour/, pressed: true }).waitFor();
  });

  it("leaves traffic out that is not in the window", async () => {
    const { ana } = await pair();
    const { page } = await open("/graph?span=2026-01-01T10:00Z..2026-01-01T11:00Z");
    await rowOf(page, ana.instanceId).waitFor();
    expect(await rowOf(page, ana.instanceId).getByRole("link").count()).toBe(0);
    await page.getByRole("button", { name: /Last 24 hours/ }).click();
    await rowOf(page, ana.instanceId).getByRole("link").first().waitFor();
  });

  it("fits a phone, and is accessible in both themes", async () => {
    await pair();
    const { page } = await open("/graph", { viewport: { width: 390, height: 844 } });
    await untilDrawn(page);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await expectAccessible(page);
  });
});

describe("a graph of many", () => {
  it("groups by project or role, in the table as in the drawing, and keeps that in the address", async () => {
    const { project, ana, ben } = await pair();
    await ana.ask({ action: "set_role", role: `lead-${project}` });
    const { page, complaints } = await open("/graph");
    await rowOf(page, ben.instanceId).waitFor();
    const groups = page.getByRole("combobox", { name: "Groups" });
    await groups.selectOption("By project");
    const group = nodes(page)
      .getByRole("rowgroup")
      .filter({ has: page.getByRole("rowheader", { name: project, exact: true }) });
    await group.getByTitle(ana.instanceId).waitFor();
    await group.getByTitle(ben.instanceId).waitFor();
    await expectAccessible(page);
    await groups.selectOption("By role");
    const lead = nodes(page)
      .getByRole("rowgroup")
      .filter({ hasText: `lead-${project}` });
    await lead.getByTitle(ana.instanceId).waitFor();
    expect(await lead.getByTitle(ben.instanceId).count()).toBe(0);
    expect(param(page, "group")).toBe("role");
    expect(complaints).toEqual([]);
  });

  it("shows who waits for whom, with rings first, who is away among them, and a way to what is waited for", async () => {
    const { project, ana, ben } = await pair();
    const question = (from: HubClient, to: HubClient) =>
      from.ask({ action: "send_message", to: to.instanceId, type: "question", content: `why ${project}?` });
    await question(ana, ben);
    await question(ben, ana);
    await ben.goOffline();
    const { page, complaints } = await open(`/graph?find=${project}&window=15m`);
    await page.getByRole("button", { name: "Who waits" }).click();
    await page.getByRole("tab", { name: "Waits (2)" }).click();
    const row = page
      .getByRole("region", { name: "Waits", exact: true })
      .getByRole("row")
      .filter({ has: page.getByRole("link", { name: `2 that ${ana.instanceId} waits for from ${ben.instanceId}` }) });
    await row.getByText("ring").waitFor();
    await expectAccessible(page);
    expect(param(page, "layer")).toBe("waits");
    await row.getByRole("link").click();
    await page
      .getByRole("article", { name: "Ring of 2" })
      .getByRole("link", { name: `why ${project}?` })
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });
});
