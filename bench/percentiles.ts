export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

export function percentilesOf(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export function medianOf(samples: readonly number[]): number {
  return percentilesOf(samples).p50;
}
