import { StartProblem } from "../host/start-problem.ts";

/** Why the demo cannot run, in a sentence that says what to do. */
export class DemoProblem extends StartProblem {}
