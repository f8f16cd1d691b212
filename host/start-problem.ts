/** Why the hub cannot start, as one line that its user can act on. Everything else that is thrown is a bug. */
export class StartProblem extends Error {
  override name = "StartProblem";
}
