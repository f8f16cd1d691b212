import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { toast } from "./toasts.tsx";

/** A component in a chunk of its own, fetched when it is first wanted; it stays, so that it can close as it opened. */
export function Later<Props extends object>(props: {
  isWanted: boolean;
  load(): Promise<ComponentType<Props>>;
  props: Props;
}) {
  const loaded = useSignal<{ part: ComponentType<Props> } | undefined>(undefined);
  useEffect(() => {
    if (!props.isWanted || loaded.peek() !== undefined) return;
    props.load().then(
      (part) => {
        loaded.value = { part };
      },
      () => toast("The hub did not send this part of the page; try again when it answers", { tone: "bad" }),
    );
  }, [props.isWanted]);
  const Part = loaded.value?.part;
  return Part === undefined ? null : <Part {...props.props} />;
}
