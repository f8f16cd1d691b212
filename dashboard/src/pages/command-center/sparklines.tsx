import { type Signal, useModel } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ActivityModel, STRETCHES } from "../../models/activity.ts";
import { useModels } from "../../models/models.ts";

const HEIGHT = 16;
const BAR = 6;

export type DrawActivity = (instanceId: string) => ComponentChildren;

/** Counts for as long as the list of sessions stands there, and gives its rows what to draw. */
export default function Sparklines({ draw }: { draw: Signal<DrawActivity | undefined> }) {
  const { hub } = useModels();
  const { counts } = useModel(() => new ActivityModel(hub));
  useEffect(() => {
    draw.value = (instanceId) => <Sparkline counts={counts.value.get(instanceId)} />;
    return () => {
      draw.value = undefined;
    };
  }, [counts, draw]);
  return null;
}

/** Bars by their root: one with a hundred times as much must not make the others flat. */
function Sparkline({ counts }: { counts: readonly number[] | undefined }) {
  if (counts === undefined) return null;
  const most = Math.max(...counts, 4);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (
    <svg
      class="sidebar-activity"
      role="img"
      aria-label={`${total} ${total === 1 ? "message" : "messages"} in the last hour`}
      viewBox={`0 0 ${STRETCHES * BAR} ${HEIGHT}`}
    >
      {counts.map((count, at) => {
        const height = count === 0 ? 0 : Math.max(2, Math.sqrt(count / most) * HEIGHT);
        return <rect key={at} x={at * BAR} y={HEIGHT - height} width={BAR - 1} height={height} />;
      })}
    </svg>
  );
}
