/** Custom properties that the drawing takes its colours from. */
export const COLOR_NAMES = [
  "--graph-online",
  "--graph-offline",
  "--graph-topic",
  "--graph-edge",
  "--graph-edge-strong",
  "--graph-label",
  "--graph-ground",
  "--graph-selected",
  "--graph-group",
  "--graph-wait-0",
  "--graph-wait-1",
  "--graph-wait-2",
  "--graph-wait-3",
] as const;
export type Colors = Readonly<Record<(typeof COLOR_NAMES)[number], string>>;
