import { For } from "@preact/signals/utils";
import { ChevronDown, X } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { InstanceInfo } from "../../../../shared/message.ts";
import { RestProblem } from "../../adapter/rest.ts";
import { CountBadge, PausedBadge, Presence, RoleBadge } from "../../components/badge.tsx";
import { IconButton } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { toast } from "../../components/toasts.tsx";
import { topicHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import type { KnownTopic } from "../../models/topics.ts";
import "./sidebar.css";

/** Topics, who is online and who is not. On a phone it is a sheet over the page. */
export function Sidebar({ isSheetOpen, onClose }: { isSheetOpen: boolean; onClose(): void }) {
  const { topics, instances, url } = useModels();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isSheetOpen) panel.current?.focus();
  }, [isSheetOpen]);
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
        <div class="sidebar-sheet-bar">
          <IconButton icon={X} label="Close" onClick={onClose} />
        </div>
        <Section title="Topics" count={topics.all.value.length} empty="No topics yet" isLoaded={topics.isLoaded.value}>
          <For each={topics.all} getKey={(topic) => topic.name}>
            {(topic) => <TopicRow topic={topic} />}
          </For>
        </Section>
        <Section
          title="Online"
          count={instances.online.value.length}
          empty="Nobody is online"
          isLoaded={instances.isLoaded.value}
        >
          <For each={instances.online} getKey={(instance) => instance.instanceId}>
            {(instance) => <InstanceRow instance={instance} />}
          </For>
        </Section>
        <Section
          title="Offline"
          count={instances.offline.value.length}
          empty="Nobody is away"
          isLoaded={instances.isLoaded.value}
        >
          <For each={instances.offline} getKey={(instance) => instance.instanceId}>
            {(instance) => <InstanceRow instance={instance} />}
          </For>
        </Section>
        {url.param("instance").value !== "" && <SelectedTopics instanceId={url.param("instance").value} />}
      </aside>
    </>
  );
}

function Section(props: {
  title: string;
  count: number;
  empty: string;
  isLoaded: boolean;
  children: ComponentChildren;
}) {
  return (
    <section class="sidebar-section" aria-label={props.title}>
      <details open>
        <summary>
          <Icon of={ChevronDown} size={13} />
          <h2>
            {props.title} <CountBadge count={props.count} label={props.title.toLowerCase()} />
          </h2>
        </summary>
        {props.count === 0 ? (
          <p class="sidebar-empty">{props.isLoaded ? props.empty : "Reading …"}</p>
        ) : (
          <ul>{props.children}</ul>
        )}
      </details>
    </section>
  );
}

function TopicRow({ topic }: { topic: KnownTopic }) {
  return (
    <li class="sidebar-row">
      <a
        class="sidebar-link"
        href={topicHref(topic.name)}
        title={`Topic ${topic.name}, ${topic.subscriberCount} subscribed`}
      >
        <span class="sidebar-hash" aria-hidden="true">
          #
        </span>
        <span class="ellipsis">{topic.name}</span>
      </a>
      <CountBadge count={topic.subscriberCount} label="subscribed" />
    </li>
  );
}

function InstanceRow({ instance }: { instance: InstanceInfo }) {
  const { url, session, hub, instances } = useModels();
  const { instanceId, role, queueDepth, status, paused } = instance;
  const isOnline = status === "online";
  const isSelected = url.param("instance").value === instanceId;
  const isThisTab = hub.participant.instanceId.value === instanceId;
  const select = () =>
    url.set(isSelected ? { instance: null, drawer: null } : { instance: instanceId, drawer: "open" }, "push");
  return (
    <li class="sidebar-row">
      <button type="button" class="sidebar-link" aria-pressed={isSelected} onClick={select} title={instanceId}>
        <Presence isOnline={isOnline} />
        <span class="sidebar-who">
          <InstanceName id={instanceId} />
          {isThisTab && <span class="badge">this tab</span>}
          {role !== undefined && role !== "" && <RoleBadge role={role} />}
          {paused !== undefined && <PausedBadge paused={paused} />}
        </span>
      </button>
      {queueDepth > 0 && <CountBadge count={queueDepth} label="waiting" />}
      {!isOnline && session.canRemove.value(instanceId) && (
        <IconButton
          size="small"
          icon={X}
          label={`Remove ${instanceId}`}
          onClick={() => void removeInstance(instance, instances.remove)}
        />
      )}
    </li>
  );
}

/** The topics of whoever is chosen above. */
function SelectedTopics({ instanceId }: { instanceId: string }) {
  const { instances } = useModels();
  const topics = instances.byId.value.get(instanceId)?.topics ?? [];
  return (
    <section class="sidebar-section" aria-label="Subscriptions of the selected instance">
      <h2 class="sidebar-heading">
        Its subscriptions <CountBadge count={topics.length} label="subscriptions" />
      </h2>
      {topics.length === 0 && <p class="sidebar-empty">It is in no topic</p>}
      <ul>
        {topics.map((name) => (
          <li key={name} class="sidebar-row">
            <a class="sidebar-link" href={topicHref(name)}>
              <span class="sidebar-hash" aria-hidden="true">
                #
              </span>
              <span class="ellipsis">{name}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

async function removeInstance(
  { instanceId, queueDepth }: InstanceInfo,
  remove: (instanceId: string) => Promise<void>,
): Promise<void> {
  const waiting = queueDepth === 1 ? "1 waiting message" : `${queueDepth} waiting messages`;
  const isSure = await confirm({
    title: `Remove ${instanceId}${queueDepth === 0 ? "" : ` and its ${waiting}`}?`,
    body:
      queueDepth === 0
        ? "Its identity is free again. What it sent stays in history."
        : `What waits for it becomes dead letters, and the senders hear of it. What it sent stays in history.`,
    action: "Remove",
  });
  if (!isSure) return;
  try {
    await remove(instanceId);
  } catch (error) {
    if (!(error instanceof RestProblem)) throw error;
    toast(`${instanceId} is still there: ${error.message}`, { tone: "bad" });
  }
}
