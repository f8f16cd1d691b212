const CHECK_MS = 250;

/**
 * Calls `stop` when npm, which started us, is told to end. npm hands the signal to the shell between it and us, and
 * dash dies of it without a word; that our parent has changed is all we get to know.
 */
export function stopWithNpm(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, CHECK_MS);
  timer.unref();
}
