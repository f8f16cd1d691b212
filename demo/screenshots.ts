/**
 * `npm run screenshots`: writes docs/images/*.png. Starts a hub of its own on free ports, lets the demo talk on it for some
 * minutes, so that charts have something to show, and takes each page as a reader's browser would draw it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import sharp from "sharp";
import type { ThreadPage } from "../shared/history.ts";
import type { NewKey, Scope } from "../shared/keys.ts";
import type { InstanceInfo } from "../shared/message.ts";
import { launchBrowser } from "../test/helpers/browser.ts";
import { type RunningHub, startHub } from "../test/helpers/hub.ts";

const ROOT = join(import.meta.dirname, "..");
const IMAGES = join(ROOT, "docs/images");
/** The stories take longer than their minute, so that charts see several. */
const SPEED = 0.15;
/** One whose last messages have code and a table among them. */
const SEED = 883;
const VIEWPORT = { width: 1280, height: 800 };
/** What a README loads without anybody waiting for it. */
const MAX_BYTES = 250_000;
/** The browser that comes along has no font for code; this is one of those that the page asks for. */
const CODE_FONT = "JetBrains Mono";

interface Shot {
  name: string;
  path: string;
  /** How much of the page has something to show, in pixels; all of it by default. */
  height?: number;
  /** Done before the picture: what a reader would open. */
  prepare?(page: Page): Promise<void>;
}

type Look = Pick<BrowserContextOptions, "colorScheme" | "viewport">;

async function main(): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  const dataDir = mkdtempSync(join(tmpdir(), "cc2cc-screenshots-"));
  const hub = await startHub({ dataDir });
  const startedAt = new Date();
  const demo = startDemo(hub, await mintKeys(hub));
  try {
    console.log("the demo fills a hub: some minutes …");
    await demo.untilFilled;
    const browser = await launchBrowser();
    // One tab for most, since each is an instance that the next ones would show.
    const { page, close } = await openTab(browser, hub, {});
    for (const shot of await planShots(hub, startedAt)) await take(page, hub, shot);
    await close();
    await takeCommandCenter(browser, hub, "command-center-light", { colorScheme: "light" });
    await takeCommandCenter(browser, hub, "command-center-phone", { viewport: { width: 390, height: 844 } });
    await browser.close();
  } finally {
    demo.child.kill("SIGINT");
    await demo.ended;
    await hub.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** What a team would have. Returns the key that its sessions use. */
async function mintKeys(hub: RunningHub): Promise<string> {
  const mint = async (request: { name: string; scope: Scope; pattern?: string }) => {
    const headers = { authorization: `Bearer ${hub.key}`, "content-type": "application/json" };
    const response = await fetch(`${hub.url}/api/keys`, { method: "POST", headers, body: JSON.stringify(request) });
    return ((await response.json()) as NewKey).key;
  };
  const key = await mint({ name: "team", scope: "member" });
  await mint({ name: "build runners", scope: "member", pattern: "*@ci:*" });
  await mint({ name: "screen in the hall", scope: "observer" });
  return key;
}

function startDemo(hub: RunningHub, key: string) {
  const args = [
    join(import.meta.dirname, "run.ts"),
    "--url",
    hub.url,
    "--speed",
    String(SPEED),
    "--seed",
    String(SEED),
  ];
  const env = { ...process.env, CC2CC_API_KEY: key };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const untilFilled = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes("goes on with small talk")) resolve();
    });
    void ended.then(() => reject(new Error("the demo ended before it was done")));
  });
  return { child, ended, untilFilled };
}

