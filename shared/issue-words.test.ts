import { expect, it } from "vitest";
import { z } from "zod";
import "./issue-words.ts";

const Field = z.object({
  count: z.number().int().min(1).max(9).optional(),
  name: z.string().min(2).max(3).optional(),
  names: z.array(z.string()).min(1).max(2).optional(),
  kind: z.enum(["task", "result"]).optional(),
  own: z.string().regex(/^a/, "must begin with a").optional(),
  few: z.array(z.string()).max(1, "at most one").optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  needed: z.string(),
});

it.each([
  [{ count: 0 }, "count must be 1 or more"],
  [{ count: 10 }, "count must be 9 or less"],
  [{ count: 1.5 }, "count must be a whole number"],
  [{ count: "1" }, "count must be a number"],
  [{ name: "x" }, "name must have 2 characters or more"],
  [{ name: "long" }, "name must have 3 characters or less"],
  [{ names: [] }, "names must not be empty"],
  [{ names: ["a", "b", "c"] }, "names must have 2 items or less"],
  [{ names: "a" }, "names must be an array"],
  [{ at: "tomorrow" }, "at must be an ISO time such as 2026-11-29T12:00:00Z"],
  [{ kind: "order" }, "kind must be one of task, result"],
  [{ needed: undefined }, "needed is missing"],
  [{ own: "b" }, "own must begin with a"],
  [{ few: ["a", "b"] }, "few at most one"],
])("%j: %s", (fields, words) => {
  const { error } = Field.safeParse({ needed: "", ...fields });
  expect(error?.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`)).toEqual([words]);
});
