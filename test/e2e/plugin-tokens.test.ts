import { beforeAll, expect, it } from "vitest";
import { measureTokens } from "../../bench/plugin-tokens.ts";
import { buildPlugin, SERVER } from "../helpers/plugin.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";

beforeAll(buildPlugin);

it("costs the model less than 3,500 tokens of tools, 120 a message, 180 the first one, 1,500 any backlog", async () => {
  const { tools, wrapping, digest } = await measureTokens(SERVER, makeTempDir());
  expect(tools).toBeLessThan(3_500);
  for (const tokens of [wrapping.plain, wrapping.byHook, wrapping.byInbox]) expect(tokens).toBeLessThanOrEqual(120);
  expect(wrapping.firstByInbox).toBeLessThanOrEqual(180);
  expect(digest).toBeLessThanOrEqual(1_500);
});
