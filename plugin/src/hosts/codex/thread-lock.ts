/**
 * Which threads the Codex that started us has open: it holds a lock file for each (seen on 0.171.0). A session that nobody
 * has typed into yet tells its thread by nothing else. Only Linux shows what files another process has open.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";

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

/** More than the facts of a thread that the first line of its rollout begins with. */
const FACTS_BYTES = 4_096;
const DAY_MS = 86_400_000;

/**
 * The folder in which a thread works, by its rollout; undefined of one that has none yet. The rollout lies in the folder
 * of the day on which the thread began, in this machine's time.
 */
export function folderOf(thread: string, home: string): string | undefined {
  const startedAt = Number.parseInt(thread.slice(0, 8) + thread.slice(9, 13), 16);
  for (const at of [startedAt, startedAt - DAY_MS, startedAt + DAY_MS]) {
    const [day = ""] = new Date(at).toISOString().split("T");
    const path = rolloutIn(join(home, "sessions", ...day.split("-")), thread);
    if (path !== undefined) return readFolder(path);
  }
  return undefined;
}

function rolloutIn(folder: string, thread: string): string | undefined {
  try {
    const name = readdirSync(folder).find((candidate) => candidate.endsWith(`${thread}.jsonl`));
    return name === undefined ? undefined : join(folder, name);
  } catch {
    return undefined;
  }
}

/** The line may be long, so only its beginning is read. */
function readFolder(path: string): string | undefined {
  const bytes = Buffer.alloc(FACTS_BYTES);
  const file = openSync(path, "r");
  try {
    const text = bytes.toString("utf8", 0, readSync(file, bytes, 0, FACTS_BYTES, 0));
    const quoted = /"cwd":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
    return quoted === undefined ? undefined : (JSON.parse(quoted) as string);
  } finally {
    closeSync(file);
  }
}
