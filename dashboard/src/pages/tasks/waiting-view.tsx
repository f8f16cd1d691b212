/** Who waits for whom: rings first, then every pair, the longest wait first. */
import { useModel } from "@preact/signals";
import { ArrowRight, Hourglass, RefreshCcwDot } from "lucide";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { Icon } from "../../components/icon.tsx";
import { ListState } from "../../components/list-state.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Somebody } from "../../components/somebody.tsx";
import { threadHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import type { TaskFilter } from "../../models/task-filter.ts";
import { WaitingModel } from "../../models/waiting.ts";
import { ageLevel, filterWaits, type Ring, type WaitEdge, type WaitItem } from "../../models/waits.ts";
import type { Work } from "./task-actions.ts";

/** Of one pair, in the table. */
const ITEMS = 3;

export function WaitingView({ filter, work }: { filter: TaskFilter; work: Work }) {
  const { hub, instances } = useModels();
  const { model } = work;
  const waiting = useModel(() => new WaitingModel(hub, instances, model.open));
  const { edges, rings } = filterWaits(waiting.waits.value, filter);
  return (
    <ListState
      loading={waiting.loading.value}
      isEmpty={edges.length === 0}
      empty={
        <EmptyState icon={Hourglass} title="Nobody waits for anybody">
          Whoever asks for a task or asks a question waits for its owner until it has ended or has an answer; who stands
          in line for a claim, for its holder.
        </EmptyState>
      }
    >
      {rings.length > 0 && (
        <section aria-labelledby="waiting-rings">
          <h2 id="waiting-rings" class="tasks-title">
            Rings
          </h2>
          <p class="quiet">Each waits for the next, and the last for the first: none of them goes on by itself.</p>
          <ul class="waiting-rings">
            {rings.map((ring) => (
              <li key={ring.key}>
                <RingCard ring={ring} work={work} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="waiting-all">
        <h2 id="waiting-all" class="tasks-title">
          All who wait
        </h2>
        <WaitsTable edges={edges} work={work} />
      </section>
    </ListState>
  );
}

function RingCard({ ring: { edges, since }, work }: { ring: Ring; work: Work }) {
  return (
    <article class="waiting-ring" aria-label={`Ring of ${edges.length}`}>
      <header>
        <Icon of={RefreshCcwDot} />
        <b>Ring of {edges.length}</b>
        <span class="quiet">
          closed <RelativeTime at={since} />
        </span>
      </header>
      <ol>
        {edges.map((edge) => (
          <li key={edge.key}>
            <Somebody id={edge.waiter} />
            <span class="quiet">waits for</span>
            <Somebody id={edge.owner} />
            <Items edge={edge} work={work} most={1} />
          </li>
        ))}
      </ol>
    </article>
  );
}

function WaitsTable({ edges, work }: { edges: readonly WaitEdge[]; work: Work }) {
  const now = Date.now();
  const columns: Column<WaitEdge>[] = [
    { title: "Who waits", kind: "name", cell: ({ waiter }) => <Somebody id={waiter} /> },
    {
      title: "For whom",
      cell: ({ owner }) => (
        <>
          <Icon of={ArrowRight} size={12} /> <Somebody id={owner} />
        </>
      ),
    },
    {
      title: "Since",
      cell: ({ since }) => (
        <span class="waiting-age" data-age={ageLevel(since, now)}>
          <RelativeTime at={since} />
        </span>
      ),
    },
    { title: "For what", cell: (edge) => <Items edge={edge} work={work} most={ITEMS} /> },
  ];
  return (
    <DataTable
      label="Who waits for whom"
      class="waiting-table"
      columns={columns}
      rows={edges}
      keyOf={({ key }) => key}
    />
  );
}

function Items({ edge: { items }, work, most }: { edge: WaitEdge; work: Work; most: number }) {
  return (
    <ul class="waiting-items">
      {items.slice(0, most).map((item, at) => (
        <li key={at}>
          <ItemLink item={item} work={work} />
        </li>
      ))}
      {items.length > most && <li class="quiet">and {items.length - most} more</li>}
    </ul>
  );
}

function ItemLink({ item: { kind, id, title }, work }: { item: WaitItem; work: Work }) {
  const words = title === "" ? "(deleted)" : title;
  // Claims stand below, on the same page.
  const href = kind === "task" ? work.hrefOf(id) : kind === "question" ? threadHref(id) : undefined;
  return (
    <>
      <span class="quiet">{kind}</span> {href === undefined ? words : <a href={href}>{words}</a>}
    </>
  );
}
