import { CountBadge, TypeBadge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { ListState } from "../../components/list-state.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { firstLine } from "../../models/first-line.ts";
import type { InstanceDetails } from "../../models/instance-details.ts";

/** What waits for an instance, first what comes first. Looking takes nothing out. */
export function InstanceQueue({ model }: { model: InstanceDetails }) {
  const { depth, items, nextCursor } = model.queue.value;
  return (
    <section class="drawer-part" aria-label="Queue">
      <h3>
        Queue <CountBadge count={depth} label={depth === 1 ? "message waits" : "messages wait"} />
      </h3>
      <ListState
        loading={model.queueLoading.value}
        isEmpty={items.length === 0}
        empty={<p class="quiet">Nothing waits for it.</p>}
      >
        <ol class="drawer-queue">
          {items.map(({ message, state, attempts, queuedAt }) => (
            <li key={message.messageId} class="drawer-row">
              <TypeBadge type={message.type} />
              <InstanceName id={message.from} />
              <span
                class="quiet nowrap"
                title={attempts === 0 ? "Never written to a connection" : `Attempt ${attempts}`}
              >
                {state === "delivered" && "on its way, "}
                <RelativeTime at={queuedAt} />
              </span>
              <span class="drawer-row-text">{firstLine(message.content)}</span>
            </li>
          ))}
        </ol>
        {nextCursor !== undefined && (
          <Button size="small" onClick={() => void model.loadMoreQueue()}>
            Show more of {depth}
          </Button>
        )}
      </ListState>
    </section>
  );
}
