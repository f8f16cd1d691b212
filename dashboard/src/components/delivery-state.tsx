import type { MessageRecord } from "../../../shared/history.ts";
import { StateBadge } from "./badge.tsx";
import { Popover } from "./popover.tsx";
import { formatMoment } from "./relative-time.tsx";
import { useLoaded } from "./use-loaded.ts";
import "./delivery-state.css";

const loadDetails = () => import("./delivery-details.tsx").then(({ DeliveryDetails }) => DeliveryDetails);
/** The page says that the hub does not answer; the next press asks again. */
const ignore = () => undefined;

/** How far a message got; a press shows when it got where, and why it is not there yet. */
export function DeliveryState({ message }: { message: MessageRecord }) {
  return (
    <Popover
      label="How far it got"
      align="end"
      class="delivery-history"
      trigger={(props) => (
        <button type="button" class="delivery-trigger" {...props} data-tip="How far it got">
          <StateBadge state={message.state} />
        </button>
      )}
    >
      <ol>
        {message.history.map(({ state, at }, index) => (
          <li key={`${state}${at}`}>
            <StateBadge state={state} />
            <time dateTime={at}>{formatMoment(at)}</time>
            <span class="delivery-step">{describeStep(message.history[index - 1]?.at, at)}</span>
          </li>
        ))}
      </ol>
      {(isWaiting(message) || message.recipients) && <Details message={message} />}
      {message.answeredAt !== undefined && <p>Answered {formatMoment(message.answeredAt)}</p>}
      {message.expiresAt !== undefined && !isWaiting(message) && <p>Expires {formatMoment(message.expiresAt)}</p>}
    </Popover>
  );
}

function Details({ message }: { message: MessageRecord }) {
  const DeliveryDetails = useLoaded(true, loadDetails, ignore);
  return DeliveryDetails === undefined ? null : <DeliveryDetails message={message} />;
}

function isWaiting({ state, to }: MessageRecord): boolean {
  return to.includes("@") && state !== "acked" && state !== "seen";
}

/** How long the step took, to a precision that a person can use: `+40 ms`, `+1.2 s`, `+3 min`. */
export function describeStep(fromAt: string | undefined, toAt: string): string {
  if (fromAt === undefined) return "";
  const ms = Date.parse(toAt) - Date.parse(fromAt);
  if (ms < 1_000) return `+${ms} ms`;
  if (ms < 60_000) return `+${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `+${Math.round(ms / 60_000)} min`;
  return `+${Math.round(ms / 3_600_000)} h`;
}
