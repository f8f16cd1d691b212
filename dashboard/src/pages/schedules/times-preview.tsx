import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SchedulePreview } from "../../../../shared/schedules.ts";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";
import { previewTimes } from "../../models/schedules.ts";
import { wordsOfExpression } from "./expression-words.ts";
import { formatInZone } from "./zone-time.ts";

/** Each letter typed is no question to the hub. */
const TYPING_MS = 250;

/** What an expression means, in words and in its next times; or what is wrong with it, while it is typed. */
export function TimesPreview({ expression, timeZone }: { expression: string; timeZone: string }) {
  const { hub } = useModels();
  const preview = useSignal<SchedulePreview | undefined>(undefined);
  const words = useSignal<string | undefined>(undefined);
  const isAsked = expression !== "" && timeZone !== "";
  useEffect(() => {
    if (!isAsked) return undefined;
    const stop = new AbortController();
    const look = async () => {
      try {
        const [told, said] = await Promise.all([
          previewTimes(hub, expression, timeZone, stop.signal),
          wordsOfExpression(expression),
        ]);
        if (stop.signal.aborted) return;
        preview.value = told;
        words.value = said;
      } catch (error) {
        if (!stop.signal.aborted) preview.value = { next: [], problem: wordsOf(error) };
      }
    };
    const timer = setTimeout(() => void look(), TYPING_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [hub, expression, timeZone, isAsked]);
  return (
    <div class="schedule-preview" role="status">
      {!isAsked || preview.value === undefined ? (
        <p class="quiet">Its next times will stand here.</p>
      ) : preview.value.problem !== undefined ? (
        <p class="field-error">{preview.value.problem}</p>
      ) : (
        <>
          {words.value !== undefined && <p>{words.value}</p>}
          <ol aria-label="Next times">
            {preview.value.next.map((at) => (
              <li key={at}>{formatInZone(at, timeZone)}</li>
            ))}
          </ol>
          <p class="quiet">{timeZone}</p>
        </>
      )}
    </div>
  );
}
