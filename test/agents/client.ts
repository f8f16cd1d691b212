/** A coding agent as the scenarios drive it: where it keeps its settings, how it is started, what its person presses. */
import type { Terminal } from "../claude/terminal.ts";

/** A person's home with the agent in it. */
export interface Home {
  /** All of it: the home, the project, and what tests keep beside them. */
  folder: string;
  home: string;
  /** Where sessions run. */
  cwd: string;
  modelUrl: string;
}

export interface AgentClient {
  /** As `cc2cc join --client` names it. */
  name: string;
  /** On npm. */
  packageName: string;
  /** What a shell calls, and the folder of it below that of its package. */
  program: string;
  binFolder: string;
  /** Writes what it needs to use the fake model, and to ask nothing that has to do with no test. */
  prepare(home: Home): void;
  env(home: Home): Record<string, string>;
  /** How a session is begun, or gone on with. */
  args(resumed: string | undefined, home: Home): string[];
  /** Answers what it asks at its start; resolves when it takes input. */
  untilReady(terminal: Terminal, home: Home): Promise<void>;
  /** Types a line and sends it off. */
  say(terminal: Terminal, text: string): Promise<void>;
  /** Begins another conversation in the same window. */
  clear(terminal: Terminal): Promise<void>;
  /** Whether anything wakes an idle session; where not, its person has to type. */
  isWoken: boolean;
  /** When the hub hears of a session. */
  joinsAt: "start" | "first prompt";
  /** Whose words a peer's message may come as. */
  messageRoles: readonly string[];
  /** What shows that its model was shown a message: of what comes with a prompt, and with a tool's result besides. */
  proves: "prompts and results" | "prompts" | "nothing";
  /** Whether it waits for what its terminal says of itself. */
  asksTerminal: boolean;
  /** Ends what outlives its window. */
  cleanUp(home: Home): void;
}
