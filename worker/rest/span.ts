/** Moments and spans of time, as queries ask for them. */
import { z } from "@hono/zod-openapi";
import { type Failure, failure } from "../../shared/errors.ts";
import { MOMENT_WORDS } from "../../shared/issue-words.ts";
import { SERIES_MAX_MS } from "../../shared/limits.ts";

const DAY_MS = 86_400_000;

/** A day stands for its first moment in UTC, as in search. */
export const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: `${MOMENT_WORDS}, or a day such as 2026-11-29`,
});

export const spanQuery = z.object({
  from: moment.optional().meta({ description: "A time, or a day in UTC; by default a day before `to`" }),
  to: moment.optional().meta({ description: "The same; by default now; at most 31 days after `from`" }),
});

/** In epoch ms. */
export function spanOf(
  asked: { from?: string | undefined; to?: string | undefined },
  now: number,
): { from: number; to: number } | Failure {
  const to = asked.to === undefined ? now : Date.parse(asked.to);
  const from = asked.from === undefined ? to - DAY_MS : Date.parse(asked.from);
  if (from >= to) return failure("invalid_payload", "from must be before to.");
  if (to - from > SERIES_MAX_MS) return failure("invalid_payload", "from and to may be 31 days apart at most.");
  return { from, to };
}
