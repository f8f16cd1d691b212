/** How a command ends: docs/cli.md has the same table for people. */
import type { ErrorCode } from "../shared/errors.ts";

/** What a script may tell apart. */
export const ExitCode = {
  done: 0,
  /** The hub refused it for another reason than those below, or something failed here. */
  failed: 1,
  usage: 2,
  /** No hub answers, or none is known. */
  away: 3,
  /** No key, a wrong one, or one that may not do this. */
  key: 4,
  /** Nobody and nothing of that name. */
  unknown: 5,
  /** A full queue or a limit: the same again later. */
  later: 6,
  /** The time is up without an answer. */
  noAnswer: 7,
  /** Several would fit, or another holds it. */
  conflict: 8,
  interrupted: 130,
  /** Whoever read the output has gone. */
  readerGone: 141,
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const CODES: Partial<Record<ErrorCode, ExitCode>> = {
  unauthorized: ExitCode.key,
  forbidden: ExitCode.key,
  no_key_set: ExitCode.key,
  unknown_instance: ExitCode.unknown,
  unknown_topic: ExitCode.unknown,
  not_found: ExitCode.unknown,
  queue_full: ExitCode.later,
  loop_guard: ExitCode.later,
  paused: ExitCode.later,
  rate_limited: ExitCode.later,
  ambiguous_address: ExitCode.conflict,
  identity_taken: ExitCode.conflict,
  conflict: ExitCode.conflict,
  invalid_payload: ExitCode.usage,
  content_too_large: ExitCode.usage,
};

/** Ends the command with a sentence on stderr. */
export class CliProblem extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, sentence: string) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

/** The exit code for what the hub said. */
export function exitCodeOf(code: string | undefined): ExitCode {
  return CODES[code as ErrorCode] ?? ExitCode.failed;
}

/** What the hub said, with what else it told that helps. */
export function problemOf(answer: { error: string; code?: string | undefined; details?: unknown }): CliProblem {
  const { matches, nearest } = (answer.details ?? {}) as { matches?: string[]; nearest?: string[] };
  const more = matches?.length
    ? ` One of: ${matches.join(", ")}.`
    : nearest?.length
      ? ` Near: ${nearest.join(", ")}.`
      : "";
  // The hub speaks to models, who have tools; here there is a command.
  const sentence = answer.error.replaceAll("Call list_instances", "Run `cc2cc instances`");
  return new CliProblem(exitCodeOf(answer.code), `${sentence}${more}`);
}

/** Why standard output takes nothing any more. */
export function problemOfOutput(error: NodeJS.ErrnoException): CliProblem {
  if (error.code === "EPIPE") return new CliProblem(ExitCode.readerGone, "whoever read the output has gone.");
  return new CliProblem(ExitCode.failed, `the output cannot be written: ${error.message}.`);
}
