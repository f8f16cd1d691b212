import { decideRestart, type RestartHistory } from "./restart-policy.ts";
import { StartProblem } from "./start-problem.ts";
import type { Ending, WorkerdProcess } from "./workerd-process.ts";

export interface SupervisorDeps {
  start(): WorkerdProcess;
  /** Resolves when the hub answers; rejects when it does not in good time. Left alone if the process ends before. */
  waitUntilHealthy(process: WorkerdProcess): Promise<void>;
  onHealthy(process: WorkerdProcess): void;
  log(line: string): void;
  sleep(ms: number): Promise<void>;
  /** In ms, by a clock that nobody can set. */
  now(): number;
}

const START_AGAIN_MS = 1_000;
const STOPPED: Ending = { code: null, signal: null, lastLine: undefined };

/** Keeps one workerd running until it is told to stop, or until it cannot come up. */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #history: RestartHistory = { endedAt: [], startsInVain: 0, wasEverHealthy: false };
  #current: WorkerdProcess | undefined;
  #isStopping = false;
  #isRestarting = false;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  /** Returns after `stop()`; throws a StartProblem when it gives up. */
  async run(): Promise<void> {
    while (!this.#isStopping) {
      const ending = await this.#runOnce();
      if (this.#isStopping) return;
      if (this.#isRestarting) continue;
      this.#history.endedAt.push(this.#deps.now());
      const decision = decideRestart(this.#history, this.#deps.now());
      if (decision === "give up") throw new StartProblem(`workerd does not come up: ${describeEnding(ending)}.`);
      this.#deps.log(`workerd ended (${describeEnding(ending)}); starting it again`);
      await this.#deps.sleep(decision);
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#current?.stop();
  }

  /** Stops workerd in order and starts it again, with what `start` finds then. */
  async restart(): Promise<void> {
    this.#isRestarting = true;
    await this.#current?.stop();
  }

  /** What kept a hub that has run from being started, as a full disk does, may pass: it is tried again until it has. */
  async #start(): Promise<WorkerdProcess | undefined> {
    while (!this.#isStopping) {
      try {
        return this.#deps.start();
      } catch (error) {
        if (!(error instanceof StartProblem) || !this.#history.wasEverHealthy) throw error;
        this.#deps.log(`workerd cannot be started, will try again: ${error.message}`);
        await this.#deps.sleep(START_AGAIN_MS);
      }
    }
    return undefined;
  }

  async #runOnce(): Promise<Ending> {
    this.#isRestarting = false;
    const process = await this.#start();
    if (process === undefined) return STOPPED;
    this.#current = process;
    const outcome = await Promise.race([
      process.ended,
      this.#deps.waitUntilHealthy(process).then(
        () => "healthy" as const,
        () => "silent" as const,
      ),
    ]);
    if (outcome === "healthy") {
      this.#history.wasEverHealthy = true;
      this.#history.startsInVain = 0;
      this.#deps.onHealthy(process);
      return process.ended;
    }
    this.#history.startsInVain += 1;
    if (outcome !== "silent") return outcome;
    await process.stop();
    return { ...(await process.ended), lastLine: "it did not answer /health" };
  }
}

function describeEnding({ code, signal, lastLine }: Ending): string {
  const how = signal === null ? `exit code ${code}` : signal;
  return lastLine === undefined ? how : `${how}, ${lastLine}`;
}
