import { instanceHref } from "../links.ts";
import { useModels } from "../models/models.ts";
import { InstanceName } from "./instance-name.tsx";

/** An instance, with a way to its drawer; or any of a role (`any:<role>`). */
export function Somebody({ id }: { id: string }) {
  const { url } = useModels();
  if (!id.includes("@")) return <span class="quiet">{id.replace(/^any:/, "any ")}</span>;
  return <InstanceName id={id} onOpen={(opened) => url.navigate(instanceHref(opened))} />;
}