async function planShots(hub: RunningHub, startedAt: Date): Promise<Shot[]> {
  const instances = await read<InstanceInfo[]>(hub, "/api/instances");
  const away = instances.find(({ role }) => role === "docs")?.instanceId ?? "";
  const threads = await read<ThreadPage>(hub, "/api/threads?q=idempotency");
  const [longest] = threads.items.toSorted((a, b) => b.messages - a.messages);
  const span = `${startedAt.toISOString()}..${new Date().toISOString()}`;
  return [
    { name: "command-center", path: "/" },
    { name: "instance", path: `/?instance=${encodeURIComponent(away)}&drawer=open` },
    { name: "conversations", path: `/conversations?thread=${longest?.rootId}` },
    { name: "topics", path: "/topics?topic=payments%2Fincidents" },
    { name: "analytics", path: `/analytics?span=${span}` },
    // The layout settles after some seconds.
    { name: "graph", path: "/graph", prepare: () => sleep(6_000) },
    { name: "dead-letters", path: "/dead-letters", height: 330 },
    { name: "keys", path: "/keys", height: 560, prepare: (page) => page.getByText("How to change a key").click() },
  ];
}

async function read<T>(hub: RunningHub, path: string): Promise<T> {
  const response = await fetch(hub.url + path, { headers: { authorization: `Bearer ${hub.key}` } });
  return (await response.json()) as T;
}

async function takeCommandCenter(browser: Browser, hub: RunningHub, name: string, look: Look): Promise<void> {
  const { page, close } = await openTab(browser, hub, look);
  await take(page, hub, { name, path: "/" });
  await close();
}

/** A signed-in tab; `close` ends its instance. */
async function openTab(browser: Browser, hub: RunningHub, look: Look) {
  const defaults = { colorScheme: "dark", viewport: VIEWPORT, deviceScaleFactor: 1.5, locale: "en-US" } as const;
  const context = await browser.newContext({ ...defaults, ...look });
  await context.request.post(`${hub.url}/api/session`, { data: { key: hub.key }, headers: { origin: hub.url } });
  await context.addInitScript({ content: loadCodeFont() });
  const page = await context.newPage();
  const close = async () => {
    const ids = (await read<InstanceInfo[]>(hub, "/api/instances")).map(({ instanceId }) => instanceId);
    await context.close();
    for (const id of ids.filter((id) => id.startsWith("dashboard@"))) await removeOnceOffline(hub, id);
  };
  return { page, close };
}

/** So that the pictures after it do not show a tab that is gone. */
async function removeOnceOffline(hub: RunningHub, instanceId: string): Promise<void> {
  const path = `${hub.url}/api/instances/${encodeURIComponent(instanceId)}`;
  for (let attempt = 0; attempt < 20; attempt++) {
    const response = await fetch(path, { method: "DELETE", headers: { authorization: `Bearer ${hub.key}` } });
    if (response.ok) return;
    await sleep(250);
  }
}

async function take(page: Page, hub: RunningHub, { name, path, height, prepare }: Shot): Promise<void> {
  await page.goto(hub.url + path);
  await page.getByText("Live", { exact: true }).first().waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle");
  await prepare?.(page);
  // Moves end, lists settle, and what came by the last event is drawn.
  await sleep(1_500);
  const options = { palette: true, quality: 95, effort: 10, compressionLevel: 9, dither: 0 };
  const clip = height === undefined ? {} : { clip: { x: 0, y: 0, width: VIEWPORT.width, height } };
  const { size } = await sharp(await page.screenshot(clip))
    .png(options)
    .toFile(join(IMAGES, `${name}.png`));
  if (size > MAX_BYTES) throw new Error(`${name}.png has ${size} bytes, more than ${MAX_BYTES}`);
  console.log(`docs/images/${name}.png: ${Math.round(size / 1_000)} kB`);
}

/** As bytes rather than by address: the page's policy lets it load fonts from the hub only. */
function loadCodeFont(): string {
  const faces = [
    {
      weight: "400",
      url: import.meta.resolve("@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2"),
    },
    {
      weight: "700",
      url: import.meta.resolve("@fontsource/jetbrains-mono/files/jetbrains-mono-latin-700-normal.woff2"),
    },
  ].map(({ weight, url }) => ({ weight, data: readFileSync(new URL(url)).toString("base64") }));
  return `for (const { weight, data } of ${JSON.stringify(faces)}) {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    new FontFace(${JSON.stringify(CODE_FONT)}, bytes, { weight }).load().then((face) => document.fonts.add(face));
  }`;
}

await main();
