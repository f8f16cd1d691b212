/** A command that may open so many files and no more; as it is where no number is given. Its process is the program's own. */
export function withOpenFiles(limit: number | undefined, ...command: [string, ...string[]]): [string, ...string[]] {
  if (limit === undefined) return command;
  return ["/bin/sh", "-c", 'ulimit -n "$0" && exec "$@"', String(limit), ...command];
}
