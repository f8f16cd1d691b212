import { signal } from "@preact/signals";

interface HealthReport {
  status: "ok" | "degraded";
  version: string;
  connectedInstances: number;
  uptime: number;
}

export type Health = { state: "loading" } | { state: "unreachable" } | ({ state: "ok" | "degraded" } & HealthReport);

const REFRESH_MS = 5_000;

export const health = signal<Health>({ state: "loading" });

export function watchHealth(): void {
  void refreshHealth();
  setInterval(() => void refreshHealth(), REFRESH_MS);
}

async function refreshHealth(): Promise<void> {
  try {
    // A degraded hub answers 503 and still says what it knows.
    const response = await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(REFRESH_MS) });
    const report = (await response.json()) as HealthReport;
    health.value = { state: report.status === "ok" ? "ok" : "degraded", ...report };
  } catch {
    health.value = { state: "unreachable" };
  }
}
