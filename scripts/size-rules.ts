/** How many bytes a browser is sent, and how many it may be. */

/** A file of the build: what it holds, gzipped, and what a browser fetches with it. */
export interface BuiltFile {
  name: string;
  gzipBytes: number;
  /** Chunks that it cannot run without, and its style sheets. */
  needs: string[];
  /** Modules in it, by path. */
  modules: string[];
}

export interface Budget {
  name: string;
  maxKilobytes: number;
  /** By name; each counts once. */
  files: Iterable<string>;
}

export interface Measured {
  name: string;
  kilobytes: number;
  maxKilobytes: number;
  files: string[];
}

/** The chunk that holds a module whose path ends so. Throws where there is none: a budget that measures nothing proves nothing. */
export function chunkWith(files: readonly BuiltFile[], ending: string): BuiltFile {
  const chunk = files.find(({ modules }) => modules.some((module) => module.endsWith(ending)));
  if (chunk === undefined) throw new Error(`no chunk holds ${ending}`);
  return chunk;
}

/** A chunk and its style sheets, without what it shares with others. */
export function alone(chunk: BuiltFile): string[] {
  return [chunk.name, ...chunk.needs.filter((name) => name.endsWith(".css"))];
}

/** Everything that comes with the given files, they included. */
export function withNeeds(files: readonly BuiltFile[], names: readonly string[]): Set<string> {
  const all = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (all.has(name)) continue;
    all.add(name);
    queue.push(...(files.find((file) => file.name === name)?.needs ?? []));
  }
  return all;
}

export function measure(files: readonly BuiltFile[], { name, maxKilobytes, files: names }: Budget): Measured {
  const counted = [...new Set(names)].sort();
  const bytes = counted.reduce((sum, each) => sum + (files.find((file) => file.name === each)?.gzipBytes ?? 0), 0);
  return { name, kilobytes: bytes / 1_000, maxKilobytes, files: counted };
}
