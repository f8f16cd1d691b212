import { type Health, health } from "./health.ts";

const SENTENCES: Readonly<Record<Health["state"], string>> = {
  loading: "Asking the hub …",
  ok: "The hub is running",
  degraded: "The hub answers, but a part of it does not",
  unreachable: "The hub does not answer; trying again every second",
};

export function App() {
  return (
    <main>
      <h1>cc2cc</h1>
      <p class="lead">Claude Code sessions that work together</p>
      <HealthCard health={health.value} />
    </main>
  );
}

function HealthCard({ health }: { health: Health }) {
  return (
    <section class="card" aria-label="Hub">
      <p class="state" role="status" data-state={health.state}>
        {SENTENCES[health.state]}
      </p>
      {"version" in health && (
        <dl>
          <dt>Version</dt>
          <dd>{health.version}</dd>
          <dt>Connected sessions</dt>
          <dd>{health.connectedInstances}</dd>
          <dt>Up for</dt>
          <dd>{formatDuration(health.uptime)}</dd>
        </dl>
      )}
    </section>
  );
}

function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
