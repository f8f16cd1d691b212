// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what Claude Code leaves of a variable that is not set
import { describe, expect, it } from "vitest";
import { parseHubUrl } from "../../shared/hub-url.ts";
import { readSettings } from "./settings.ts";

const WORDS = { hub: "name it", key: "give it", newKey: "", rejoin: "" };
const read = (env: Record<string, string>) => readSettings(env, "/home/ada/my shop", WORDS);

describe("readSettings", () => {
  it("takes the user's configuration first, then the environment", () => {
    const env = { CC2CC_HUB_URL: "ws://env:3100", CC2CC_API_KEY: "env" };
    expect(read({ ...env, CC2CC_CONFIG_HUB_URL: "http://config:1" }).hubUrl?.href).toBe("http://config:1/");
    expect(read({ ...env, CLAUDE_PLUGIN_OPTION_API_KEY: "option" }).apiKey).toBe("option");
    expect(read(env)).toMatchObject({ apiKey: "env", problems: [] });
  });

  it.each(["", "  ", "${user_config.hub_url}", "${CC2CC_HUB_URL:-}"])("takes %j for unset", (text) => {
    const { hubUrl, apiKey, problems } = read({ CC2CC_CONFIG_HUB_URL: text, CC2CC_HUB_URL: text, CC2CC_API_KEY: text });
    expect([hubUrl, apiKey]).toEqual([undefined, undefined]);
    expect(problems).toHaveLength(2);
  });

  it("names an address that is none", () => {
    expect(read({ CC2CC_HUB_URL: "ftp://x", CC2CC_API_KEY: "k" }).problems).toEqual([
      'The hub address "ftp://x" is no ws, wss, http or https URL: correct it.',
    ]);
  });

  it("calls the session after its folder, user and host unless told otherwise", () => {
    const names = { USER: "ada", HOSTNAME: "desk", CLAUDE_PROJECT_DIR: "/src/api" };
    expect(read(names)).toMatchObject({ username: "ada", host: "desk", project: "api" });
    expect(read({ USER: "ada" }).project).toBe("my shop");
    expect(read({ ...names, CC2CC_USERNAME: "u", CC2CC_HOST: "h", CC2CC_PROJECT: "p" })).toMatchObject({
      username: "u",
      host: "h",
      project: "p",
    });
  });

  it("takes a delivery it does not know for auto", () => {
    expect(read({ CC2CC_DELIVERY: "pigeon" }).delivery).toBe("auto");
    expect(read({ CC2CC_DELIVERY: "inbox", CC2CC_CONFIG_DELIVERY: "hooks" }).delivery).toBe("hooks");
  });
});

it("[G2] takes how often a session is woken, and says what is no number", () => {
  expect(read({}).wakes).toEqual({ count: 20, windowMs: 600_000 });
  const chosen = read({ CC2CC_WAKES: "0", CC2CC_WAKE_WINDOW_SECONDS: "60" });
  expect(chosen.wakes).toEqual({ count: 0, windowMs: 60_000 });
  expect(read({ CC2CC_WAKES: "often" }).problems).toContain(
    'CC2CC_WAKES is "often": use a whole number, 0 for no limit.',
  );
});

describe("parseHubUrl", () => {
  it.each([
    ["ws://h:3100", "http://h:3100/"],
    ["wss://h", "https://h/"],
    ["https://h/ws/plugin?key=x", "https://h/"],
    ["192.168.1.20:3100", "http://192.168.1.20:3100/"],
    ["http://[fd00::1]:3100/", "http://[fd00::1]:3100/"],
  ])("reads %s", (text, href) => expect(parseHubUrl(text)?.href).toBe(href));
  it.each(["http://", "file:///x", "::"])("refuses %s", (text) => expect(parseHubUrl(text)).toBeUndefined());
});
