import { ArrowRight } from "lucide";
import { Icon } from "../../components/icon.tsx";
import type { TrafficView } from "../../models/traffic.ts";
import { nameOf } from "../../models/traffic-graph.ts";

/** What shapes and colours mean, and the message that came last: also for those who see no dot run. */
export function GraphLegend({ traffic, hasWaits }: { traffic: TrafficView; hasWaits: boolean }) {
  const last = traffic.arrivals.value.at(-1);
  return (
    <footer class="graph-legend">
      <ul aria-label="Legend">
        <Entry shape="online">online</Entry>
        <Entry shape="offline">offline</Entry>
        <Entry shape="topic">topic</Entry>
        <Entry shape="arrow">thicker with more messages</Entry>
        <Entry shape="membership">in the topic</Entry>
        <Entry shape="pin">pinned: drag to pin, double click to let go</Entry>
        {hasWaits && (
          <>
            <Entry shape="wait-0">waits, to who owes</Entry>
            <Entry shape="wait-1">5 min</Entry>
            <Entry shape="wait-2">½ h</Entry>
            <Entry shape="wait-3">2 h</Entry>
            <Entry shape="ring">in a ring</Entry>
          </>
        )}
      </ul>
      {last && (
        <p class="graph-last">
          <span class="graph-last-dot" data-type={last.type} aria-hidden="true" />
          <span class="visually-hidden">Last message: </span>
          {last.type}: {nameOf(last.from)} <Icon of={ArrowRight} size={12} />
          <span class="visually-hidden">to</span> {nameOf(last.to)}
        </p>
      )}
    </footer>
  );
}

function Entry({ shape, children }: { shape: string; children: string }) {
  return (
    <li>
      <span class="graph-shape" data-shape={shape} aria-hidden="true" />
      {children}
    </li>
  );
}
