import { networkInterfaces } from "node:os";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { findLanAddress } from "../../host/lan-address.ts";
import { launchBrowser } from "../helpers/browser.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** Opens the page and collects what a person would see in the console, CSP reports among it. */
async function open(
  url: string,
  colorScheme: "light" | "dark" = "light",
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ colorScheme });
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

it("shows the hub's health and version, and nothing in the console", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const { page, complaints } = await open(hub.url);
  await page.getByRole("status").getByText("The hub is running").waitFor();
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("cc2cc");
  const { version } = (await (await fetch(`${hub.url}/version`)).json()) as { version: string };
  expect(await page.getByRole("definition").first().textContent()).toBe(version);
  expect(complaints).toEqual([]);
});

it("works under a LAN address, where a page is no secure context", async () => {
  const address = findLanAddress(networkInterfaces()) ?? "127.0.0.1";
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_BIND: "0.0.0.0" } });
  const { page, complaints } = await open(`http://${address}:${hub.port}/`);
  await page.getByText("The hub is running").waitFor();
  expect(complaints).toEqual([]);
});

it("says that the hub is gone, and finds it again", async () => {
  const dataDir = makeTempDir();
  const first = await startTestHub({ dataDir });
  const { page } = await open(first.url);
  await page.getByText("The hub is running").waitFor();
  await first.stop();
  await page.getByText("The hub does not answer").waitFor();
  await startTestHub({ dataDir, port: first.port });
  await page.getByText("The hub is running").waitFor();
});

it("follows the system's colours", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const backgroundOf = async (scheme: "light" | "dark") => {
    const { page } = await open(hub.url, scheme);
    return page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  };
  expect(await backgroundOf("light")).toBe("rgb(246, 248, 249)");
  expect(await backgroundOf("dark")).toBe("rgb(15, 21, 23)");
});
