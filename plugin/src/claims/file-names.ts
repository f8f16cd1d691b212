/**
 * What a file is called on the hub (L2), so that two clones of one repository on two machines call it the same:
 * `file:<repository>:<branch>:<path>`, the repository by its remote; by machine and folder where it has none.
 */
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { escapeName } from "../../../shared/escapes.ts";

/** A git that takes longer, as on a share that hangs, is not waited for: then nobody knows what a file is called. */
const GIT_MS = 2_000;
const REMOTE_KNOWN_MS = 60_000;

interface Place {
  root: string;
  repository: string;
  branch: string;
}

export class FileNames {
  readonly #host: string;
  readonly #folder: string;
  /** By root of a repository. */
  readonly #repositories = new Map<string, { name: string; until: number }>();

  /** `folder`: what relative paths begin at, and what stands for the repository where there is none. */
  constructor(host: string, folder: string) {
    this.#host = host;
    this.#folder = realPath(folder);
  }

  /** The name of a file, or of a glob with `*`, `?` and `**`; undefined for one outside of any repository and folder. */
  async nameOf(path: string, { isGlob = false } = {}): Promise<string | undefined> {
    const file = isGlob ? resolve(this.#folder, path) : realPath(resolve(this.#folder, path));
    const place = await this.#placeOf(isGlob ? this.#folder : dirname(file)).catch(() => undefined);
    if (place === undefined) return undefined;
    const within = relative(place.root, file).split(sep).join("/");
    if (within === "" || within.startsWith("../") || within === ".." || resolve(within) === within) return undefined;
    return `file:${place.repository}:${place.branch}:${escapeName(within, isGlob ? "glob" : "name")}`;
  }

  async #placeOf(folder: string): Promise<Place> {
    const [root, branch] =
      (await git(folder, "rev-parse", "--show-toplevel", "--abbrev-ref", "HEAD"))?.split("\n") ?? [];
    if (root === undefined || branch === undefined) {
      return {
        root: this.#folder,
        repository: escapeName(`${this.#host}${this.#folder.split(sep).join("/")}`),
        branch: "-",
      };
    }
    return { root: realPath(root), repository: await this.#repositoryOf(root), branch };
  }

  async #repositoryOf(root: string): Promise<string> {
    const known = this.#repositories.get(root);
    if (known !== undefined && known.until > Date.now()) return known.name;
    const remote = await git(root, "config", "--get", "remote.origin.url");
    const name = escapeName(remote === undefined ? `${this.#host}${root}` : nameOfRemote(remote, this.#host));
    this.#repositories.set(root, { name, until: Date.now() + REMOTE_KNOWN_MS });
    return name;
  }
}

/** A remote without what differs between two who have the same: protocol, credentials, port, `.git`. */
export function nameOfRemote(remote: string, host: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([^:/]*)(?::\d+)?\/+(.*)$/i.exec(remote);
  const short = url === null ? /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\\)\/?(.*)$/.exec(remote) : null;
  const [, server, path] = url ?? short ?? [];
  // A remote that is a folder means something on this machine only.
  if (server === undefined || server === "" || path === undefined)
    return `${host}${trimmed(remote.replace(/^file:\/\//, ""))}`;
  return `${server.toLowerCase()}/${trimmed(path)}`;
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "").replace(/\.git$/, "");
}

/** A file that is about to be written need not be there: then its folder is looked at. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}

/** Undefined where git is not there, or has no answer; rejects where it takes too long. */
async function git(folder: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", ["-C", folder, ...args], { timeout: GIT_MS });
    return stdout.trim() || undefined;
  } catch (error) {
    if ((error as { killed?: boolean }).killed === true) throw error;
    return undefined;
  }
}
