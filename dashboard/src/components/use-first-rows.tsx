import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { Button } from "./button.tsx";

/** More rows at once are slow to draw, and hardly anybody looks through them. */
const ROWS = 100;

/** The first rows of a list, and below them a button that shows all; null where these are all. */
export function useFirstRows<Row>(rows: readonly Row[]): { shown: readonly Row[]; more: VNode | null } {
  const isWhole = useSignal(false);
  if (isWhole.value || rows.length <= ROWS) return { shown: rows, more: null };
  const showAll = () => {
    isWhole.value = true;
  };
  return {
    shown: rows.slice(0, ROWS),
    more: (
      <Button variant="ghost" onClick={showAll}>
        Show all {rows.length}
      </Button>
    ),
  };
}
