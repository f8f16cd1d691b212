import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "../..");
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
    const folder = await unpackBrowser();
    // Not the package's own flags: made for Lambda, they turn off the web security that we test, and one process for
    // everything dies with the first page that closes. A bare machine has no fonts; these came with the browser.
    const env = { ...process.env, FONTCONFIG_PATH: join(folder, "fonts") };
    return chromium.launch({ executablePath: join(folder, "chromium"), env });
  }
  const executablePath = INSTALLED.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error(`no Chromium found in ${INSTALLED.join(", ")}`);
  return chromium.launch({ executablePath });
}

/**
 * The folder of the browser that npm brings along, packed. The package unpacks it in the folder of temporary files, and takes
 * what is there for whole: of two that start at once, one would run what the other is writing. So it unpacks in a folder
 * of its own, which gets its name when it is whole.
 */
async function unpackBrowser(): Promise<string> {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const folder = join(tmpdir(), `cc2cc-chromium-${devDependencies["@sparticuz/chromium"]}`);
  if (existsSync(folder)) return folder;
  const own = mkdtempSync(`${folder}-`);
  const packed = JSON.stringify(import.meta.resolve("@sparticuz/chromium"));
  const program = `await (await import(${packed})).default.executablePath()`;
  const env = { ...process.env, TMPDIR: own };
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { cwd: ROOT, env });
  const fonts = join(own, "fonts", "fonts.conf");
  // They are where the package always puts them, as far as it knows.
  writeFileSync(fonts, readFileSync(fonts, "utf8").replaceAll("/tmp/fonts", join(folder, "fonts")));
  chmodSync(own, 0o755);
  try {
    renameSync(own, folder);
  } catch {
    // Another process was first.
    rmSync(own, { recursive: true, force: true });
  }
  return folder;
}
