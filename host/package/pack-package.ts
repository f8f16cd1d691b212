/** The package as one file. The same input makes the same bytes. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { StartProblem } from "../start-problem.ts";
import { assemblePackage } from "./package-folder.ts";

export interface Packed {
  path: string;
  fileCount: number;
  unpackedBytes: number;
}

/** Builds what is stale, and writes the tarball into an existing folder. */
export async function packPackage(root: string, into: string): Promise<Packed> {
  const folder = await assemblePackage(root);
  const args = ["pack", folder, "--pack-destination", into, "--ignore-scripts", "--json"];
  const { status, stdout, stderr } = spawnSync("npm", args, { encoding: "utf8", shell: process.platform === "win32" });
  if (status !== 0) throw new StartProblem(`npm pack failed: ${stderr}`);
  // One npm answers with a list, another with an object by name.
  const [file] = Object.values(JSON.parse(stdout)) as { filename: string; unpackedSize: number; entryCount: number }[];
  if (file === undefined) throw new StartProblem(`npm pack does not say what it made: ${stdout}`);
  return { path: join(into, file.filename), fileCount: file.entryCount, unpackedBytes: file.unpackedSize };
}
