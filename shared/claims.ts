/**
 * Claims (protocol section "Claims", L1 to L4): names that a session holds for a while, and what of them meets. A name is
 * free text; `file:<repository>:<branch>:<glob>` names files, `leader:<name>` whoever leads.
 */
import { z } from "zod";
import { spellingProblem } from "./escapes.ts";
import { type Glob, globsOverlap, readGlob } from "./globs.ts";
import { InstanceId } from "./ids.ts";
import { CLAIM_NAME_MAX_LENGTH, CLAIM_NAMES_MAX, CLAIM_REASON_MAX_LENGTH, CLAIM_TTL_MAX_SECONDS } from "./limits.ts";
import { WellFormedText } from "./well-formed-text.ts";

export const ClaimMode = z.enum(["exclusive", "shared"]);
export type ClaimMode = z.infer<typeof ClaimMode>;

const FILE = "file:";
const LEADER = "leader:";
const FILE_FORM =
  "file:<repository>:<branch>:<glob>, such as file:github.com/acme/api:main:src/**; the repository without colons";

/** L2: a name as it may be claimed. */
export const ClaimName = WellFormedText.min(1)
  .max(CLAIM_NAME_MAX_LENGTH)
  .refine(
    (name) => name.trim() === name && !/[\p{Cc}\u2028\u2029]/u.test(name),
    "must be one line without blanks around it",
  )
  .refine((name) => !name.startsWith(FILE) || fileOf(name) !== undefined, `names of files are ${FILE_FORM}`)
  .refine((name) => problemOfFile(name) === undefined, { error: ({ input }) => problemOfFile(String(input)) })
  .refine(
    (name) => !name.startsWith(LEADER) || /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name.slice(LEADER.length)),
    "after leader: comes a name of a-z 0-9 . _ - that begins with a letter or digit",
  );

/** L3: one file. */
export const FileName = ClaimName.refine(
  (name) => fileOf(name) !== undefined && !isPattern(name),
  `must be ${FILE_FORM.replace("<glob>", "<path>").replace("**", "a.ts")}`,
);

/** What a claim asks for. */
export const ClaimRequest = z.object({
  names: z
    .array(ClaimName)
    .min(1)
    .max(CLAIM_NAMES_MAX, {
      error: ({ input }) =>
        `at most ${CLAIM_NAMES_MAX} names; these are ${(input as unknown[]).length}: claim a glob, or less`,
    }),
  mode: ClaimMode.default("exclusive"),
  ttlSeconds: z.number().int().min(1, "must be 1 or more").max(CLAIM_TTL_MAX_SECONDS).optional(),
  wait: z.boolean().default(false),
  reason: WellFormedText.max(CLAIM_REASON_MAX_LENGTH).optional(),
});

/** One name that somebody holds. Times ISO 8601. */
export const Claim = z
  .object({
    name: z.string(),
    instanceId: InstanceId,
    mode: ClaimMode,
    /** Grows with each grant, for all names together: what acts on the name can refuse those with a smaller one. */
    token: z.number().int(),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    reason: z.string().optional(),
    /** How many wait for it. */
    waiting: z.number().int(),
  })
  .meta({ id: "Claim" });
export type Claim = z.infer<typeof Claim>;

/** Who else is at a file. */
export interface FileTouch {
  instanceId: string;
  role?: string;
  /** ISO 8601. */
  at: string;
}

/** What a name is looked up by: names of different scopes never meet. */
export function scopeOf(name: string): string {
  const file = fileOf(name);
  return file === undefined ? name : `${FILE}${file.repository}:${file.branch}`;
}

/** The name of the topic on which changes of a leader are told (L4); undefined for any other claim. */
export function leaderTopic(name: string): string | undefined {
  return name.startsWith(LEADER) ? `leader/${name.slice(LEADER.length)}` : undefined;
}

/** A name, read once to be compared often. */
export interface ReadName {
  name: string;
  scope: string;
  /** Of names of files. */
  glob: Glob | undefined;
}

export function readName(name: string): ReadName {
  const file = fileOf(name);
  return { name, scope: scopeOf(name), glob: file && readGlob(file.glob) };
}

/** Whether two names meet: the same text, or files of one branch by globs that some file matches both of. */
export function namesMeet(a: ReadName, b: ReadName): boolean {
  if (a.name === b.name) return true;
  if (a.scope !== b.scope || a.glob === undefined || b.glob === undefined) return false;
  return globsOverlap(a.glob, b.glob);
}

/** Whether a name stands for more than one file. */
export function isPattern(name: string): boolean {
  return WILD.test(fileOf(name)?.glob ?? "");
}

interface FileName {
  repository: string;
  branch: string;
  glob: string;
}

/** Reads `file:<repository>:<branch>:<glob>`; a branch of git has no colon. */
function fileOf(name: string): FileName | undefined {
  const [, repository, branch, glob] = /^file:([^:]+):([^:]+):(.+)$/s.exec(name) ?? [];
  return repository === undefined || branch === undefined || glob === undefined
    ? undefined
    : { repository, branch, glob };
}

/** What is wrong with a name of files that reads as one: each of its parts has one way to be written. */
function problemOfFile(name: string): string | undefined {
  const file = fileOf(name);
  if (file === undefined) return undefined;
  const repository = spellingProblem(file.repository, "name");
  if (repository !== undefined) return `the repository ${repository}`;
  const glob = globProblem(file.glob) ?? spellingProblem(file.glob, "glob");
  return glob === undefined ? undefined : `the glob ${glob}`;
}

const WILD = /[*?]/;
/** Beyond these, a glob says nothing that a simpler one does not. */
const STARS_MAX = 8;

/** What is wrong with a glob, as the end of a sentence. `*`, `?` and `**` are all there is; a backslash is no separator. */
function globProblem(glob: string): string | undefined {
  if (
    glob.startsWith("/") ||
    glob.split("/").some((segment) => segment === "" || segment === "." || segment === "..")
  ) {
    return "must be a path from the root of the repository, and no segment of it empty, `.` or `..`";
  }
  const other = /[[\]{}!\\]/.exec(glob)?.[0];
  if (other !== undefined) return `has ${other}: only *, ? and ** are known here; claim several names instead`;
  if (glob.split("/").some((segment) => segment.includes("**") && segment !== "**")) {
    return "has ** within a segment: it stands for whole folders, between slashes";
  }
  if ((glob.match(/\*+/g) ?? []).length > STARS_MAX) {
    return `has more than ${STARS_MAX} stars, each * or ** one: claim several names instead`;
  }
  return undefined;
}
