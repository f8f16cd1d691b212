import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSettings, SETTING_NAMES } from "./settings.ts";

const KEY = "k".repeat(32);
const read = (env: Record<string, string>) => readSettings(env, "/home/ada");

it("has a default for everything", () => {
  expect(read({})).toEqual({
    keys: [],
    bindAddress: "0.0.0.0",
    hubPort: 3100,
    dashboardPort: 8029,
    lanIp: undefined,
    tls: undefined,
    dataDir: "/home/ada/.cc2cc",
    logLevel: "info",
    logFormat: undefined,
    workerSettings: {},
  });
});

describe("keys", () => {
  it("takes several, separated by commas", () => {
    expect(read({ CC2CC_HUB_API_KEY: ` ${KEY}, ${KEY}2 ,` }).keys).toEqual([KEY, `${KEY}2`]);
  });

  it("refuses a short one without repeating it", () => {
    const start = () => read({ CC2CC_HUB_API_KEY: `${KEY},hunter2` });
    expect(start).toThrow(/CC2CC_HUB_API_KEY is too short \(7 characters, 32 at least\)/);
    expect(start).not.toThrow(/hunter2/);
  });

  it("refuses one that no header can carry", () => {
    expect(() => read({ CC2CC_HUB_API_KEY: `${KEY} é` })).toThrow(/outside ASCII/);
  });
});

describe("ports", () => {
  it("turns the second port off when it is empty, and keeps the first", () => {
    expect(read({ CC2CC_DASHBOARD_PORT: "", CC2CC_HUB_PORT: "" })).toMatchObject({
      dashboardPort: undefined,
      hubPort: 3100,
    });
  });

  it.each(["65536", "-1", "http", "31.5", "0x10"])("refuses %s", (port) => {
    expect(() => read({ CC2CC_HUB_PORT: port })).toThrow(/^CC2CC_HUB_PORT is ".*", which is not a port/);
  });

  it("refuses one port for both, but lets both be any", () => {
    expect(() => read({ CC2CC_HUB_PORT: "8029" })).toThrow(/are both 8029/);
    expect(read({ CC2CC_HUB_PORT: "0", CC2CC_DASHBOARD_PORT: "0" })).toMatchObject({ hubPort: 0, dashboardPort: 0 });
  });
});

describe("what the worker gets", () => {
  it("is what was set, and nothing for what was not", () => {
    const env = { CC2CC_RATE_FRAMES: "0", CC2CC_QUEUE_MAX_BYTES: "", CC2CC_DASHBOARD_ORIGIN: "https://hub.example" };
    expect(read(env).workerSettings).toEqual({ CC2CC_RATE_FRAMES: "0", CC2CC_DASHBOARD_ORIGIN: "https://hub.example" });
    expect(read({ CC2CC_ALLOWED_HOSTS: " Hub.Example, hub2.example," }).workerSettings).toEqual({
      CC2CC_ALLOWED_HOSTS: "hub.example,hub2.example",
    });
  });

  it("is checked before anything starts", () => {
    expect(() => read({ CC2CC_RATE_FRAMES: "many" })).toThrow(/CC2CC_RATE_FRAMES is "many"/);
    expect(() => read({ CC2CC_DASHBOARD_ORIGIN: "hub.example" })).toThrow(/is not an origin/);
    expect(() => read({ CC2CC_DASHBOARD_ORIGIN: "http://hub.example/" })).toThrow(/is not an origin/);
    expect(() => read({ CC2CC_ALLOWED_HOSTS: "http://hub.example" })).toThrow(
      /CC2CC_ALLOWED_HOSTS has .* not a host name/,
    );
    expect(() => read({ CC2CC_BIND: "everywhere" })).toThrow(/CC2CC_BIND is "everywhere", which is not an IP address/);
  });
});

it("wants certificate and key, or neither", () => {
  expect(read({ CC2CC_TLS_CERT: "/tls/cert.pem", CC2CC_TLS_KEY: "/tls/key.pem" }).tls).toEqual({
    certPath: "/tls/cert.pem",
    keyPath: "/tls/key.pem",
  });
  expect(() => read({ CC2CC_TLS_CERT: "/tls/cert.pem" })).toThrow(/CC2CC_TLS_KEY is not/);
  expect(() => read({ CC2CC_TLS_KEY: "/tls/key.pem", CC2CC_TLS_CERT: "" })).toThrow(/CC2CC_TLS_CERT is not/);
});

it("takes an address that is told of decisions, and says what is wrong with one without repeating it", () => {
  expect(read({}).webhookUrl).toBeUndefined();
  expect(read({ CC2CC_WEBHOOK_URL: " https://chat.example.com/hooks/abc " }).webhookUrl).toBe(
    "https://chat.example.com/hooks/abc",
  );
  for (const wrong of ["chat.example.com/hooks/abc", "ftp://example.com/abc", "https://ada@example.com/abc"]) {
    expect(() => read({ CC2CC_WEBHOOK_URL: wrong })).toThrow("CC2CC_WEBHOOK_URL is not an http or https address");
  }
});

it("lists every variable that the README documents", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  expect([...readme.matchAll(/^\| `(CC2CC_\w+)` \|/gm)].map(([, name]) => name).sort()).toEqual(
    [...SETTING_NAMES].sort(),
  );
});

it("takes the data folder from the environment, relative to where the user stands", () => {
  expect(read({ CC2CC_DATA_DIR: "/srv/cc2cc/" }).dataDir).toBe("/srv/cc2cc");
  expect(read({ CC2CC_DATA_DIR: "here" }).dataDir).toBe(`${process.cwd()}/here`);
});

it("takes the level and the format of its log, and names the choices for anything else", () => {
  const settings = read({ CC2CC_LOG_LEVEL: "debug", CC2CC_LOG_FORMAT: "json" });
  expect(settings).toMatchObject({ logLevel: "debug", logFormat: "json" });
  expect(settings.workerSettings).toEqual({ CC2CC_LOG_LEVEL: "debug" });
  expect(() => read({ CC2CC_LOG_LEVEL: "loud" })).toThrow(/CC2CC_LOG_LEVEL is "loud": use debug, info, warn, error/);
  expect(() => read({ CC2CC_LOG_FORMAT: "xml" })).toThrow(/CC2CC_LOG_FORMAT is "xml": use json, text/);
});
