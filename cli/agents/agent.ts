/** A coding agent that `cc2cc join` lets in, and what that takes: programs to run and files to write. */

/** Who joins what. */
export interface JoinContext {
  /** The hub's origin. */
  hubUrl: string;
  key: string;
  machine: Machine;
}

/** Where agents keep their settings on this machine. */
export interface Machine {
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Where what the hub hands out for agents lies, for this user. */
  programFolder: string;
}

/** One thing that is done, and how it looks before it is. */
export type Step =
  /** `shown` has no key in it. */
  | { kind: "run"; program: string; args: readonly string[]; shown: string }
  /** `before` is undefined for a file that is not there, `after` for one that goes. */
  | { kind: "write"; path: string; before: string | undefined; after: string | undefined };

/** Something that `--check` has looked at. */
export interface Finding {
  isGood: boolean;
  /** What is so; of what is not good, also what to do. */
  sentence: string;
}

export interface Agent {
  /** As `--client` names it. */
  name: string;
  title: string;
  /** The program that has to be on the PATH for it to be found. */
  program: string;
  /** What joining does; empty where it is done. Throws a CliProblem where a file cannot be changed. */
  join(context: JoinContext): Step[];
  /** What takes exactly that away again; empty where there is nothing. */
  leave(machine: Machine): Step[];
  /** What works of it. The program and the hub are looked at for all agents alike. */
  check(machine: Machine): Finding[];
  /** What to do afterwards, as a sentence. */
  next: string;
  /** Whether it runs the server and the files that the hub hands out for agents. */
  needsProgram: boolean;
}
