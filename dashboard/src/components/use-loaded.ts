import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

/**
 * A component in a chunk of its own, fetched when it is first wanted; it stays, so that it can close as it opened. Undefined until
 * it is there.
 */
export function useLoaded<Props extends object>(
  isWanted: boolean,
  load: () => Promise<ComponentType<Props>>,
  onFailure: () => void,
): ComponentType<Props> | undefined {
  const loaded = useSignal<{ part: ComponentType<Props> } | undefined>(undefined);
  useEffect(() => {
    if (!isWanted || loaded.peek() !== undefined) return;
    load().then((part) => {
      loaded.value = { part };
    }, onFailure);
  }, [isWanted]);
  return loaded.value?.part;
}
