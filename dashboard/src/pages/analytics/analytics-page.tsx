import { useModel } from "@preact/signals";
import { ChartNoAxesColumn, MessagesSquare, X } from "lucide";
import type { StatsSeries } from "../../../../shared/history.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { Icon } from "../../components/icon.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { PageSpan } from "../../components/page-span.tsx";
import { StaleNotice } from "../../components/stale-notice.tsx";
import { type Analytics, AnalyticsModel, type FilterName } from "../../models/analytics.ts";
import { useModels } from "../../models/models.ts";
import { READY } from "../../models/refresher.ts";
import { describeSpan } from "../../models/time-span.ts";
import { CHARTS } from "./charts.ts";
import { formatCount } from "./format.ts";
import { StatsBar } from "./stats-bar.tsx";
import { TimeChart } from "./time-chart.tsx";
import { type InstanceSort, InstancesTable, TopicsTable } from "./top-tables.tsx";
import "./analytics-page.css";

const SPANS = ["1h", "24h", "7d", "30d"] as const;
const SORTS = ["name", "sent", "received"] as const satisfies readonly InstanceSort[];

export default function AnalyticsPage() {
  const { hub, url } = useModels();
  const analytics = useModel(() => new AnalyticsModel(hub, url));
  const series = analytics.series.value;
  const isEmpty = series === null || analytics.total.value === 0;
  const sort = SORTS.find((known) => known === url.param("sort").value) ?? "sent";
  return (
    <Page
      title="Analytics"
      actions={
        <>
          <ShowMessages analytics={analytics} />
          <PageSpan label="Span of time" names={SPANS} fallback="24h" />
        </>
      }
    >
      <div class="page-body analytics">
        <StatsBar
          stats={analytics.stats.value}
          total={series === null ? null : analytics.total.value}
          span={describeSpan(analytics.span.value)}
        />
        <Filters analytics={analytics} />
        <ListState
          loading={series === null ? analytics.loading.value : READY}
          isEmpty={series === null}
          empty={null}
          onRetry={analytics.refresh}
        >
          {series && (
            <>
              <StaleNotice loading={analytics.loading.value} onRetry={analytics.refresh} />
              {isEmpty && <NoMessages analytics={analytics} />}
              <Charts analytics={analytics} series={series} />
              <div class="analytics-tables">
                <TopicsTable analytics={analytics} topics={series.topics} />
                <InstancesTable
                  analytics={analytics}
                  instances={series.instances}
                  sort={sort}
                  onSort={(by) => url.set({ sort: by === "sent" ? null : by }, "push")}
                />
              </div>
            </>
          )}
        </ListState>
      </div>
    </Page>
  );
}

function Charts({ analytics, series }: { analytics: Analytics; series: StatsSeries }) {
  return (
    <div class="analytics-charts">
      {CHARTS.map((spec) => (
        <TimeChart
          key={spec.id}
          spec={spec}
          series={series}
          onChoose={(stretch) => analytics.chooseSpan({ kind: "range", ...stretch })}
          {...(spec.shape === "stack" && {
            line: analytics.filters.value.type,
            onLine: (type: string) => analytics.narrow("type", type),
          })}
        />
      ))}
    </div>
  );
}

/** Leads to the messages that the charts count. */
function ShowMessages({ analytics }: { analytics: Analytics }) {
  const total = analytics.total.value;
  if (total === 0) return null;
  return (
    <a class="button" href={analytics.messagesHref.value()}>
      <Icon of={MessagesSquare} /> {total === 1 ? "Show this message" : `Show these ${formatCount(total)} messages`}
    </a>
  );
}

function Filters({ analytics }: { analytics: Analytics }) {
  const active = Object.entries(analytics.filters.value).filter(([, value]) => value !== "") as [FilterName, string][];
  if (active.length === 0) return null;
  return (
    <ul class="analytics-filters" aria-label="Charts are narrowed to">
      {active.map(([name, value]) => (
        <li key={name}>
          <button
            type="button"
            class="button"
            data-size="small"
            aria-label={`${name} ${value}: show all`}
            onClick={() => analytics.narrow(name, "")}
          >
            <span class="quiet">{name}</span> <span class="ellipsis">{value}</span>
            <Icon of={X} size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function NoMessages({ analytics }: { analytics: Analytics }) {
  const isNarrowed = Object.values(analytics.filters.value).some((value) => value !== "");
  return (
    <div class="card">
      <EmptyState icon={ChartNoAxesColumn} title={`No messages: ${describeSpan(analytics.span.value)}`}>
        {isNarrowed
          ? "Take a filter away, or choose a longer span."
          : "Choose a longer span, or let two sessions talk."}
      </EmptyState>
    </div>
  );
}
