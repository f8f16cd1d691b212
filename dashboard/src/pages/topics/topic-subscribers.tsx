import { X } from "lucide";
import { Presence, RoleBadge, Tag } from "../../components/badge.tsx";
import { IconButton } from "../../components/button.tsx";
import { Combobox } from "../../components/combobox.tsx";
import { Somebody } from "../../components/somebody.tsx";
import { useRefusal } from "../../components/use-refusal.ts";
import { useModels } from "../../models/models.ts";
import type { KnownTopic } from "../../models/topics.ts";

export function TopicSubscribers({ topic }: { topic: KnownTopic }) {
  const { instances, topics, session, outbox } = useModels();
  const { refusal, act } = useRefusal();
  const others = [...instances.online.value, ...instances.offline.value].filter(
    ({ instanceId }) => !topic.subscribers.includes(instanceId),
  );
  return (
    <section class="topic-part" aria-label="Subscribers">
      <h3>{topic.subscriberCount === 0 ? "Nobody is subscribed" : `Subscribers (${topic.subscriberCount})`}</h3>
      <ul class="topic-subscribers">
        {topic.subscribers.map((id) => {
          const instance = instances.byId.value.get(id);
          return (
            <li key={id}>
              <Presence isOnline={instance?.status === "online"} />
              <Somebody id={id} />
              {id === outbox.sender.value && <Tag>this tab</Tag>}
              {instance?.role && <RoleBadge role={instance.role} />}
              {session.canSend.value && (
                <IconButton
                  size="small"
                  icon={X}
                  label={`Unsubscribe ${id}`}
                  onClick={() => void act(topics.unsubscribe(topic.name, id))}
                />
              )}
            </li>
          );
        })}
      </ul>
      {session.canSend.value && others.length > 0 && (
        <div class="topic-add">
          <Combobox
            label="Subscribe an instance"
            placeholder="Subscribe an instance …"
            value=""
            options={others.map(({ instanceId, role, status }) => ({
              value: instanceId,
              label: instanceId,
              group: status === "online" ? "Online" : "Offline",
              ...(role !== undefined && role !== "" && { hint: role }),
            }))}
            onChoose={(id) => void act(topics.subscribe(topic.name, id))}
          />
        </div>
      )}
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
    </section>
  );
}
