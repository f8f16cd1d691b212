import { beforeAll, expect, it } from "vitest";
import { measureTokens } from "../../bench/plugin-tokens.ts";
import { buildPlugin, SERVER } from "../helpers/plugin.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";

beforeAll(buildPlugin);

it("costs the model less than 3 500 tokens of tools, and at most 120 a message", async () => {
  const { tools, wrapping } = await measureTokens(SERVER, makeTempDir());
  expect(tools).toBeLessThan(3_500);
  expect(wrapping.plain).toBeLessThanOrEqual(120);
});
