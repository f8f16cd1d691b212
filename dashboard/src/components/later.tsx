import type { ComponentType } from "preact";
import { toast } from "./toasts.tsx";
import { useLoaded } from "./use-loaded.ts";

/** A part of the page that comes when it is first wanted. */
export function Later<Props extends object>(props: {
  isWanted: boolean;
  load(): Promise<ComponentType<Props>>;
  props: Props;
}) {
  const Part = useLoaded(props.isWanted, props.load, () =>
    toast("The hub did not send this part of the page; try again when it answers", { tone: "bad" }),
  );
  return Part === undefined ? null : <Part {...props.props} />;
}
