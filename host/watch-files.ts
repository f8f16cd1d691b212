import { watchFile } from "node:fs";

const CHECK_MS = 2_000;

/** Calls `onChange` after any of the files is another one: also where a link, as certbot keeps them, points elsewhere. */
export function watchFiles(paths: string[], onChange: () => void): void {
  // `watch` would watch the link and not where it leads.
  for (const path of paths) watchFile(path, { interval: CHECK_MS, persistent: false }, onChange);
}
