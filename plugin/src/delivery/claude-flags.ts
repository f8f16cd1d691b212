/** Whether the Claude Code that started us was started with our channel, as far as its command line tells. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export type ChannelFlag = "on" | "off" | "unknown";

export function channelFlagOf(commandLine: readonly string[]): ChannelFlag {
  const isFlag = (text: string) => /^--(?:dangerously-load-development-)?channels(?:=|$)/.test(text);
  const from = commandLine.findIndex(isFlag);
  if (from === -1) return "off";
  return commandLine.slice(from).some((text) => text.includes("plugin:cc2cc@")) ? "on" : "off";
}

export function readChannelFlag(pid: number, platform: NodeJS.Platform): ChannelFlag {
  try {
    if (platform === "linux") return channelFlagOf(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"));
    if (platform === "win32") return "unknown";
    return channelFlagOf(execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).split(/\s+/));
  } catch {
    return "unknown";
  }
}
