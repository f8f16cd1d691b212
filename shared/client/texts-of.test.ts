import { expect, it } from "vitest";
import { TEXT_MAX_BYTES } from "../limits.ts";
import { textsOf } from "./texts-of.ts";

it("sends one frame alone, and several together", () => {
  expect(textsOf([])).toEqual([]);
  expect(textsOf(['{"a":1}'])).toEqual(['{"a":1}']);
  expect(textsOf(['{"a":1}', '{"a":2}'])).toEqual(['[{"a":1},{"a":2}]']);
});

it("keeps to the frames and bytes that the hub takes in one text, in order", () => {
  const small = Array.from({ length: 450 }, (_, n) => JSON.stringify({ n }));
  expect(textsOf(small).map((text) => JSON.parse(text).length)).toEqual([200, 200, 50]);
  const large = Array.from({ length: 40 }, (_, n) => JSON.stringify({ n, content: "é".repeat(32_768) }));
  const texts = textsOf(large);
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(TEXT_MAX_BYTES);
  expect(texts.flatMap((text) => JSON.parse(text)).map(({ n }) => n)).toEqual(large.map((_, n) => n));
});
