/**
 * The hooks of ours in a file of the form that Claude Code made: `{"hooks": {"Event": [{"matcher", "hooks": [...]}]}}`.
 * Groups of others stay where they are, since some clients know a hook that was trusted by its place.
 */
import { appendJson, readJson, setJson } from "./json-file.ts";

export type HookGroup = Record<string, unknown>;
/** A group of ours for each event. */
export type HookGroups = Readonly<Record<string, HookGroup>>;

type Found = Record<string, HookGroup[] | undefined>;

export interface HookFile {
  text: string | undefined;
  path: string;
  /** Whether a group is one of ours, of any version. */
  isOurs(group: HookGroup): boolean;
}

/** The file's text with these groups in it, each once. */
export function putHooks({ text, path, isOurs }: HookFile, groups: HookGroups): string | undefined {
  let next = text;
  for (const [event, group] of Object.entries(groups)) {
    const present = hooksOf(next, path)[event] ?? [];
    const index = present.findIndex(isOurs);
    if (index === -1) next = appendJson(next, ["hooks", event], group, present.length);
    else if (JSON.stringify(present[index]) !== JSON.stringify(group))
      next = setJson(next, ["hooks", event, index], group);
  }
  return next;
}

/** The file's text without groups of ours; undefined where nothing else was in it. */
export function removeHooks({ text, path, isOurs }: HookFile): string | undefined {
  let next = text;
  for (const [event, groups = []] of Object.entries(hooksOf(text, path))) {
    const indexes = groups.flatMap((group, index) => (isOurs(group) ? [index] : []));
    if (indexes.length === 0) continue;
    if (indexes.length === groups.length) next = setJson(next, ["hooks", event], undefined);
    else for (const index of indexes.reverse()) next = setJson(next, ["hooks", event, index], undefined);
  }
  const { hooks, ...others } = readJson(next, path);
  const isEmpty = Object.keys(hooks ?? {}).length === 0;
  if (!isEmpty || next === text) return next;
  return Object.keys(others).length === 0 ? undefined : setJson(next, ["hooks"], undefined);
}

/** Where the groups of ours stand: by event, the index. */
export function placesOfHooks({ text, path, isOurs }: HookFile): [event: string, index: number][] {
  return Object.entries(hooksOf(text, path)).flatMap(([event, groups = []]) =>
    groups.flatMap((group, index): [string, number][] => (isOurs(group) ? [[event, index]] : [])),
  );
}

function hooksOf(text: string | undefined, path: string): Found {
  return (readJson(text, path).hooks ?? {}) as Found;
}
