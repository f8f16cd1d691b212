import { InstanceName } from "../../components/instance-name.tsx";
import { kindOf, nameOf } from "../../models/traffic-graph.ts";

/** What a node stands for, as people read it. */
export function NodeName({ id }: { id: string }) {
  return kindOf(id) === "instance" ? <InstanceName id={id} /> : <span>{nameOf(id)}</span>;
}
