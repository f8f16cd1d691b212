import { useComputed, useModel } from "@preact/signals";
import { Hourglass, Network } from "lucide";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { JoinCommand } from "../../components/join-command.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { PageSpan } from "../../components/page-span.tsx";
import { StaleNotice } from "../../components/stale-notice.tsx";
import { useModels } from "../../models/models.ts";
import { READY } from "../../models/refresher.ts";
import { TrafficModel, type TrafficView } from "../../models/traffic.ts";
import { type Grouping, groupsOf, nameOf } from "../../models/traffic-graph.ts";
import { GraphCanvas } from "./graph-canvas.tsx";
import { GraphDetails } from "./graph-details.tsx";
import { GraphLegend } from "./graph-legend.tsx";
import { GraphTables } from "./graph-tables.tsx";
import { useWaitsLayer, WaitsReader } from "./waits-layer.tsx";
import "./graph-page.css";

const SPANS = ["15m", "1h", "24h", "7d", "30d"] as const;

export default function GraphPage() {
  const { hub, url, instances } = useModels();
  const model = useModel(() => new TrafficModel(hub, url, instances));
  const layer = useWaitsLayer(model);
  const { traffic, waits } = layer;
  const by = url.param("group");
  const groups = useComputed(() => groupsOf(traffic.graph.value, groupingOf(by.value)));
  const isEmpty = traffic.graph.value.nodes.length === 0;
  const search = url.param("find");
  const found = useComputed(() => findNodes(traffic, search.value));
  return (
    <Page
      title="Graph"
      actions={
        <>
          <input
            class="input graph-search"
            type="search"
            placeholder="Find a node"
            aria-label="Find a node"
            value={search.value}
            onInput={(event) => url.set({ find: event.currentTarget.value }, "replace")}
          />
          <GroupPicker value={groupingOf(by.value)} />
          <Button
            icon={Hourglass}
            aria-pressed={layer.isOn}
            onClick={() => url.set({ layer: layer.isOn ? null : "waits" }, "push")}
          >
            Who waits
          </Button>
          <PageSpan label="Window of time" names={SPANS} fallback="1h" />
        </>
      }
    >
      {layer.isOn && <WaitsReader into={layer.read} />}
      <ListState
        loading={isEmpty ? traffic.loading.value : READY}
        isEmpty={isEmpty}
        empty={<NobodyHere />}
        onRetry={traffic.refresh}
      >
        <StaleNotice loading={traffic.loading.value} onRetry={traffic.refresh} />
        <div class="graph">
          <section class="card graph-drawing" aria-label="Graph">
            <GraphCanvas traffic={traffic} found={found.value} groups={groups} waits={waits} />
            <GraphLegend traffic={traffic} hasWaits={layer.isOn} />
          </section>
          <section class="card graph-side" aria-label="Nodes and arrows">
            <GraphDetails traffic={traffic} />
            <GraphTables
              traffic={traffic}
              found={found.value}
              groups={groups.value}
              waits={layer.isOn ? waits.value : undefined}
            />
          </section>
        </div>
      </ListState>
    </Page>
  );
}

const GROUPINGS: readonly [Grouping, string][] = [
  ["", "No groups"],
  ["project", "By project"],
  ["role", "By role"],
];

function groupingOf(text: string): Grouping {
  return text === "project" || text === "role" ? text : "";
}

/** What stands together. */
function GroupPicker({ value }: { value: Grouping }) {
  const { url } = useModels();
  return (
    <select
      class="input graph-groups"
      aria-label="Groups"
      value={value}
      onChange={(event) => url.set({ group: event.currentTarget.value }, "push")}
    >
      {GROUPINGS.map(([by, label]) => (
        <option key={by} value={by}>
          {label}
        </option>
      ))}
    </select>
  );
}

function NobodyHere() {
  return (
    <div class="page-body">
      <EmptyState icon={Network} title="Nobody is here yet, and nobody wrote in this window">
        <JoinCommand />
      </EmptyState>
    </div>
  );
}

/** Ids of nodes whose id, name or role has all words of the search; undefined without one. */
function findNodes(traffic: TrafficView, search: string): ReadonlySet<string> | undefined {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  const matches = traffic.graph.value.nodes.filter(({ id, role }) => {
    const text = `${id} ${nameOf(id)} ${role ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return new Set(matches.map(({ id }) => id));
}
