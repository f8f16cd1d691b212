/** Tools for what one session has for itself for a while (L1, L2). */
import { z } from "zod";
import { CLAIM_NAMES_MAX, CLAIM_TTL_MAX_SECONDS } from "../limits.ts";
import { answerOf, declareTool } from "./tool.ts";

const names = z.array(z.string().min(1)).max(CLAIM_NAMES_MAX).optional();

export const claim = declareTool({
  name: "claim",
  description:
    "Have something to yourself for a while, all of it or none: names (deploy, leader:api), files as globs in this repository. Returns {granted, claims:[{name,token}], until}, or who holds it; with wait, a message tells you when it is yours.",
  schema: z.object({
    names,
    files: names.describe("such as src/db/**"),
    mode: z.enum(["exclusive", "shared"]).optional(),
    ttlSeconds: z.number().int().max(CLAIM_TTL_MAX_SECONDS).optional().describe("default 3600"),
    wait: z.boolean().optional(),
    reason: z.string().optional(),
  }),
  annotations: { destructiveHint: false },
  async run({ names = [], files = [], ...more }, { session }) {
    const fileNames = await Promise.all(files.map((glob) => session.fileName(glob)));
    const unknown = files.find((_, index) => fileNames[index] === undefined);
    if (unknown !== undefined) return { ok: false, error: NO_FILE(unknown) };
    const all = [...names, ...(fileNames as string[])];
    if (all.length === 0) return { ok: false, error: "Give names, files, or both: what shall be yours?" };
    return answerOf(await session.ask({ action: "claim", names: all, ...more }));
  },
});

export const release = declareTool({
  name: "release",
  description: "Give back what you claimed, by the names that claim returned; all of it without names.",
  schema: z.object({ names }),
  annotations: { idempotentHint: true, destructiveHint: false },
  run: async ({ names }, { session }) => answerOf(await session.ask({ action: "release", names })),
});

export const listClaims = declareTool({
  name: "list_claims",
  description:
    "Who holds what: {name, instanceId, mode, token, since, until, reason?, waiting}[]. mine: what you hold and wait for.",
  schema: z.object({ mine: z.boolean().optional(), after: z.number().int().min(0).optional() }),
  annotations: { readOnlyHint: true },
  run: async ({ mine, after }, { session }) =>
    answerOf(await session.ask({ action: "list_claims", mine, after, limit: 50 })),
});

const NO_FILE = (glob: string) =>
  `${glob} is no file of this session's repository as far as it knows. Give a path within it, or the whole name in names: file:<repository>:<branch>:<glob>.`;
