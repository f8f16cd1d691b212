/** What this machine keeps of who its sessions are: the secret that holds their ids, and their names. */
import { randomUUID } from "node:crypto";
import { keepNames, readOrMakeToken } from "../../client/identity/identity.ts";
import type { Settings } from "./settings.ts";

/** Where nothing can be written, the session holds its id for its own lifetime. */
export function keptToken(dataDir: string, log: (line: string) => void): string {
  try {
    return readOrMakeToken(dataDir);
  } catch (error) {
    log(`cannot keep the identity token in ${dataDir}: ${(error as Error).message}`);
    return randomUUID().replaceAll("-", "");
  }
}

/** The names that were chosen, or that this machine had when it was first seen. */
export function keptNames(settings: Settings, log: (line: string) => void): Pick<Settings, "username" | "host"> {
  const { username, host, isUsernameChosen, isHostChosen, dataDir } = settings;
  if (isUsernameChosen && isHostChosen) return { username, host };
  try {
    const kept = keepNames(dataDir, { username, host });
    return { username: isUsernameChosen ? username : kept.username, host: isHostChosen ? host : kept.host };
  } catch (error) {
    log(`cannot keep this machine's name in ${dataDir}: ${(error as Error).message}`);
    return { username, host };
  }
}
