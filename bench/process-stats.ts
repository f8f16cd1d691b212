/** What Linux says of a process; NaN on other systems. */
import { readFileSync } from "node:fs";

/** The kernel counts CPU time in ticks of 10 ms for every program, whatever its own clock. */
const TICK_US = 10_000;

/** CPU time that a process has used, in microseconds. */
export function cpuTimeOf(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name, which may hold spaces; the fields below count from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Resident memory of a process, in MiB. */
export function residentMemoryOf(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1_024;
}
