import { signal } from "@preact/signals";

interface HealthReport {
  status: "ok" | "degraded";
  version: string;
  connectedInstances: number;
  uptime: number;
}

export type Health = { state: "loading" } | { state: "unreachable" } | ({ state: "ok" | "degraded" } & HealthReport);

const REFRESH_MS = 5_000;
const RETRY_MS = 1_000;

export const health = signal<Health>({ state: "loading" });

export async function watchHealth(): Promise<never> {
  while (true) {
    health.value = await readHealth();
    const pauseMs = health.value.state === "ok" ? REFRESH_MS : RETRY_MS;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function readHealth(): Promise<Health> {
  try {
    // A degraded hub answers 503 and still says what it knows.
    const response = await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(REFRESH_MS) });
    const report = (await response.json()) as HealthReport;
    return { state: report.status, ...report };
  } catch {
    return { state: "unreachable" };
  }
}
