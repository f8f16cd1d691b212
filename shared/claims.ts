/**
 * Claims (protocol section "Claims", L1 to L4): names that a session holds for a while, and what of them meets. A name is
 * free text; `file:<repository>:<branch>:<glob>` names files, `leader:<name>` whoever leads.
 */
import { z } from "zod";
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
  .refine((name) => !name.startsWith(FILE) || globProblem(fileOf(name)?.glob ?? "") === undefined, {
    error: ({ input }) => `the glob ${globProblem(fileOf(String(input))?.glob ?? "")}`,
  })
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

/** Whether two names of one scope meet: the same text, or globs that some file matches both of. */
export function namesMeet(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [fileOf(a), fileOf(b)];
  return left !== undefined && right !== undefined && globsOverlap(left.glob, right.glob);
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

const WILD = /[*?]/;
/** Beyond these, whether two globs overlap is more work than a claim is worth. */
const STARS_MAX = 8;

/** What is wrong with a glob, as the end of a sentence. `*`, `?` and `**` are all there is; a backslash is no separator. */
function globProblem(glob: string): string | undefined {
  if (
    glob.startsWith("/") ||
    glob.split("/").some((segment) => segment === "" || segment === "." || segment === "..")
  ) {
    return "must be a path from the root of the repository, without empty segments, . or ..";
  }
  const other = /[[\]{}!\\]/.exec(glob)?.[0];
  if (other !== undefined) return `has ${other}: only *, ? and ** are known here; claim several names instead`;
  if (glob.split("/").some((segment) => segment.includes("**") && segment !== "**")) {
    return "has ** within a segment: it stands for whole folders, between slashes";
  }
  if ((glob.match(/\*+/g) ?? []).length > STARS_MAX) return `has more than ${STARS_MAX} stars`;
  return undefined;
}

/** Whether some path matches both. `*` and `?` stay within a segment; `**` is any number of segments, none included. */
export function globsOverlap(a: string, b: string): boolean {
  const [left, right] = [a.split("/"), b.split("/")];
  return meetFrom(left.length, right.length, {
    isAny: (side, index) => (side === "left" ? left : right)[index] === "**",
    isSame: (i, j) => segmentsOverlap(left[i] as string, right[j] as string),
  });
}

function segmentsOverlap(a: string, b: string): boolean {
  if (!WILD.test(a) && !WILD.test(b)) return a === b;
  const [left, right] = [[...a], [...b]];
  return meetFrom(left.length, right.length, {
    isAny: (side, index) => (side === "left" ? left : right)[index] === "*",
    isSame: (i, j) => left[i] === "?" || right[j] === "?" || left[i] === right[j],
  });
}

interface Steps {
  /** Whether what stands there is any number of steps. */
  isAny(side: "left" | "right", index: number): boolean;
  /** Whether one step can be both. */
  isSame(left: number, right: number): boolean;
}

/** Whether two patterns of steps have a common path: which pairs of places can be reached together, row by row. */
function meetFrom(leftLength: number, rightLength: number, { isAny, isSame }: Steps): boolean {
  let row = new Array<boolean>(rightLength + 1).fill(false);
  row[0] = true;
  for (let j = 0; j < rightLength && isAny("right", j); j++) row[j + 1] = true;
  for (let i = 0; i < leftLength; i++) {
    const next = new Array<boolean>(rightLength + 1).fill(false);
    const isLeftAny = isAny("left", i);
    // `any` of one side takes no step, or one more of the other's.
    next[0] = isLeftAny && row[0] === true;
    for (let j = 0; j < rightLength; j++) {
      const isRightAny = isAny("right", j);
      if (isLeftAny || isRightAny) {
        const stays = (isLeftAny && row[j + 1] === true) || (isRightAny && next[j] === true);
        const steps = (isLeftAny && next[j] === true) || (isRightAny && row[j + 1] === true);
        next[j + 1] = stays || steps;
      } else next[j + 1] = row[j] === true && isSame(i, j);
    }
    row = next;
  }
  return row[rightLength] === true;
}
