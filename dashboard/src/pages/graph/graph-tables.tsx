import { useSignal } from "@preact/signals";
import { ArrowRight } from "lucide";
import type { ComponentChildren } from "preact";
import { Presence, Tag } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { TableScroll } from "../../components/page.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useModels } from "../../models/models.ts";
import type { TrafficView } from "../../models/traffic.ts";
import type { GraphEdge, GraphNode, NodeKind } from "../../models/traffic-graph.ts";
import { NodeName } from "./node-name.tsx";

type Found = ReadonlySet<string> | undefined;

/** More rows than anybody reads would only slow the page. */
const ROWS = 100;

/** The graph in words and numbers, with the same ways to messages. */
export function GraphTables({ traffic, found }: { traffic: TrafficView; found: Found }) {
  const { url } = useModels();
  const { nodes, edges } = traffic.graph.value;
  const shownNodes = nodes.filter(({ id }) => found?.has(id) ?? true);
  const shownEdges = edges.filter(({ from, to }) => found === undefined || found.has(from) || found.has(to));
  const selected = url.param("table").value === "arrows" ? "arrows" : "nodes";
  return (
    <Tabs
      label="Tables of the graph"
      selected={selected}
      tabs={[
        { id: "nodes", label: `Nodes (${shownNodes.length})` },
        { id: "arrows", label: `Arrows (${shownEdges.length})` },
      ]}
      onSelect={(id) => url.set({ table: id === "nodes" ? null : id }, "replace")}
    >
      {selected === "nodes" ? (
        <NodesTable traffic={traffic} nodes={shownNodes} />
      ) : (
        <ArrowsTable traffic={traffic} edges={shownEdges} />
      )}
    </Tabs>
  );
}

function NodesTable({ traffic, nodes }: { traffic: TrafficView; nodes: readonly GraphNode[] }) {
  const sorted = nodes.toSorted((a, b) => b.sent + b.received - a.sent - a.received || (a.id < b.id ? -1 : 1));
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
          <tbody>
            {shown.map((node) => (
              <tr key={node.id} data-selected={isSelected(traffic, node.id, "") || undefined}>
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
  const isWhole = useSignal(false);
  if (rows.length === 0) return <p class="graph-hint quiet">None in this window.</p>;
  return (
    <div class="graph-table">
      <TableScroll label={label}>
        <table class="data-table">{props.children(isWhole.value ? rows : rows.slice(0, ROWS))}</table>
        {rows.length > ROWS && !isWhole.value && (
          <Button
            variant="ghost"
            onClick={() => {
              isWhole.value = true;
            }}
          >
            Show all {rows.length}
          </Button>
        )}
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
