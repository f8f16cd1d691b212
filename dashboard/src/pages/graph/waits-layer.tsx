/** Who waits for whom, over the graph: read only while it is shown. */
import { type ReadonlySignal, type Signal, useComputed, useModel, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type WaitArrow, waitArrowsOf } from "../../models/graph-waits.ts";
import { useModels } from "../../models/models.ts";
import { TasksModel } from "../../models/tasks.ts";
import type { TrafficView } from "../../models/traffic.ts";
import { withEnds } from "../../models/traffic-graph.ts";
import { WaitingModel } from "../../models/waiting.ts";
import type { Waits } from "../../models/waits.ts";

const NOTHING: Waits = { edges: [], rings: [] };
/** Arrows grow old without any event. */
const AGE_MS = 60_000;

export interface WaitsLayer {
  isOn: boolean;
  /** With everyone in the graph who waits or owes. */
  traffic: TrafficView;
  waits: ReadonlySignal<readonly WaitArrow[]>;
  /** Where a `WaitsReader` writes to. */
  read: Signal<Waits>;
}

export function useWaitsLayer(traffic: TrafficView): WaitsLayer {
  const { url, instances } = useModels();
  const read = useSignal(NOTHING);
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, AGE_MS);
    return () => clearInterval(timer);
  }, [now]);
  const waits = useComputed(() => waitArrowsOf(read.value, now.value));
  const graph = useComputed(() => {
    const ends = waits.value.flatMap(({ from, to }) => [from, to]);
    return withEnds(traffic.graph.value, ends, [...instances.byId.value.values()]);
  });
  const shown = useMemo(() => ({ ...traffic, graph }), [traffic, graph]);
  return { isOn: url.param("layer").value === "waits", traffic: shown, waits, read };
}

/** Reads for as long as it stands in the page. */
export function WaitsReader({ into }: { into: Signal<Waits> }) {
  const { hub, instances } = useModels();
  const tasks = useModel(() => new TasksModel(hub));
  const { waits } = useModel(() => new WaitingModel(hub, instances, tasks.open));
  useSignalEffect(() => {
    into.value = waits.value;
  });
  useEffect(
    () => () => {
      into.value = NOTHING;
    },
    [into],
  );
  return null;
}
