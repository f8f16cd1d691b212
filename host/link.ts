/** `npm run link`: prints a link that opens the dashboard of the running hub signed in, once, within ten minutes. */
import { homedir } from "node:os";
import { readHubState } from "./data-dir.ts";
import { readKeys } from "./key-file.ts";
import { readSettings } from "./settings.ts";
import { makeSignInLink } from "./sign-in-link.ts";
import { StartProblem } from "./start-problem.ts";

/** Throws a StartProblem where there is no hub, or no key to it. */
export async function printLink(): Promise<void> {
  const { dataDir, keys } = readSettings(process.env, homedir());
  const hub = readHubState(dataDir);
  if (hub === undefined) {
    throw new StartProblem(
      `no hub runs on ${dataDir}: start it, or set CC2CC_DATA_DIR to the folder of the one that runs.`,
    );
  }
  const key = keys[0] ?? readKeys(dataDir)?.[0];
  if (key === undefined) {
    throw new StartProblem(
      `there is no key in ${dataDir}: set CC2CC_HUB_API_KEY to the one that the hub was started with.`,
    );
  }
  console.log(await makeSignInLink({ url: hub.url, fingerprint: hub.fingerprint }, key, hub.publicUrl));
}

async function main(): Promise<void> {
  try {
    await printLink();
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    console.error(`cc2cc: ${error.message}`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
