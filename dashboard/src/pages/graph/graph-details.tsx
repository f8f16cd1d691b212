import { ArrowRight, MessagesSquare, X } from "lucide";
import { Presence, RoleBadge } from "../../components/badge.tsx";
import { IconButton } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { instanceHref, topicHref } from "../../links.ts";
import type { TrafficView } from "../../models/traffic.ts";
import { edgeKey, type GraphEdge, type GraphNode, nameOf, topicOf } from "../../models/traffic-graph.ts";
import { NodeName } from "./node-name.tsx";

/** The chosen node or arrow, with the ways to its messages. */
export function GraphDetails({ traffic }: { traffic: TrafficView }) {
  const id = traffic.node.value;
  const to = traffic.edgeTo.value;
  if (id === "") return <p class="graph-hint quiet">Choose a node or an arrow, in the drawing or in the table.</p>;
  const { nodes, edges } = traffic.graph.value;
  const edge = to === "" ? undefined : edges.find(({ key }) => key === edgeKey(id, to));
  const node = to === "" ? nodes.find((one) => one.id === id) : undefined;
  return (
    <div class="graph-details">
      {node && <NodeDetails node={node} traffic={traffic} />}
      {edge && <EdgeDetails edge={edge} traffic={traffic} />}
      {!node && !edge && (
        <p class="quiet">{to === "" ? nameOf(id) : `from ${nameOf(id)} to ${nameOf(to)}`}: nothing in this window.</p>
      )}
      <IconButton
        class="graph-details-close"
        icon={X}
        size="small"
        label="Choose nothing"
        onClick={() => traffic.select("")}
      />
    </div>
  );
}

function NodeDetails({ node, traffic }: { node: GraphNode; traffic: TrafficView }) {
  const isInstance = node.kind === "instance";
  return (
    <>
      <h2 class="graph-details-title">
        {isInstance && <Presence isOnline={node.isOnline} />}
        <NodeName id={node.id} />
        {node.role && <RoleBadge role={node.role} />}
      </h2>
      <p class="graph-links">
        {node.kind !== "topic" && node.kind !== "everyone" && (
          <MessagesLink href={traffic.messagesHref.value({ from: node.id })} count={node.sent} what="sent" />
        )}
        {node.kind !== "rest" && (
          <MessagesLink
            href={traffic.messagesHref.value({ to: node.id })}
            count={node.received}
            what={isInstance ? "received" : "published"}
          />
        )}
      </p>
      {isInstance && (
        <p>
          <a href={instanceHref(node.id)}>Look closer, or write to it</a>
        </p>
      )}
      {node.kind === "topic" && (
        <p>
          <a href={topicHref(topicOf(node.id))}>Open the topic</a>
        </p>
      )}
    </>
  );
}

function EdgeDetails({ edge, traffic }: { edge: GraphEdge; traffic: TrafficView }) {
  return (
    <>
      <h2 class="graph-details-title">
        <NodeName id={edge.from} /> <Icon of={ArrowRight} size={14} />
        <span class="visually-hidden"> to </span>
        <NodeName id={edge.to} />
      </h2>
      <p class="graph-links">
        <MessagesLink
          href={traffic.messagesHref.value({ from: edge.from, to: edge.to })}
          count={edge.messages}
          what="sent"
        />
        {edge.isMutual && (
          <button type="button" class="button" data-size="small" onClick={() => traffic.select(edge.to, edge.from)}>
            The other direction
          </button>
        )}
      </p>
    </>
  );
}

function MessagesLink({ href, count, what }: { href: string; count: number; what: string }) {
  const text = `${count.toLocaleString("en")} ${what}`;
  if (count === 0) return <span class="quiet">{text}</span>;
  return (
    <a class="button" data-size="small" href={href} aria-label={`${text}: show these messages`}>
      <Icon of={MessagesSquare} size={14} /> {text}
    </a>
  );
}
