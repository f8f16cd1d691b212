import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import { Maximize, PinOff, ZoomIn, ZoomOut } from "lucide";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "../../components/button.tsx";
import { readColors, watchTheme } from "../../components/theme-colors.ts";
import type { WaitArrow } from "../../models/graph-waits.ts";
import { MESSAGE_TYPES } from "../../models/message-types.ts";
import type { TrafficView } from "../../models/traffic.ts";
import { COLOR_NAMES } from "./colors.ts";
import { GraphTip } from "./graph-tip.tsx";
import { readPins, writePins } from "./pins.ts";
import type { GraphStage } from "./stage.ts";
import type { Hover } from "./stage-options.ts";
import "./graph-canvas.css";

export interface GraphCanvasProps {
  traffic: TrafficView;
  /** What the search matches; undefined without one. */
  found: ReadonlySet<string> | undefined;
  /** The group of each node that has one. */
  groups: ReadonlySignal<ReadonlyMap<string, string>>;
  /** Who waits for whom, where that is shown. */
  waits: ReadonlySignal<readonly WaitArrow[]>;
}

/** The drawn graph with its controls. */
export function GraphCanvas({ traffic, found, groups, waits }: GraphCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useSignal<GraphStage | null>(null);
  const hover = useSignal<Hover | null>(null);
  const pinCount = useSignal(0);
  const hasFailed = useSignal(false);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const pins = readPins(localStorage);
    pinCount.value = pins.size;
    const hasEnded = new AbortController();
    const resize = new ResizeObserver(() => stage.peek()?.resize(element.clientWidth, element.clientHeight));
    const stopTheme = watchTheme(() => {
      const { colors, pulseColors } = colorsOf(element);
      stage.peek()?.recolor(colors, pulseColors);
    });
    const start = ({ GraphStage }: typeof import("./stage.ts")) => {
      if (hasEnded.signal.aborted) return;
      stage.value = new GraphStage({
        canvas: element,
        ...colorsOf(element),
        pins,
        isCalm: matchMedia("(prefers-reduced-motion: reduce)").matches,
        onHover(next) {
          hover.value = next;
        },
        onSelect: (node, to) => traffic.select(node, to),
        onPin(next) {
          pinCount.value = next.size;
          writePins(localStorage, next);
        },
      });
      resize.observe(element);
    };
    void import("./stage.ts").then(start).catch(() => {
      hasFailed.value = true;
    });
    return () => {
      hasEnded.abort();
      stopTheme();
      resize.disconnect();
      stage.peek()?.destroy();
      stage.value = null;
    };
  }, [traffic, stage, hover, pinCount, hasFailed]);

  useSignalEffect(() => stage.value?.show(traffic.graph.value, groups.value));
  useSignalEffect(() => stage.value?.showWaits(waits.value));
  useSignalEffect(() => stage.value?.pulse(traffic.arrivals.value));
  useSignalEffect(() => stage.value?.select(traffic.node.value, traffic.edgeTo.value));
  useEffect(() => stage.peek()?.find(found), [found, stage.value]);

  const { nodes, edges } = traffic.graph.value;
  return (
    <div class="graph-canvas">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Graph of ${nodes.length} nodes and ${edges.length} arrows. The tables beside say the same.`}
      />
      {hasFailed.value && <p class="graph-failed">The drawing could not be loaded. The tables have all of it.</p>}
      <GraphTip hover={hover.value} />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls */}
      <div class="graph-controls" role="group" aria-label="View of the graph">
        <IconButton icon={ZoomIn} label="Zoom in" onClick={() => stage.peek()?.zoomBy(1.4)} />
        <IconButton icon={ZoomOut} label="Zoom out" onClick={() => stage.peek()?.zoomBy(1 / 1.4)} />
        <IconButton icon={Maximize} label="Show all of it" onClick={() => stage.peek()?.fit()} />
        <IconButton
          icon={PinOff}
          label={`Unpin all (${pinCount.value})`}
          disabled={pinCount.value === 0}
          onClick={() => stage.peek()?.unpinAll()}
        />
      </div>
    </div>
  );
}

function colorsOf(element: Element) {
  const types = readColors(
    element.parentElement ?? element,
    MESSAGE_TYPES.map((type) => `--type-${type}` as const),
  );
  return {
    colors: readColors(element.parentElement ?? element, COLOR_NAMES),
    pulseColors: {
      task: types["--type-task"],
      question: types["--type-question"],
      result: types["--type-result"],
      ack: types["--type-ack"],
      ping: types["--type-ping"],
    },
  };
}
