/** The command line of the program that started us, as far as the system tells. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Its words; undefined where the system does not tell. */
export function readCommandLine(pid: number, platform: NodeJS.Platform): string[] | undefined {
  try {
    if (platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    if (platform === "win32") return undefined;
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).split(/\s+/);
  } catch {
    return undefined;
  }
}
