import { expect, it } from "vitest";
import { findMissingBuilds, findUnlockedTools } from "./lock-rules.ts";

const tool = { version: "1.0.0", optionalDependencies: { "@tool/linux-x64": "1.0.0", "@tool/win32-arm64": "1.0.0" } };

it("accepts a lock that holds every build", () => {
  const packages = {
    "node_modules/tool": tool,
    "node_modules/@tool/linux-x64": { version: "1.0.0" },
    "node_modules/@tool/win32-arm64": { version: "1.0.0" },
  };
  expect(findMissingBuilds({ packages })).toEqual([]);
});

it("names a build that is missing", () => {
  const packages = { "node_modules/tool": tool, "node_modules/@tool/linux-x64": { version: "1.0.0" } };
  expect(findMissingBuilds({ packages })).toEqual([
    "node_modules/tool needs @tool/win32-arm64@1.0.0, which the lock does not hold",
  ]);
});

it("names a build of another version", () => {
  const packages = {
    "node_modules/tool": tool,
    "node_modules/@tool/linux-x64": { version: "2.0.0" },
    "node_modules/@tool/win32-arm64": { version: "1.0.0" },
  };
  expect(findMissingBuilds({ packages })).toEqual([
    "node_modules/tool needs @tool/linux-x64@1.0.0, but the lock holds 2.0.0",
  ]);
});

it("finds the nested build before the outer one", () => {
  const packages = {
    "node_modules/outer/node_modules/tool": tool,
    "node_modules/outer/node_modules/@tool/linux-x64": { version: "1.0.0" },
    "node_modules/@tool/linux-x64": { version: "2.0.0" },
    "node_modules/@tool/win32-arm64": { version: "1.0.0" },
  };
  expect(findMissingBuilds({ packages })).toEqual([]);
});

it("leaves out platforms that are not ours", () => {
  const packages = {
    "node_modules/tool": { version: "1.0.0", optionalDependencies: { "@tool/aix-ppc64": "1.0.0", fsevents: "2.3.3" } },
  };
  expect(findMissingBuilds({ packages })).toEqual([]);
});

it("misses a tool that the lock does not know, or knows without builds", () => {
  const packages = { "node_modules/tool": tool, "node_modules/bare": { version: "1.0.0" } };
  expect(findUnlockedTools({ packages }, ["tool", "bare", "absent"])).toEqual([
    "bare declares no platform builds in the lock",
    "absent declares no platform builds in the lock",
  ]);
});
