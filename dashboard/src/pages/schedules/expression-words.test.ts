import { expect, it } from "vitest";
import { wordsOfExpression } from "./expression-words.ts";

it.each([
  ["0 9 * * MON-FRI", "At 09:00, Monday through Friday"],
  ["@hourly", "Every hour"],
  ["0 0 L * *", "At 00:00, on the last day of the month"],
  ["every 45m", "Every 45 minutes"],
  ["every 120m", "Every 2 hours"],
  ["every 1d", "Every day"],
  ["at 2026-12-24T18:00", "Once"],
  ["0 9 *", undefined],
  ["x y z a b", undefined],
])("says %s in words", async (expression, words) => {
  expect(await wordsOfExpression(expression)).toBe(words);
});
