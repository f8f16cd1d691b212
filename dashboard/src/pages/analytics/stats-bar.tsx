import type { ComponentChildren } from "preact";
import type { Latency } from "../../../../shared/history.ts";
import type { Stats } from "../../models/analytics.ts";
import { formatCount, formatValue } from "./format.ts";
import "./stats-bar.css";

/** How the hub is doing now, and how much was said in the span that is shown below. */
export function StatsBar({ stats, total, span }: { stats: Stats | null; total: number | null; span: string }) {
  return (
    <dl class="stats-bar" aria-busy={stats === null || undefined}>
      <Tile label="Active instances" href="/">
        {stats && formatCount(stats.activeInstances)}
      </Tile>
      <Tile label="Messages" hint={span}>
        {total !== null && formatCount(total)}
      </Tile>
      <Tile label="Waiting" hint="not acked yet" href={`/?${new URLSearchParams({ q: "is:queued" })}`}>
        {stats && formatCount(stats.queuedTotal)}
      </Tile>
      <Tile label="Delivery time" hint="p50 · p95 of 24 h">
        {stats && <Percentiles of={stats.delivery} />}
      </Tile>
      <Tile label="Answer time" hint="p50 · p95 of 24 h">
        {stats && <Percentiles of={stats.answers} />}
      </Tile>
      <Tile label="Unanswered" hint="tasks and questions" href={`/?${new URLSearchParams({ q: "is:unanswered" })}`}>
        {stats && formatCount(stats.unanswered)}
      </Tile>
    </dl>
  );
}

/** `href`: what it counts. */
function Tile(props: { label: string; hint?: string; href?: string; children: ComponentChildren }) {
  return (
    <div class="card stats-tile">
      <dt>{props.href ? <a href={props.href}>{props.label}</a> : props.label}</dt>
      <dd class="stats-value">{props.children || "–"}</dd>
      {props.hint !== undefined && <dd class="stats-hint">{props.hint}</dd>}
    </div>
  );
}

function Percentiles({ of: { p50Ms, p95Ms } }: { of: Latency }) {
  return (
    <>
      {formatValue(p50Ms, "ms")}
      <small>
        <span class="visually-hidden"> at the median, </span>
        <span aria-hidden="true"> · </span>
        {formatValue(p95Ms, "ms")}
        <span class="visually-hidden"> at the 95th percentile</span>
      </small>
    </>
  );
}
