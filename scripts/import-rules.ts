export interface Import {
  /** The importing file, relative to the repository, with forward slashes. */
  file: string;
  line: number;
  /** What stands between the quotes. */
  specifier: string;
}

const FOLDERS = [
  "worker",
  "durable-objects",
  "shared",
  "client",
  "plugin",
  "dashboard",
  "host",
  "test",
  "bench",
  "demo",
  "scripts",
  "cli",
];

/** Objects talk by RPC stub, so the folder of one is closed to the folders of the others. */
const OBJECT_FOLDERS = ["mailbox", "directory", "journal", "exchange", "mcp"];

const MAY_ALSO_IMPORT: Readonly<Record<string, readonly string[]>> = {
  worker: ["durable-objects"],
  plugin: ["client"],
  // The command line is the front of all that runs on a machine.
  cli: ["client", "host"],
};

const SHARED_PACKAGES = ["zod"];

/** Programs that drive everything from outside, as tests do. */
const DRIVERS = ["test", "bench", "demo"];

const IMPORT_PATTERN =
  /(?:^|[;}\s])(?:import|export)\s*(?:type\s)?(?:[\w$*\s{},]*?\sfrom\s*)?["']([^"'\n]+)["']|\bimport\s*\(\s*["']([^"'\n]+)["']\s*[),]/g;

export function findImports(file: string, source: string): Import[] {
  // Comments are blanked rather than removed, so that line numbers stay.
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
  return [...code.matchAll(IMPORT_PATTERN)].map((match) => ({
    file,
    line: code.slice(0, match.index + match[0].length).split("\n").length,
    specifier: match[1] ?? match[2] ?? "",
  }));
}

/** The rule that an import breaks, as a sentence, or undefined when it may stand. */
export function findViolation({ file, specifier }: Import): string | undefined {
  const from = file.split("/");
  const isTest = file.endsWith(".test.ts") || DRIVERS.includes(from[0] ?? "");
  if (!specifier.startsWith(".")) return isTest ? undefined : findPackageViolation(from, specifier);
  const to = resolvePath(from.slice(0, -1), specifier);
  if (isTest || !FOLDERS.includes(from[0] ?? "") || !FOLDERS.includes(to[0] ?? "")) return undefined;
  return findFolderViolation(from, to);
}

function findPackageViolation(from: string[], specifier: string): string | undefined {
  if (from[0] !== "shared" || SHARED_PACKAGES.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
    return undefined;
  }
  return `shared/ imports ${SHARED_PACKAGES.join(", ")} and nothing else`;
}

function findFolderViolation(from: string[], to: string[]): string | undefined {
  const [fromFolder = "", fromPart = ""] = from;
  const [toFolder = "", toPart = ""] = to;
  if (fromFolder === toFolder) {
    const crossesObjects =
      fromFolder === "durable-objects" &&
      fromPart !== toPart &&
      OBJECT_FOLDERS.includes(fromPart) &&
      OBJECT_FOLDERS.includes(toPart);
    return crossesObjects ? `${fromPart}/ reaches ${toPart}/ by RPC stub only, not by import` : undefined;
  }
  if (fromFolder === "shared") return `shared/ imports ${SHARED_PACKAGES.join(", ")} and nothing else`;
  if (toFolder === "shared" || MAY_ALSO_IMPORT[fromFolder]?.includes(toFolder)) return undefined;
  return `${fromFolder}/ may not import from ${toFolder}/`;
}

function resolvePath(folder: string[], specifier: string): string[] {
  const parts = [...folder];
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts;
}
