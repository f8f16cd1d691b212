import { RotateCw, TriangleAlert } from "lucide";
import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { useModels } from "../models/models.ts";

/** Says why nothing is live and what happens next; nothing while all is well. */
export function ConnectionBanner() {
  const { connection } = useModels();
  const trouble = connection.trouble.value;
  return (
    <div class="connection-banner" hidden={trouble === null}>
      {/* The live region hears the cause only: a countdown that is read out each second helps nobody. */}
      <p role="alert">
        {trouble !== null && (
          <>
            <Icon of={TriangleAlert} /> {trouble.title}{" "}
            {connection.isStale.value && <span class="quiet">What you see is from before.</span>}
          </>
        )}
      </p>
      {trouble !== null && (
        <>
          <RetryCountdown />
          <Button size="small" icon={RotateCw} onClick={connection.retryNow} disabled={trouble.retryAt === null}>
            Try now
          </Button>
        </>
      )}
    </div>
  );
}

function RetryCountdown() {
  const { connection } = useModels();
  const seconds = connection.retrySeconds.value;
  return (
    <span class="connection-countdown">{seconds === null ? "Trying …" : `Next try in ${Math.max(1, seconds)} s`}</span>
  );
}
