import { useSignal } from "@preact/signals";
import { ChevronDown, X } from "lucide";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { ErrorBoundary, lazy } from "preact-iso";
import type { InstanceInfo } from "../../../../shared/message.ts";
import { CountBadge } from "../../components/badge.tsx";
import { Button, IconButton } from "../../components/button.tsx";
import { createChoice } from "../../components/choice.ts";
import { Icon } from "../../components/icon.tsx";
import { useModels } from "../../models/models.ts";
import { drawActivity, SessionItem, TopicItem } from "./sidebar-items.tsx";
import { GROUPINGS, type Grouping, groupSessions, makeTest, type SessionRow, textOf } from "./sidebar-rows.ts";
import { VirtualRows } from "./virtual-rows.tsx";
import "./sidebar.css";

const SavedViews = lazy(() => import("./saved-views.tsx"));
const Sparklines = lazy(() => import("./sparklines.tsx"));

const grouping = createChoice("cc2cc.group-sessions", GROUPINGS);
const folded = {
  Online: createChoice("cc2cc.fold-online", ["open", "folded"]),
  // Whoever is away for days is many, and seldom wanted.
  Offline: createChoice("cc2cc.fold-offline", ["folded", "open"]),
  Topics: createChoice("cc2cc.fold-topics", ["open", "folded"]),
} as const;

/** Who is online and who is not, and the topics. On a phone it is a sheet over the page. */
export function Sidebar({ isSheetOpen, onClose }: { isSheetOpen: boolean; onClose(): void }) {
  const { topics, instances, url, session } = useModels();
  const panel = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const filter = useSignal("");
  const layout = useLayoutChanges(scroller);
  useEffect(() => {
    if (isSheetOpen) panel.current?.focus();
  }, [isSheetOpen]);
  const isFound = useMemo(() => makeTest(filter.value), [filter.value]);
  const online = useSessions(instances.online.value, isFound);
  const offline = useSessions(instances.offline.value, isFound);
  const found = useMemo(() => topics.all.value.filter(({ name }) => isFound(name)), [topics.all.value, isFound]);
  const removable = offline.shown.filter(({ instanceId }) => session.canRemove.value(instanceId));
  const selected = url.param("instance").value;
  const common = { scroller, layout, isFiltered: filter.value.trim() !== "" };
  const toItem = (row: SessionRow) =>
    row.kind === "group" ? (
      <h3 key={`group ${row.name}`} class="sidebar-group">
        <span class="ellipsis">{row.name}</span> {row.count}
      </h3>
    ) : (
      <SessionItem
        key={row.instance.instanceId}
        instance={row.instance}
        onRemove={() => void remove([row.instance], instances.remove)}
      />
    );
  const sessions = { ...common, toItem, isLoaded: instances.isLoaded.value };
  return (
    <>
      {isSheetOpen && <div class="sidebar-scrim" onClick={onClose} aria-hidden="true" />}
      <aside
        id="sidebar"
        ref={panel}
        class="sidebar"
        tabIndex={-1}
        aria-label="Topics and instances"
        onKeyDown={(event) => event.key === "Escape" && isSheetOpen && onClose()}
      >
        <div class="sidebar-bar">
          <input
            class="input"
            aria-label="Filter sessions and topics"
            placeholder="Filter"
            autocomplete="off"
            spellcheck={false}
            value={filter.value}
            onInput={({ currentTarget }) => {
              filter.value = currentTarget.value;
            }}
            onKeyDown={(event) => {
              if (event.key !== "Escape" || filter.value === "") return;
              event.stopPropagation();
              filter.value = "";
            }}
          />
          <select
            class="input"
            aria-label="Group sessions"
            value={grouping.chosen.value}
            onChange={({ currentTarget }) => grouping.choose(currentTarget.value as Grouping)}
          >
            <option value="none">No groups</option>
            <option value="person">By person</option>
            <option value="project">By project</option>
          </select>
          <IconButton class="sidebar-close" icon={X} label="Close" onClick={onClose} />
        </div>
        <div ref={scroller} class="sidebar-scroller">
          <div>
            <ErrorBoundary>
              <SavedViews />
              <Sparklines draw={drawActivity} />
            </ErrorBoundary>
            <Section title="Online" {...sessions} {...online} empty="Nobody is online" />
            <Section title="Offline" {...sessions} {...offline} empty="Nobody is away">
              {removable.length > 1 && (
                <Button
                  size="small"
                  variant="ghost"
                  class="sidebar-remove"
                  onClick={() => void remove(removable, instances.remove)}
                >
                  Remove {common.isFiltered ? "these" : "all"} {removable.length} …
                </Button>
              )}
            </Section>
            {selected !== "" && <SelectedTopics names={instances.byId.value.get(selected)?.topics ?? []} />}
            <Section
              title="Topics"
              {...common}
              count={found.length}
              rows={found}
              toItem={({ name, subscriberCount }) => <TopicItem key={name} name={name} count={subscriberCount} />}
              empty="No topics yet"
              isLoaded={topics.isLoaded.value}
            />
          </div>
        </div>
      </aside>
    </>
  );
}

