import { useSignal } from "@preact/signals";
import type { LoopStop } from "../../../../shared/loops.ts";
import { Button } from "../../components/button.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { sayOutcome } from "../../components/say-outcome.ts";
import { Somebody } from "../../components/somebody.tsx";
import { messagesBetweenHref, threadHref } from "../../links.ts";
import type { LoopStops } from "../../models/loop-stops.ts";
import { useModels } from "../../models/models.ts";
import "./loop-stops.css";

/** As many of those who are in it as a row names. */
const NAMES_SHOWN = 4;

/** Exchanges that the hub has stopped: who, since when, what they said, and the way to let them go on. */
export function LoopStopList({ model }: { model: LoopStops }) {
  return (
    <ul class="loop-stops">
      {model.stopped.value.map((stop) => (
        <StopRow key={stop.loopId} stop={stop} model={model} />
      ))}
    </ul>
  );
}

function StopRow({ stop, model }: { stop: LoopStop; model: LoopStops }) {
  const { session } = useModels();
  const isBusy = useSignal(false);
  const { loopId, instances, messages, threadId, at } = stop;
  const more = instances.length - NAMES_SHOWN;
  const mayResume =
    session.isAdmin.value ||
    (session.canSend.value && session.info.value?.pattern === undefined) ||
    instances.some(session.canRemove.value);
  const resume = async () => {
    isBusy.value = true;
    await sayOutcome(model.resume(loopId), "They may go on, and are told");
    isBusy.value = false;
  };
  return (
    <li class="loop-stop">
      <div class="loop-stop-who">
        {instances.slice(0, NAMES_SHOWN).map((instanceId) => (
          <Somebody key={instanceId} id={instanceId} />
        ))}
        {more > 0 && <span class="quiet">and {more} more</span>}
      </div>
      <p class="quiet">
        The word changed hands {messages} times without a person; stopped <RelativeTime at={at} />.{" "}
        <a
          href={
            threadId === undefined ? messagesBetweenHref(instances[0] ?? "", instances[1] ?? "") : threadHref(threadId)
          }
        >
          What they said
        </a>
      </p>
      {mayResume && (
        <Button isBusy={isBusy.value} onClick={() => void resume()}>
          Let it go on
        </Button>
      )}
    </li>
  );
}
