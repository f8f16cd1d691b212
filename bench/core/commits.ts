/** Which object commits how often: fsyncs by file while messages come at a steady rate, as strace sees them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type LoadOptions, measureSteady } from "./load.ts";
import type { System } from "./system.ts";

export interface Commits {
  messages: number;
  /** By class of objects; null without strace, with the reason. */
  fsyncs: Record<string, number> | null;
  reason?: string;
}

export async function measureCommits(system: System, options: LoadOptions): Promise<Commits> {
  const messages = Math.round((options.seconds + options.warmupSeconds) * 400);
  if (process.platform !== "linux") return { messages, fsyncs: null, reason: "strace is for Linux" };
  const strace = spawn("strace", ["-f", "-y", "-e", "trace=fsync,fdatasync", "-p", String(system.pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  const attached = new Promise<string | undefined>((resolve) => {
    strace.once("error", () => resolve("strace is not installed"));
    strace.once("close", () => resolve(`strace could not attach: ${text.trim().split("\n").at(-1)}`));
    strace.stderr.on("data", (data) => {
      text += String(data);
      if (text.includes("attached")) resolve(undefined);
    });
  });
  const reason = await attached;
  if (reason !== undefined) return { messages, fsyncs: null, reason };
  await measureSteady(system, options);
  strace.kill("SIGINT");
  await once(strace, "close");
  return { messages, fsyncs: countByClass(text) };
}

/** `fdatasync(12</…/storage/cc2cc-Exchange/1f….sqlite-wal>)` counts for Exchange. */
function countByClass(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, path = ""] of text.matchAll(/f(?:data)?sync\(\d+<([^>]*)>/g)) {
    const [, name = path] = /storage\/(?:cc2cc-)?([^/]+)(?:\/|$)/.exec(path) ?? [];
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