interface SectionProps<T> {
  title: keyof typeof folded;
  count: number;
  rows: readonly T[];
  toItem: Parameters<typeof VirtualRows<T>>[0]["children"];
  scroller: RefObject<HTMLDivElement | null>;
  layout: ReturnType<typeof useLayoutChanges>;
  /** What a filter finds is shown, folded or not. */
  isFiltered: boolean;
  empty: string;
  isLoaded: boolean;
  children?: ComponentChildren;
}

function Section<T>(props: SectionProps<T>) {
  const { title, count, isFiltered } = props;
  const { chosen, choose } = folded[title];
  const isOpen = isFiltered || chosen.value === "open";
  return (
    <section class="sidebar-section" aria-label={title}>
      <details
        open={isOpen}
        onToggle={({ currentTarget: { open } }) => open !== isOpen && !isFiltered && choose(open ? "open" : "folded")}
      >
        <summary>
          <Icon of={ChevronDown} size={13} />
          <h2>
            {title} <CountBadge count={count} label={title.toLowerCase()} />
          </h2>
        </summary>
        {isOpen && (
          <>
            {props.children}
            {count === 0 && (
              <p class="sidebar-empty">
                {!props.isLoaded ? "Reading …" : isFiltered ? "Nothing matches" : props.empty}
              </p>
            )}
            {count > 0 && (
              <VirtualRows rows={props.rows} scroller={props.scroller} layout={props.layout}>
                {props.toItem}
              </VirtualRows>
            )}
          </>
        )}
      </details>
    </section>
  );
}

/** The topics of whoever is chosen above. */
function SelectedTopics({ names }: { names: readonly string[] }) {
  return (
    <section class="sidebar-section" aria-label="Subscriptions of the selected instance">
      <h2 class="sidebar-heading">
        Its subscriptions <CountBadge count={names.length} label="subscriptions" />
      </h2>
      {names.length === 0 && <p class="sidebar-empty">It is in no topic</p>}
      <ul>
        {names.map((name) => (
          <li key={name}>
            <TopicItem name={name} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function useSessions(all: readonly InstanceInfo[], isFound: (text: string) => boolean) {
  const by = grouping.chosen.value;
  return useMemo(() => {
    const shown = all.filter((instance) => isFound(textOf(instance)));
    return { shown, count: shown.length, rows: groupSessions(shown, by) };
  }, [all, isFound, by]);
}

/** Grows whenever anything in what scrolls changes its height: the lists below it have moved then. */
function useLayoutChanges(scroller: RefObject<HTMLDivElement | null>) {
  const layout = useSignal(0);
  useEffect(() => {
    const content = scroller.current?.firstElementChild;
    if (!content) return;
    const observer = new ResizeObserver(() => layout.value++);
    observer.observe(content);
    return () => observer.disconnect();
  }, []);
  return layout;
}

async function remove(chosen: readonly InstanceInfo[], removeOne: (instanceId: string) => Promise<void>) {
  const { removeInstances } = await import("./remove-instances.ts");
  await removeInstances(chosen, removeOne);
}
