import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { Claims, doesAnswer, type Holder } from "./claims.ts";

const NAMES = { username: "ada", host: "desk", project: "shop" };

/** Answers as the plugin's own port does, to those who know the token. */
async function startHolder(token: string): Promise<Holder & { server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      if (JSON.parse(data.toString()).token === token) socket.write("pong\n");
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as { port: number }).port, token, server };
}

it("gives a session to one process, a suffix to a second that asks for the same, and it to the next when that is gone", async () => {
  const dataDir = makeTempDir();
  const [a, b, c] = [await startHolder("a"), await startHolder("b"), await startHolder("c")];
  const first = new Claims(dataDir, a);
  expect([await first.take(NAMES, "s"), await first.take(NAMES, "s"), await first.take(NAMES, "t")]).toEqual([
    "s",
    "s",
    "t",
  ]);
  const second = new Claims(dataDir, b);
  expect(await second.take(NAMES, "s")).toMatch(/^s-[0-9a-f]{6}$/);
  expect(await second.claim("ada@desk:shop/s")).toBe(false);
  first.releaseAll();
  expect(await second.claim("ada@desk:shop/s")).toBe(true);
  expect(await new Claims(dataDir, c).claim("ada@desk:shop/s")).toBe(false);
});

it("takes over from a process that was killed, also when its port is another program's by now", async () => {
  const dataDir = makeTempDir();
  const dead = await startHolder("dead");
  await new Claims(dataDir, dead).take(NAMES, "s");
  await new Promise((resolve) => dead.server.close(resolve));
  const living = await startHolder("living");
  expect(await new Claims(dataDir, living).take(NAMES, "s")).toBe("s");
  const stranger = await startHolder("stranger");
  await new Claims(dataDir, { port: stranger.port, token: "gone" }).take(NAMES, "t");
  expect(await new Claims(dataDir, living).take(NAMES, "t")).toBe("t");
  expect(await doesAnswer({ port: stranger.port, token: "gone" })).toBe(false);
});

it("is given to one of several that find a dead holder at once", async () => {
  const dataDir = makeTempDir();
  await new Claims(dataDir, { port: 1, token: "dead" }).take(NAMES, "s");
  const holders = await Promise.all(Array.from({ length: 5 }, (_, n) => startHolder(`h${n}`)));
  const taken = await Promise.all(holders.map((holder) => new Claims(dataDir, holder).take(NAMES, "s")));
  expect(taken.filter((session) => session === "s")).toHaveLength(1);
  expect(readdirSync(join(dataDir, "claims")).filter((name) => /\.\d+$/.test(name))).toEqual([]);
});

it("works without claims where nothing can be written, and reads no broken one", async () => {
  const folder = makeTempDir();
  writeFileSync(join(folder, "file"), "");
  expect(await new Claims(join(folder, "file"), { port: 1, token: "x" }).take(NAMES, "s")).toBe("s");
  mkdirSync(join(folder, "claims"));
  writeFileSync(join(folder, "claims", Buffer.from("ada@desk:shop/s").toString("base64url")), "half");
  expect(await new Claims(folder, { port: 1, token: "x" }).take(NAMES, "s")).toBe("s");
});
