/** Copies a folder that is being written to, so that the copy is the folder as of one instant (docs/decisions/0004-backup.md). */
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** A file that changed this shortly before it was copied may have changed in the same tick of the file system's clock. */
const CLOCK_TICK_NS = 20_000_000n;

/** What is rebuilt by whoever opens the database. */
const SKIPPED = /-shm$/;

interface Copied {
  size: bigint;
  changedAtNs: bigint;
  /** Nothing can have changed unseen since it was copied. */
  isSettled: boolean;
}

/** The files of a folder and what is known of their copies. */
export class Snapshot {
  readonly #from: string;
  readonly #to: string;
  readonly #copied = new Map<string, Copied>();

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  /**
   * Copies what is new or changed since it was last copied, and takes away what is gone. Run it while the folder is
   * written to as often as is useful, and last while nothing writes: that run makes the copy exact, and has little to do.
   * Returns how many files it copied.
   */
  update(): number {
    const paths = listFiles(this.#from).filter((path) => !SKIPPED.test(path));
    const isThere = new Set(paths);
    for (const path of this.#copied.keys()) if (!isThere.has(path)) this.#forget(path);
    return paths.filter((path) => this.#copyIfChanged(path)).length;
  }

  #copyIfChanged(path: string): boolean {
    const before = this.#stateOf(path);
    if (before === undefined) {
      this.#forget(path);
      return false;
    }
    const copied = this.#copied.get(path);
    if (copied?.isSettled && copied.size === before.size && copied.changedAtNs === before.changedAtNs) return false;
    const target = join(this.#to, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    try {
      // A file system that can share blocks between files copies nothing at all here.
      copyFileSync(join(this.#from, path), target, constants.COPYFILE_FICLONE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      this.#forget(path);
      return false;
    }
    this.#copied.set(path, before);
    return true;
  }

  #stateOf(path: string): Copied | undefined {
    const stat = statSync(join(this.#from, path), { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    return { size: stat.size, changedAtNs: stat.mtimeNs, isSettled: nowNs - stat.mtimeNs > CLOCK_TICK_NS };
  }

  #forget(path: string): void {
    this.#copied.delete(path);
    rmSync(join(this.#to, path), { force: true });
  }
}

/** Every file below a folder, relative to it, with `/` on every platform, in order. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
