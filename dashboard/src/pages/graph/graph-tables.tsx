import { ArrowRight } from "lucide";
import type { ComponentChildren } from "preact";
import { Presence, Tag } from "../../components/badge.tsx";
import { Icon } from "../../components/icon.tsx";
import { TableScroll } from "../../components/page.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useFirstRows } from "../../components/use-first-rows.tsx";
import type { WaitArrow } from "../../models/graph-waits.ts";
import { useModels } from "../../models/models.ts";
import type { TrafficView } from "../../models/traffic.ts";
import type { GraphEdge, GraphNode, NodeKind } from "../../models/traffic-graph.ts";
import { NodeName } from "./node-name.tsx";

type Found = ReadonlySet<string> | undefined;

/** The graph in words and numbers, with the same ways to messages. */
export function GraphTables(props: {
  traffic: TrafficView;
  found: Found;
  groups: ReadonlyMap<string, string>;
  /** Undefined where it is not shown who waits for whom. */
  waits: readonly WaitArrow[] | undefined;
}) {
  const { traffic, found, waits } = props;
  const { url } = useModels();
  const { nodes, edges } = traffic.graph.value;
  const shownNodes = nodes.filter(({ id }) => found?.has(id) ?? true);
  const shownEdges = edges.filter(({ from, to }) => found === undefined || found.has(from) || found.has(to));
  const shownWaits = waits?.filter(({ from, to }) => found === undefined || found.has(from) || found.has(to)) ?? [];
  const asked = url.param("table").value;
  const selected = asked === "arrows" || (asked === "waits" && waits !== undefined) ? asked : "nodes";
  return (
    <Tabs
      label="Tables of the graph"
      selected={selected}
      tabs={[
        { id: "nodes", label: `Nodes (${shownNodes.length})` },
        { id: "arrows", label: `Arrows (${shownEdges.length})` },
        ...(waits === undefined ? [] : [{ id: "waits", label: `Waits (${shownWaits.length})` } as const]),
      ]}
      onSelect={(id) => url.set({ table: id === "nodes" ? null : id }, "replace")}
    >
      {selected === "nodes" && <NodesTable traffic={traffic} nodes={shownNodes} groups={props.groups} />}
      {selected === "arrows" && <ArrowsTable traffic={traffic} edges={shownEdges} />}
      {selected === "waits" && <WaitsTable waits={shownWaits} />}
    </Tabs>
  );
}

function NodesTable(props: { traffic: TrafficView; nodes: readonly GraphNode[]; groups: ReadonlyMap<string, string> }) {
  const { traffic, nodes, groups } = props;
  // What is in no group comes last.
  const groupOf = ({ id }: GraphNode) => groups.get(id) ?? "~";
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = nodes.toSorted(
    (a, b) => compare(groupOf(a), groupOf(b)) || b.sent + b.received - a.sent - a.received || compare(a.id, b.id),
  );
  return (
    <LongTable label="Nodes" rows={sorted} isTruncated={false}>
      {(shown) => (
        <>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col" class="number">
                Sent
              </th>
              <th scope="col" class="number">
                Received
              </th>
            </tr>
          </thead>
          {[...Map.groupBy(shown, groupOf)].map(([group, members]) => (
            <tbody key={group}>
              {groups.size > 0 && (
                <tr>
                  <th scope="rowgroup" colSpan={3} class="graph-group">
                    {group === "~" ? "in no group" : group}
                  </th>
                </tr>
              )}
              {members.map((node) => (
                <NodeRow key={node.id} traffic={traffic} node={node} />
              ))}
            </tbody>
          ))}
        </>
      )}
    </LongTable>
  );
}

function NodeRow({ traffic, node }: { traffic: TrafficView; node: GraphNode }) {
  return (
    <tr data-selected={isSelected(traffic, node.id, "") || undefined}>
      <th scope="row">
        <button
          type="button"
          class="graph-choose"
          aria-pressed={isSelected(traffic, node.id, "")}
          onClick={() => traffic.select(node.id)}
        >
          {node.kind === "instance" ? <Presence isOnline={node.isOnline} /> : <Mark kind={node.kind} />}
          <NodeName id={node.id} />
          {node.isPaused && <Tag title="What is sent to it waits">paused</Tag>}
        </button>
      </th>
      {node.kind === "topic" || node.kind === "everyone" ? (
        <td />
      ) : (
        <Count href={traffic.messagesHref.value({ from: node.id })} label={`sent by ${node.id}`}>
          {node.sent}
        </Count>
      )}
      <Count href={traffic.messagesHref.value({ to: node.id })} label={`received by ${node.id}`}>
        {node.received}
      </Count>
    </tr>
  );
}

