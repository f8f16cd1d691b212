import { useModel } from "@preact/signals";
import { TriangleAlert } from "lucide";
import { useEffect } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { toast } from "../components/toasts.tsx";
import { useModels } from "../models/models.ts";
import { PausesModel, resume } from "../models/pauses.ts";
import { wordsOf } from "../models/refresher.ts";
import { listPauseCommands } from "./pause-commands.ts";

/** Keeps what is paused, and says on every page that everything is, while that is so. */
export default function PauseBanner() {
  const models = useModels();
  const { hub, instances, session, moreCommands } = models;
  const { everything, targets } = useModel(() => new PausesModel(hub, instances));
  useEffect(() => {
    moreCommands.value = () => listPauseCommands(models, targets.value);
    return () => {
      moreCommands.value = () => [];
    };
  }, [models, moreCommands, targets]);
  const pause = everything.value;
  return (
    <section class="connection-banner" aria-label="Pause" hidden={pause === undefined}>
      <p role="status">
        {pause !== undefined && (
          <>
            <Icon of={TriangleAlert} /> Everything is paused
          </>
        )}
      </p>
      {pause !== undefined && (
        <>
          <span>
            by {pause.by} <RelativeTime at={pause.at} />
            {pause.reason !== undefined && `: ${pause.reason}`}
          </span>
          {session.isAdmin.value && (
            <Button
              size="small"
              onClick={() => void resume(hub, "all").catch((error) => toast(wordsOf(error), { tone: "bad" }))}
            >
              Resume everything
            </Button>
          )}
        </>
      )}
    </section>
  );
}
