import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromiumPackage from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/** Browsers that a machine may have already; the one that npm brings along runs on Linux x64 only. */
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** A headless Chromium, without any download. Close it. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform === "linux" && process.arch === "x64") {
    const executablePath = await chromiumPackage.executablePath();
    // Not the package's own flags: made for Lambda, they turn off the web security that we test, and one process for
    // everything dies with the first page that closes. A bare machine has no fonts; these came with the browser.
    return chromium.launch({ executablePath, env: { ...process.env, FONTCONFIG_PATH: join(tmpdir(), "fonts") } });
  }
  const executablePath = INSTALLED.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error(`no Chromium found in ${INSTALLED.join(", ")}`);
  return chromium.launch({ executablePath });
}
