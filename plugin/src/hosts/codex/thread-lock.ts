/**
 * Which threads the Codex that started us has open: it holds a lock file for each (seen on 0.171.0). A session that nobody
 * has typed into yet tells its thread by nothing else. Only Linux shows what files another process has open.
 */
import { readdirSync, readlinkSync } from "node:fs";

const LOCK = /\/thread-writer-locks\/([0-9a-f-]{36})\.lock$/;

/** Their ids; none where the system does not tell. */
export function threadsOf(pid: number, platform: NodeJS.Platform): string[] {
  if (platform !== "linux") return [];
  const folder = `/proc/${pid}/fd`;
  try {
    return [...new Set(readdirSync(folder).flatMap((name) => threadOf(`${folder}/${name}`)))];
  } catch {
    return [];
  }
}

/** A file that was closed in this moment is none. */
function threadOf(link: string): string[] {
  try {
    return LOCK.exec(readlinkSync(link))?.slice(1) ?? [];
  } catch {
    return [];
  }
}
