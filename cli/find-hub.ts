/** Which hub this command is for, and the key to it: the environment, then `cc2cc join`, then the hub of this machine. */
import { homedir } from "node:os";
import { readJoinedHub } from "../client/joined-hub.ts";
import { readHubState } from "../host/data-dir.ts";
import { readKeys } from "../host/key-file.ts";
import { readSettings } from "../host/settings.ts";
import { parseHubUrl } from "../shared/hub-url.ts";
import { CliProblem, ExitCode } from "./problem.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a hub is, and what opens it. */
export interface HubAddress {
  url: URL;
  key: string;
}

/** Throws a CliProblem where the address or the key is missing. */
export function findHub(env: Environment, home = homedir()): HubAddress {
  const url = findUrl(env, home);
  if (url === undefined) {
    throw new CliProblem(
      ExitCode.away,
      "no hub is known here: start one with `cc2cc`, join one with `cc2cc join http://HUB:3100`, or set CC2CC_HUB_URL.",
    );
  }
  const key = findKey(env, url, home);
  if (key === undefined) {
    throw new CliProblem(
      ExitCode.key,
      `there is no key for the hub at ${url.origin}: run \`cc2cc join ${url.origin}\`, or set CC2CC_API_KEY.`,
    );
  }
  return { url, key };
}

export function findUrl(env: Environment, home = homedir()): URL | undefined {
  const text = env.CC2CC_HUB_URL?.trim();
  if (text) {
    const url = parseHubUrl(text);
    if (url === undefined) {
      throw new CliProblem(
        ExitCode.usage,
        `CC2CC_HUB_URL is "${text}", which is no address: write it like http://192.168.1.20:3100.`,
      );
    }
    return url;
  }
  const joined = readJoinedHub(home)?.url ?? localHub(env, home)?.url;
  return joined === undefined ? undefined : parseHubUrl(joined);
}

/** A key is sent to the hub it is for, and to no other. */
export function findKey(env: Environment, url: URL, home = homedir()): string | undefined {
  const own = env.CC2CC_API_KEY?.trim();
  if (own) return own;
  const joined = readJoinedHub(home);
  if (joined !== undefined && parseHubUrl(joined.url)?.origin === url.origin) return joined.key;
  const local = localHub(env, home);
  const isLocal = [local?.url, local?.publicUrl].some(
    (known) => known !== undefined && parseHubUrl(known)?.origin === url.origin,
  );
  if (!isLocal) return undefined;
  const { keys, dataDir } = readSettings(env, home);
  return keys[0] ?? readKeys(dataDir)?.[0];
}

/** The hub that runs on this machine's data folder: under its certificate's name, where it has one. */
function localHub(env: Environment, home: string): { url: string; publicUrl: string } | undefined {
  const state = readHubState(readSettings(env, home).dataDir);
  return state && { url: state.fingerprint === undefined ? state.url : state.publicUrl, publicUrl: state.publicUrl };
}
