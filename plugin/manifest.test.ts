import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

interface Hook {
  type: string;
  command?: string;
  args?: string[];
  server?: string;
  tool?: string;
}

it("has the version of everything else", () => {
  expect(readJson("plugin/.claude-plugin/plugin.json").version).toBe(readJson("package.json").version);
});

it("requires no setting: with one missing, Claude Code would not start the server, and not say why", () => {
  const { userConfig } = readJson("plugin/.claude-plugin/plugin.json");
  for (const option of Object.values<{ required?: boolean; default?: string }>(userConfig)) {
    expect([option.required, option.default]).toEqual([undefined, ""]);
  }
  expect(userConfig.api_key.sensitive).toBe(true);
});

it("starts with node alone, and gives every variable a default", () => {
  const { cc2cc } = readJson("plugin/.mcp.json").mcpServers;
  expect(cc2cc.command).toBe("node");
  for (const [name, value] of Object.entries<string>(cc2cc.env)) {
    expect(value).toMatch(name.startsWith("CC2CC_CONFIG_") ? /^\$\{user_config\.\w+\}$/ : /^\$\{\w+:-\}$/);
  }
});

it("runs its hooks in exec form, and tells exactly this session's server of a new session", () => {
  const groups = Object.values<{ hooks: Hook[] }[]>(readJson("plugin/hooks/hooks.json").hooks).flat();
  for (const hook of groups.flatMap(({ hooks }) => hooks)) {
    if (hook.type === "command") {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Claude Code's own variable
      expect([hook.command, hook.args]).toEqual(["node", ["${CLAUDE_PLUGIN_ROOT}/hooks/hook.mjs"]]);
    } else {
      expect(hook).toMatchObject({ type: "mcp_tool", server: "plugin:cc2cc:cc2cc", tool: "session_changed" });
    }
  }
});

describe("skills", () => {
  const skills = readdirSync(join(ROOT, "plugin/skills"));
  it("are the protocol and four patterns", () => expect(skills).toHaveLength(5));
  it.each(skills)("%s is named for its folder, described, and short", (name) => {
    const text = readFileSync(join(ROOT, "plugin/skills", name, "SKILL.md"), "utf8");
    expect(text).toMatch(new RegExp(`^---\\nname: ${name}\\ndescription: .{40,300}\\n---\\n`));
    expect(text.length).toBeLessThan(3_500);
  });
});
