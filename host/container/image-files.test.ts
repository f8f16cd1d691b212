/** What only an engine can run, compared with what the rest of the repository says. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { DASHBOARD_BUNDLE, PLUGIN_BUNDLE, WORKER_BUNDLE } from "../bundles.ts";
import { readSettings, SETTING_NAMES } from "../settings.ts";
import { APP_DIR } from "./image-root.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const instructions = DockerfileParser.parse(read("Dockerfile")).getInstructions();
const argumentsOf = (name: string) =>
  instructions.filter((it) => it.getKeyword() === name).map((it) => it.getArgumentsContent() ?? "");
const program = `/${APP_DIR}/hub.sh`;
const { hubPort, dashboardPort } = readSettings({}, "/");

it("builds with the Node that we develop with, and runs on Debian 12 without any", () => {
  const { dependencies } = JSON.parse(read("package.json"));
  const major = dependencies.node.split(".")[0];
  expect(argumentsOf("FROM")).toEqual([`node:${major}-bookworm-slim AS build`, "debian:bookworm-slim"]);
  expect(argumentsOf("COPY")).toEqual(["package.json package-lock.json ./", ". .", "/image/ /"]);
  expect(read("Dockerfile")).toContain("\nCOPY --from=build /image/ /\n");
  expect(argumentsOf("RUN")).toContain("node host/container/build-image-root.ts /image");
  expect(existsSync(join(ROOT, "host/container/build-image-root.ts"))).toBe(true);
});

it("runs the hub as nobody in particular, on the documented ports, with its data in a volume of that user", () => {
  expect(argumentsOf("ENTRYPOINT")).toEqual([`["${program}"]`]);
  expect(argumentsOf("USER")).toEqual(["10001:10001"]);
  expect(argumentsOf("RUN").at(-1)).toBe("install --directory --mode=0700 --owner=10001 --group=10001 /data");
  expect(argumentsOf("VOLUME")).toEqual(["/data"]);
  expect(argumentsOf("ENV")).toEqual(["CC2CC_DATA_DIR=/data"]);
  expect(argumentsOf("EXPOSE")).toEqual([`${hubPort} ${dashboardPort}`]);
  expect(argumentsOf("HEALTHCHECK")[0]).toMatch(new RegExp(`CMD \\["${program}", "health"\\]$`));
});

it("sends the engine what the image is built from, and no secrets", () => {
  const ignored = read(".dockerignore").split("\n");
  const sent = ignored.flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
  expect(ignored).toContain("*");
  expect(sent.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const inputs = [WORKER_BUNDLE, DASHBOARD_BUNDLE, PLUGIN_BUNDLE].flatMap((bundle) => bundle.inputs);
  const missing = [...inputs, "LICENSE", "host"]
    .map((path) => path.split("/")[0] ?? "")
    .filter((path) => !sent.includes(path));
  expect(missing).toEqual([]);
  expect(ignored.indexOf("**/.env*")).toBeGreaterThan(ignored.lastIndexOf("!worker"));
});

it("is composed with both ports, a volume, the image's health check, and as few rights as it needs", () => {
  const { services, volumes } = parse(read("compose.yaml"));
  const port = (name: string, fallback: number | undefined) => `\${CC2CC_${name}_PORT:-${fallback}}`;
  const ports = [port("HUB", hubPort), port("DASHBOARD", dashboardPort)];
  expect(services.hub.ports).toEqual(ports.map((it) => `\${CC2CC_BIND:-0.0.0.0}:${it}:${it}`));
  expect(volumes).toEqual({ data: null });
  expect(services.hub).toMatchObject({
    volumes: ["data:/data"],
    environment: { CC2CC_BIND: "0.0.0.0", CC2CC_DATA_DIR: "/data" },
    healthcheck: { test: ["CMD", program, "health"] },
    restart: "unless-stopped",
    env_file: [{ path: ".env", required: false }],
    read_only: true,
    tmpfs: ["/tmp"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
  });
});

it("gives every setting an example that would be taken, and no key that anyone uses", () => {
  const lines = [...read(".env.example").matchAll(/^#(CC2CC_\w+)=(.*)$/gm)];
  const examples = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
  expect(Object.keys(examples).sort()).toEqual([...SETTING_NAMES].sort());
  expect(() => readSettings(examples, "/")).not.toThrow();
  expect(examples.CC2CC_HUB_API_KEY).toContain("example");
  const active = read(".env.example")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(active).toEqual([]);
});

it("has a make target for each of the seed's names, whose npm scripts exist", () => {
  const recipes = [...read("Makefile").matchAll(/^([a-z-]+):.*##.*\n((?:\t.*\n)*)/gm)];
  expect(recipes.map(([, name]) => name)).toEqual(
    expect.arrayContaining([
      ...["docker-up", "docker-down", "logs", "dev-hub", "dev-dashboard", "dev-redis", "checkall"],
      ...["fmt", "lint", "typecheck", "test", "install-hooks", "check-secrets", "help"],
    ]),
  );
  const { scripts } = JSON.parse(read("package.json"));
  const called = recipes.flatMap(([, , recipe = ""]) => /npm (?:run )?([\w:-]+)/.exec(recipe)?.[1] ?? []);
  expect(called.filter((name) => name !== "ci" && !(name in scripts))).toEqual([]);
});
