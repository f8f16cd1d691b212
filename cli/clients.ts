/** The coding agents that can join a hub, and the command that makes each do it. One entry is one client. */
import { joinArguments } from "../shared/join-command.ts";

export interface AgentClient {
  /** As `--client` names it. */
  name: string;
  title: string;
  /** The program that has to be on the PATH. */
  program: string;
  /** What that program is run with. */
  args(hubUrl: string, key: string): string[];
  /** What to do afterwards, as a sentence. */
  next: string;
}

export const CLIENTS: readonly AgentClient[] = [
  {
    name: "claude-code",
    title: "Claude Code",
    program: "claude",
    args: joinArguments,
    next: "Start `claude`, and type /cc2cc to see that it is connected.",
  },
];
