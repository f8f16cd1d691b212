import { CircleAlert, RotateCw } from "lucide";
import type { Loading } from "../models/refresher.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import "./stale-notice.css";

/** Says above what was read before that it could not be read again; nothing while it can. */
export function StaleNotice({ loading, onRetry }: { loading: Loading; onRetry(): void }) {
  if (loading.kind !== "failed") return null;
  return (
    <div class="stale-notice" role="alert">
      <Icon of={CircleAlert} />
      <span>{loading.error} This is what was read before.</span>
      <Button size="small" icon={RotateCw} onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
