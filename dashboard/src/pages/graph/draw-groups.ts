/** Draws groups of nodes: circles with names above them. */
import type { Frame, View } from "./frame.ts";
import type { Box } from "./labels.ts";
import type { Cluster } from "./layout.ts";
import { prepareText } from "./shapes.ts";

const FONT_OF_NAMES = "650 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const NAME_HEIGHT = 18;

/** A circle round each group, below all else. */
export function drawClusters(context: CanvasRenderingContext2D, { clusters, view, colors }: Frame): void {
  context.strokeStyle = colors["--graph-group"];
  context.fillStyle = colors["--graph-group"];
  context.lineWidth = 1.5 / view.k;
  for (const { x, y, radius } of clusters) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.globalAlpha = 0.25;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }
}

/** Above their circles. */
export function drawGroupNames(context: CanvasRenderingContext2D, { clusters, view, colors }: Frame): void {
  prepareText(context, FONT_OF_NAMES, 4, colors);
  context.globalAlpha = 1;
  for (const cluster of clusters) {
    const { x, top } = nameSpotOf(cluster, view);
    context.strokeText(groupLabel(cluster), x, top);
    context.fillText(groupLabel(cluster), x, top);
  }
}

/** What other names may not cover. */
export function namesOfGroups({ clusters, view }: Frame): (Box & { owner: string })[] {
  return clusters.map((cluster) => {
    const { x, top } = nameSpotOf(cluster, view);
    const half = groupLabel(cluster).length * 4;
    return { owner: `group ${cluster.name}`, left: x - half, right: x + half, top, bottom: top + NAME_HEIGHT };
  });
}

function groupLabel({ name, count }: Cluster): string {
  return `${name} (${count})`;
}

function nameSpotOf({ x, y, radius }: Cluster, view: View): { x: number; top: number } {
  return { x: x * view.k + view.x, top: (y - radius) * view.k + view.y - NAME_HEIGHT };
}
