import type { RunningHub } from "../test/helpers/hub.ts";
import type { EchoServer } from "./echo.ts";
import type { Figure } from "./figures.ts";

/** What each part of the benchmark is given. */
export interface Context {
  echo: EchoServer;
  /** A hub with empty storage and its rate limits lifted; stopped after the part, if the part does not. */
  startHub(): Promise<RunningHub>;
}

export type Part = (context: Context) => Promise<Figure[]>;
