/** Whether the Claude Code that started us was started with our channel, as far as its command line tells. */
import { readCommandLine } from "../command-line.ts";

export type ChannelFlag = "on" | "off" | "unknown";

export function channelFlagOf(commandLine: readonly string[]): ChannelFlag {
  const isFlag = (text: string) => /^--(?:dangerously-load-development-)?channels(?:=|$)/.test(text);
  const from = commandLine.findIndex(isFlag);
  if (from === -1) return "off";
  return commandLine.slice(from).some((text) => text.includes("plugin:cc2cc@")) ? "on" : "off";
}

export function readChannelFlag(pid: number, platform: NodeJS.Platform): ChannelFlag {
  const words = readCommandLine(pid, platform);
  return words === undefined ? "unknown" : channelFlagOf(words);
}