/** Rings first, then the longest wait; each leads to what is waited for. */
function WaitsTable({ waits }: { waits: readonly WaitArrow[] }) {
  const sorted = waits.toSorted((a, b) => Number(b.isInRing) - Number(a.isInRing) || b.age - a.age);
  return (
    <LongTable label="Waits" rows={sorted} isTruncated={false}>
      {(shown) => (
        <>
          <thead>
            <tr>
              <th scope="col">Who waits, and for whom</th>
              <th scope="col" class="number">
                Things
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ key, from, to, age, isInRing, count }) => (
              <tr key={key}>
                <th scope="row">
                  <NodeName id={from} />
                  <div>
                    <span class="graph-shape" data-shape={`wait-${age}`} aria-hidden="true" />
                    <span class="visually-hidden"> waits for </span> <NodeName id={to} />{" "}
                    {isInRing && <Tag title="None of its ring goes on by itself">ring</Tag>}
                  </div>
                </th>
                <td class="number">
                  <a
                    href={`/tasks?${new URLSearchParams({ view: "waiting", requester: from, owner: to })}`}
                    aria-label={`${count} that ${from} waits for from ${to}`}
                  >
                    {count}
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </>
      )}
    </LongTable>
  );
}

function ArrowsTable({ traffic, edges }: { traffic: TrafficView; edges: readonly GraphEdge[] }) {
  const sorted = edges.toSorted((a, b) => b.messages - a.messages || (a.key < b.key ? -1 : 1));
  return (
    <LongTable label="Arrows" rows={sorted} isTruncated={traffic.isTruncated.value}>
      {(shown) => (
        <>
          <thead>
            <tr>
              <th scope="col">From and to</th>
              <th scope="col" class="number">
                Messages
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((edge) => (
              <tr key={edge.key} data-selected={isSelected(traffic, edge.from, edge.to) || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    class="graph-choose graph-choose-arrow"
                    aria-pressed={isSelected(traffic, edge.from, edge.to)}
                    onClick={() => traffic.select(edge.from, edge.to)}
                  >
                    <NodeName id={edge.from} />
                    <span>
                      <Icon of={ArrowRight} size={12} />
                      <span class="visually-hidden">to </span>
                      <NodeName id={edge.to} />
                    </span>
                  </button>
                </th>
                <Count
                  href={traffic.messagesHref.value({ from: edge.from, to: edge.to })}
                  label={`from ${edge.from} to ${edge.to}`}
                >
                  {edge.messages}
                </Count>
              </tr>
            ))}
          </tbody>
        </>
      )}
    </LongTable>
  );
}

function LongTable<Row>(props: {
  label: string;
  rows: readonly Row[];
  isTruncated: boolean;
  children: (shown: readonly Row[]) => ComponentChildren;
}) {
  const { label, rows } = props;
  const { shown, more } = useFirstRows(rows);
  if (rows.length === 0) return <p class="graph-hint quiet">None in this window.</p>;
  return (
    <div class="graph-table">
      <TableScroll label={label}>
        <table class="data-table">{props.children(shown)}</table>
        {more}
        {props.isTruncated && <p class="graph-hint quiet">The hub leaves out the quietest.</p>}
      </TableScroll>
    </div>
  );
}

/** A number that leads to what it counts. */
function Count({ href, label, children }: { href: string; label: string; children: number }) {
  const text = children.toLocaleString("en");
  return (
    <td class="number">
      {children === 0 ? (
        "0"
      ) : (
        <a href={href} aria-label={`${text} messages ${label}`}>
          {text}
        </a>
      )}
    </td>
  );
}

function Mark({ kind }: { kind: NodeKind }) {
  return <span class="graph-shape" data-shape={kind} aria-hidden="true" />;
}

function isSelected(traffic: TrafficView, node: string, to: string): boolean {
  return traffic.node.value === node && traffic.edgeTo.value === to;
}
