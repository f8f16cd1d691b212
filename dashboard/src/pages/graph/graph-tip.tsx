import { ArrowRight } from "lucide";
import { Icon } from "../../components/icon.tsx";
import type { GraphNode } from "../../models/traffic-graph.ts";
import { nameOf } from "../../models/traffic-graph.ts";
import type { Arrow } from "./arrows.ts";
import type { Hover } from "./stage.ts";

/** What the pointer is on, beside it. The tables say the same to those who have no pointer. */
export function GraphTip({ hover }: { hover: Hover | null }) {
  if (hover === null) return null;
  // Near the right edge it opens to the left, so that it is not cut off.
  const place = { "--tip-x": `${hover.x}px`, "--tip-y": `${hover.y}px` };
  return (
    <div class="graph-tip" style={place} aria-hidden="true">
      {hover.node ? <NodeTip node={hover.node} /> : <ArrowTip arrow={hover.arrow} />}
    </div>
  );
}

function NodeTip({ node }: { node: GraphNode }) {
  return (
    <>
      <b>{nameOf(node.id)}</b>
      <dl>
        {node.kind === "instance" && <Fact name="Presence">{presenceOf(node)}</Fact>}
        {node.role && <Fact name="Role">{node.role}</Fact>}
        {node.kind !== "topic" && node.kind !== "everyone" && <Fact name="Sent">{node.sent.toLocaleString("en")}</Fact>}
        <Fact name={node.kind === "topic" ? "Published" : "Received"}>{node.received.toLocaleString("en")}</Fact>
        {node.queueDepth > 0 && <Fact name="Waiting">{node.queueDepth.toLocaleString("en")}</Fact>}
      </dl>
    </>
  );
}

function ArrowTip({ arrow }: { arrow: Arrow }) {
  return (
    <>
      <b>
        {nameOf(arrow.from)} <Icon of={ArrowRight} size={12} /> {nameOf(arrow.to)}
      </b>
      <dl>
        <Fact name="Messages">{arrow.messages.toLocaleString("en")}</Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function presenceOf({ isOnline, isPaused }: GraphNode): string {
  return `${isOnline ? "online" : "offline"}${isPaused ? ", paused" : ""}`;
}
