/** What a question for a page of history asks. */
import { failure, type Result, success } from "../../shared/errors.ts";
import { PAGE_MAX } from "../../shared/limits.ts";
import { type Filter, toFilter } from "./filter.ts";
import type { Names } from "./names.ts";
import { parseQuery } from "./query.ts";

/** Reads a query, and where its page begins; `invalid_payload` where one of them means nothing. */
export function readPageRequest(
  names: Names,
  { query, limit, cursor }: { query: string; limit: number; cursor: string | null },
): Result<{ filter: Filter; before: number }> {
  const terms = parseQuery(query);
  if (!terms.ok) return terms;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
    return failure("invalid_payload", `limit must be a whole number from 1 to ${PAGE_MAX}.`);
  }
  if (cursor !== null && !/^\d{1,15}$/.test(cursor)) {
    return failure("invalid_payload", `"${cursor.slice(0, 50)}" is no cursor: pass the nextCursor of the page before.`);
  }
  const filter = toFilter(terms.value, names);
  return success({ filter, before: cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor) });
}
