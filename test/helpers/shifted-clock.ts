/** A clock on the wall that a test can set, for a process and what it starts: needs Linux and a C compiler. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTempDir } from "./temp-dir.ts";

const SOURCE = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile int64_t *shift;
__attribute__((constructor)) static void open_shift(void) {
  int fd = open(SHIFT_FILE, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *found = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (found != MAP_FAILED) shift = found;
}
int clock_gettime(clockid_t id, struct timespec *ts) {
  int result = syscall(SYS_clock_gettime, id, ts);
  if (result == 0 && shift && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) ts->tv_sec += *shift;
  return result;
}
int gettimeofday(struct timeval *tv, void *zone) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  tv->tv_sec = ts.tv_sec;
  tv->tv_usec = ts.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *t) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  if (t) *t = ts.tv_sec;
  return ts.tv_sec;
}
`;

/** The environment that a process must have, and what sets its clock: so many seconds from the true time. */
export function makeShiftedClock(): { env: Record<string, string>; set(seconds: number): void } {
  const folder = makeTempDir();
  const [source, library, file] = ["shift.c", "shift.so", "shift"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(source, SOURCE);
  writeFileSync(file, Buffer.alloc(8));
  const define = `-DSHIFT_FILE="${file}"`;
  const { status, stderr } = spawnSync("cc", ["-shared", "-fPIC", "-O1", define, "-o", library, source]);
  if (status !== 0) throw new Error(`the shifted clock does not compile: ${stderr}`);
  return {
    env: { LD_PRELOAD: library },
    set(seconds) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(seconds));
      // In place: the file is in the memory of those who look.
      writeFileSync(file, bytes, { flag: "r+" });
    },
  };
}
