interface LockedPackage {
  version?: string;
  optionalDependencies?: Record<string, string>;
}

export interface Lock {
  packages: Record<string, LockedPackage>;
}

/** The machines that cc2cc is installed on. libc variants other than glibc are left to the packages themselves. */
const PLATFORMS = ["linux", "darwin", "win32", "windows"];
const ARCHITECTURES = ["x64", "64", "arm64"];

/**
 * Optional builds that a locked package declares for one of our platforms and the lock does not hold. `npm ci` on such
 * a platform then installs a tool without its binary, and says nothing.
 */
export function findMissingBuilds(lock: Lock): string[] {
  const missing: string[] = [];
  for (const [path, locked] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(locked.optionalDependencies ?? {})) {
      if (!isOurPlatform(name)) continue;
      const found = findLocked(lock, path, name);
      if (found === undefined) missing.push(`${path || "(root)"} needs ${name}@${range}, which the lock does not hold`);
      else if (isExact(range) && found !== range) {
        missing.push(`${path || "(root)"} needs ${name}@${range}, but the lock holds ${found}`);
      }
    }
  }
  return missing;
}

/** Tools without which nothing here runs: for these, silence in the lock is an error too. */
export function findUnlockedTools(lock: Lock, tools: readonly string[]): string[] {
  return tools
    .filter((tool) => Object.keys(lock.packages[`node_modules/${tool}`]?.optionalDependencies ?? {}).length === 0)
    .map((tool) => `${tool} declares no platform builds in the lock`);
}

function isOurPlatform(name: string): boolean {
  const words = name.slice(name.lastIndexOf("/") + 1).split(/[-_]/);
  return words.some((word) => PLATFORMS.includes(word)) && words.some((word) => ARCHITECTURES.includes(word));
}

/** Looks the package up as Node would: beside the one that wants it, then further out. */
function findLocked(lock: Lock, path: string, name: string): string | undefined {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const found = lock.packages[folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (found !== undefined) return found.version;
    if (folder === "") return undefined;
  }
}

function isExact(range: string): boolean {
  return /^\d/.test(range);
}
