import { ArrowDown, ArrowUp, ListFilter } from "lucide";
import type { ComponentChildren } from "preact";
import type { StatsSeries } from "../../../../shared/history.ts";
import { IconButton } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { TableScroll } from "../../components/page.tsx";
import { instanceHref, topicHref } from "../../links.ts";
import type { Analytics } from "../../models/analytics.ts";
import { formatCount } from "./format.ts";
import "./top-tables.css";

export type InstanceSort = "name" | "sent" | "received";

export function TopicsTable({ analytics, topics }: { analytics: Analytics; topics: StatsSeries["topics"] }) {
  const most = Math.max(1, ...topics.map(({ count }) => count));
  return (
    <TopTable title="Topics" isEmpty={topics.length === 0} empty="Nothing was published in this span.">
      <thead>
        <tr>
          <th scope="col">Topic</th>
          <th scope="col" class="number" aria-sort="descending">
            Messages
          </th>
        </tr>
      </thead>
      <tbody>
        {topics.map(({ name, count }) => (
          <tr key={name}>
            <th scope="row">
              <span class="top-name">
                <a class="ellipsis" href={topicHref(name)}>
                  #{name}
                </a>
                <Narrow name={`#${name}`} onClick={() => analytics.narrow("topic", name)} />
              </span>
            </th>
            <Count
              share={count / most}
              href={analytics.messagesHref.value([`topic:${name}`])}
              label={`published in #${name}`}
            >
              {count}
            </Count>
          </tr>
        ))}
      </tbody>
    </TopTable>
  );
}

export function InstancesTable(props: {
  analytics: Analytics;
  instances: StatsSeries["instances"];
  sort: InstanceSort;
  onSort(sort: InstanceSort): void;
}) {
  const { analytics, sort, onSort } = props;
  const instances = sortInstances(props.instances, sort);
  const most = Math.max(1, ...instances.map(({ sent, received }) => Math.max(sent, received)));
  const header = { sort, onSort };
  return (
    <TopTable title="Instances" isEmpty={instances.length === 0} empty="Nobody wrote or received in this span.">
      <thead>
        <tr>
          <SortHeader {...header} by="name" label="Instance" />
          <SortHeader {...header} by="sent" label="Sent" />
          <SortHeader {...header} by="received" label="Received" />
        </tr>
      </thead>
      <tbody>
        {instances.map(({ instanceId, sent, received }) => (
          <tr key={instanceId}>
            <th scope="row">
              <span class="top-name">
                <a class="top-link" href={instanceHref(instanceId)}>
                  <InstanceName id={instanceId} />
                </a>
                <Narrow name={instanceId} onClick={() => analytics.narrow("instance", instanceId)} />
              </span>
            </th>
            <Count
              share={sent / most}
              href={analytics.messagesHref.value([`from:${instanceId}`])}
              label={`sent by ${instanceId}`}
            >
              {sent}
            </Count>
            <Count
              share={received / most}
              href={analytics.messagesHref.value([`to:${instanceId}`])}
              label={`received by ${instanceId}`}
            >
              {received}
            </Count>
          </tr>
        ))}
      </tbody>
    </TopTable>
  );
}

function TopTable(props: { title: string; isEmpty: boolean; empty: string; children: ComponentChildren }) {
  return (
    <section class="card top" aria-label={props.title}>
      <h2>{props.title}</h2>
      {props.isEmpty ? (
        <p class="top-empty quiet">{props.empty}</p>
      ) : (
        <TableScroll label={`${props.title} of this span`}>
          <table class="data-table">{props.children}</table>
        </TableScroll>
      )}
    </section>
  );
}

function SortHeader(props: { by: InstanceSort; label: string; sort: InstanceSort; onSort(sort: InstanceSort): void }) {
  const { by, label, sort, onSort } = props;
  const isSorted = by === sort;
  const direction = by === "name" ? "ascending" : "descending";
  return (
    <th scope="col" class={by === "name" ? undefined : "number"} aria-sort={isSorted ? direction : undefined}>
      <button type="button" class="top-sort" onClick={() => onSort(by)}>
        {label}
        {isSorted && <Icon of={direction === "ascending" ? ArrowUp : ArrowDown} size={12} />}
      </button>
    </th>
  );
}

function Narrow({ name, onClick }: { name: string; onClick(): void }) {
  return <IconButton size="small" icon={ListFilter} label={`Narrow the charts to ${name}`} onClick={onClick} />;
}

/** A number that leads to what it counts, over a bar of its share. */
function Count(props: { share: number; href: string; label: string; children: number }) {
  return (
    <td class="number top-count">
      <span class="top-bar" style={{ width: `${Math.round(props.share * 100)}%` }} aria-hidden="true" />
      {props.children === 0 ? (
        "0"
      ) : (
        <a href={props.href} aria-label={`${formatCount(props.children)} messages ${props.label}`}>
          {formatCount(props.children)}
        </a>
      )}
    </td>
  );
}

function sortInstances(instances: StatsSeries["instances"], sort: InstanceSort): StatsSeries["instances"] {
  if (sort === "name") return instances.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  return instances.toSorted((a, b) => b[sort] - a[sort]);
}
