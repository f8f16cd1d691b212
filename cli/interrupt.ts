/** Ctrl-C and its relatives, as a way for a command to end in order. */
import { defer } from "./deferred.ts";
import { ExitCode } from "./problem.ts";

const CODES = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated, SIGHUP: 129 as ExitCode } as const;

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
