import { CircleAlert, RotateCw } from "lucide";
import type { ComponentChildren } from "preact";
import type { Loading } from "../models/refresher.ts";
import { Button } from "./button.tsx";
import { EmptyState } from "./empty-state.tsx";

/** What stands for a list that is not there yet, could not be read, or has nothing in it; otherwise the list. */
export function ListState(props: {
  loading: Loading;
  isEmpty: boolean;
  /** What to show for an empty list. */
  empty: ComponentChildren;
  onRetry?(): void;
  children: ComponentChildren;
}) {
  const { loading } = props;
  if (loading.kind === "failed") {
    return (
      <EmptyState icon={CircleAlert} title={loading.error}>
        {props.onRetry && (
          <Button icon={RotateCw} onClick={props.onRetry}>
            Try again
          </Button>
        )}
      </EmptyState>
    );
  }
  // What was read before stays while it is read again.
  if (loading.kind === "loading" && props.isEmpty) return <p class="list-loading quiet">Reading …</p>;
  return <>{props.isEmpty ? props.empty : props.children}</>;
}
