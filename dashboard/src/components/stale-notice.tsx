import { CircleAlert, RotateCw } from "lucide";
import { useModels } from "../models/models.ts";
import type { Loading } from "../models/refresher.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import "./stale-notice.css";

/**
 * Says above what was read before that it could not be read again; nothing while it can, and while there is no connection,
 * which the banner of the page says.
 */
export function StaleNotice({ loading, onRetry }: { loading: Loading; onRetry(): void }) {
  const { connection } = useModels();
  if (loading.kind !== "failed" || connection.trouble.value !== null) return null;
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
