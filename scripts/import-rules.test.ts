import { describe, expect, it } from "vitest";
import { findImports, findViolation } from "./import-rules.ts";

const check = (file: string, specifier: string) => findViolation({ file, line: 1, specifier });

describe("findImports", () => {
  it("finds every form of import and re-export, with its line", () => {
    const source = [
      'import "./effect.ts";',
      'import plain from "./plain.ts";',
      'import { one, type Two } from "./named.ts";',
      'import type { Three } from "./types.ts";',
      "import {",
      "  four,",
      "  five,",
      '} from "./lines.ts";',
      'export * from "./star.ts";',
      'export { six } from "./six.ts";',
      'const lazy = () => import("./lazy.ts");',
      "import * as all from './single.ts';",
    ].join("\n");
    expect(findImports("host/a.ts", source).map(({ line, specifier }) => [line, specifier])).toEqual([
      [1, "./effect.ts"],
      [2, "./plain.ts"],
      [3, "./named.ts"],
      [4, "./types.ts"],
      [8, "./lines.ts"],
      [9, "./star.ts"],
      [10, "./six.ts"],
      [11, "./lazy.ts"],
      [12, "./single.ts"],
    ]);
  });

  it("takes neither comments nor ordinary strings for imports", () => {
    const source = [
      '// import { a } from "../worker/a.ts";',
      '/* import "../worker/b.ts"; */',
      'export const c = "../worker/c.ts";',
      'export const d = important("../worker/d.ts");',
    ].join("\n");
    expect(findImports("host/a.ts", source)).toEqual([]);
  });
});

describe("findViolation", () => {
  it("lets everyone import shared/ and worker/ import durable-objects/", () => {
    expect(check("worker/index.ts", "../shared/ids.ts")).toBeUndefined();
    expect(check("dashboard/src/app.tsx", "../../shared/events.ts")).toBeUndefined();
    expect(check("worker/index.ts", "../durable-objects/mailbox/mailbox.ts")).toBeUndefined();
    expect(check("durable-objects/mailbox/queue.ts", "../route-message.ts")).toBeUndefined();
    expect(check("durable-objects/route-message.ts", "./directory/client.ts")).toBeUndefined();
  });

  it("refuses every other step across a top-level folder", () => {
    expect(check("durable-objects/env.ts", "../worker/auth.ts")).toBe("durable-objects/ may not import from worker/");
    expect(check("host/main.ts", "../worker/index.ts")).toBe("host/ may not import from worker/");
    expect(check("dashboard/src/app.tsx", "../../plugin/src/x.ts")).toBe("dashboard/ may not import from plugin/");
    expect(check("worker/index.ts", "../test/helpers/hub.ts")).toBe("worker/ may not import from test/");
  });

  it("keeps the objects' folders apart", () => {
    expect(check("durable-objects/mailbox/queue.ts", "../directory/sql.ts")).toMatch(/^mailbox\/ reaches directory\//);
    expect(check("durable-objects/mailbox/a/b.ts", "../../exchange/sql.ts")).toMatch(/^mailbox\/ reaches exchange\//);
    expect(check("durable-objects/mailbox/queue.ts", "../mailbox/sql.ts")).toBeUndefined();
  });

  it("gives shared/ zod and nothing else", () => {
    expect(check("shared/ids.ts", "zod")).toBeUndefined();
    expect(check("shared/ids.ts", "zod/mini")).toBeUndefined();
    expect(check("shared/ids.ts", "./limits.ts")).toBeUndefined();
    expect(check("shared/ids.ts", "uuidv7")).toMatch(/zod and nothing else/);
    expect(check("shared/ids.ts", "node:crypto")).toMatch(/zod and nothing else/);
    expect(check("shared/ids.ts", "zodiac")).toMatch(/zod and nothing else/);
    expect(check("shared/ids.ts", "../worker/auth.ts")).toMatch(/zod and nothing else/);
  });

  it("lets tests, benchmarks and the demo import what they examine", () => {
    expect(check("shared/ids.test.ts", "fast-check")).toBeUndefined();
    expect(check("durable-objects/mailbox/queue.test.ts", "../../worker/index.ts")).toBeUndefined();
    expect(check("test/e2e/start.test.ts", "../../host/config.ts")).toBeUndefined();
    expect(check("bench/run.ts", "../test/helpers/hub.ts")).toBeUndefined();
    expect(check("demo/options.ts", "../host/settings.ts")).toBeUndefined();
  });
});
