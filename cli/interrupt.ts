/** Ctrl-C and its relatives, as a way for a command to end in order. */
import { defer } from "./deferred.ts";
import { CliProblem, ExitCode } from "./problem.ts";

const CODES = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated, SIGHUP: 129 as ExitCode } as const;

/** Rejects with a CliProblem when the command is told to stop before the work is done. */
export function untilInterrupted<T>(work: Promise<T>, sentence: string): Promise<T> {
  const told = onInterrupt();
  return Promise.race([
    work,
    told.interrupted.then((exitCode): never => {
      throw new CliProblem(exitCode, sentence);
    }),
  ]).finally(told.stop);
}

/** Asked twice, whoever asks has no patience left. */
export function onInterrupt(): { interrupted: Promise<ExitCode>; stop(): void } {
  const { promise, resolve } = defer<ExitCode>();
  const names = Object.keys(CODES) as (keyof typeof CODES)[];
  let isTold = false;
  const listen = (signal: NodeJS.Signals) => {
    if (isTold) process.exit(CODES[signal as keyof typeof CODES]);
    isTold = true;
    resolve(CODES[signal as keyof typeof CODES]);
  };
  for (const name of names) process.on(name, listen);
  return {
    interrupted: promise,
    stop() {
      for (const name of names) process.off(name, listen);
    },
  };
}
