/** How the plugin comes onto a machine, and leaves it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import { scenario } from "./world.ts";

const hub = shareHub();
/** Its log, its history, a list of what was declined, and its copy of the plugin, which it marks and removes later. */
const OF_THE_CLIENT = /^\.(cache|claude\.json|claude\/(backups|projects|history|plugins\/cache))(\/|\.|$)/;

/** Files below a folder whose name or content has a word. */
function filesWith(folder: string, word: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return name.includes(word) || (statSync(path).isFile() && readFileSync(path, "utf8").includes(word));
  });
}

scenario("the line that the hub prints sets all that the plugin has to be told", hub, async (world) => {
  expect(world.installOutput).toMatch(/Successfully installed plugin/);
  expect(world.installOutput).not.toContain("not yet set");
});

scenario("the plugin and its marketplace are valid by the client's own strict rules", hub, async (world) => {
  for (const folder of ["plugin", "."]) {
    const { code, output } = await world.person.claude("plugin", "validate", resolve(folder), "--strict");
    expect(code, output).toBe(0);
  }
});

scenario(
  "what is uninstalled leaves nothing in the home",
  hub,
  async (world) => {
    const session = await world.open();
    await session.quit();
    await world.person.claude("plugin", "uninstall", "cc2cc@cc2cc-local", "-y");
    await world.person.claude("plugin", "marketplace", "remove", "cc2cc-local");
    const ours = filesWith(world.person.home.home, "cc2cc").filter((name) => !OF_THE_CLIENT.test(name));
    expect(ours).toEqual([]);
  },
  { settings: { permissions: { defaultMode: "default" } } },
);
