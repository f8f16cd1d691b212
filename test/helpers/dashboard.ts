/** The dashboard as a person has it: a real browser on a real hub, signed in. */
import AxeBuilder from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { launchBrowser } from "./browser.ts";
import type { RunningHub } from "./hub.ts";
import { findOverflow, findSmallText } from "./page-looks.ts";
import { shareHub } from "./test-hub.ts";

export interface OpenOptions {
  /** A key to sign in with: the hub's own, an admin's, by default. Null opens the page without. */
  key?: string | null;
  colorScheme?: "light" | "dark";
  viewport?: { width: number; height: number };
}

export interface OpenPage {
  page: Page;
  /** Everything the console and the page itself complained of, reports of the CSP among it. */
  complaints: string[];
}

/** One hub and one browser for all tests of a file: call it at the file's top. */
export function shareDashboard(env: Record<string, string> = {}) {
  const hub = shareHub({ env });
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** Opens a page in a browser context of its own, which ends with the test. */
  async function open(path: string, options: OpenOptions = {}): Promise<OpenPage> {
    if (browser === undefined) throw new Error("the file's browser runs in its tests only");
    return openDashboard(browser, hub(), path, options);
  }
  return { hub, open };
}

export async function openDashboard(
  browser: Browser,
  hub: RunningHub,
  path: string,
  { key = hub.key, ...look }: OpenOptions = {},
): Promise<OpenPage> {
  // A bare machine's own language is "en-US@posix", which Intl refuses.
  const defaults: BrowserContextOptions = {
    locale: "en-US",
    colorScheme: "dark",
    viewport: { width: 1280, height: 800 },
  };
  const context = await browser.newContext({ ...defaults, ...look, acceptDownloads: true });
  onTestFinished(() => context.close());
  if (key !== null) {
    const signIn = await context.request.post(`${hub.url}/api/session`, {
      data: { key },
      headers: { origin: hub.url },
    });
    expect(signIn.status()).toBe(200);
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${hub.url}${path}`);
  return { page, complaints };
}

/** Fails with what axe finds, element by element, with text below 12 px, and with what makes the page scroll sideways. Moves and transitions end first, since a half-faded text has too little contrast. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(`
    const ending = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
    Promise.allSettled(ending.map(({ finished }) => finished)).then(() => null);
  `);
  // Most of its time would go into describing what is well, and into a page of its own for the frames we do not have.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ["violations"] })
    .analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  );
  expect(found).toEqual([]);
  expect(await findSmallText(page)).toEqual([]);
  expect(await findOverflow(page)).toEqual([]);
}
