let lastAt = Number.NaN;
let lastIso = "";

/** Epoch ms as ISO 8601. What is stamped in one turn has one time, so the last answer is kept. */
export function isoTime(at: number): string {
  if (at !== lastAt) {
    lastIso = new Date(at).toISOString();
    lastAt = at;
  }
  return lastIso;
}
