import { X } from "lucide";
import type { InstanceInfo } from "../../../../shared/message.ts";
import { IconButton } from "../../components/button.tsx";
import { Combobox } from "../../components/combobox.tsx";
import { useRefusal } from "../../components/use-refusal.ts";
import { topicHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";

/** What an instance is subscribed to, and a way to change it. */
export function InstanceTopics({ instance }: { instance: InstanceInfo }) {
  const { topics, session } = useModels();
  const { refusal, act } = useRefusal();
  const { instanceId } = instance;
  const others = topics.all.value.filter(({ name }) => !instance.topics.includes(name));
  return (
    <section class="drawer-part" aria-label="Its topics">
      <h3>Topics</h3>
      {instance.topics.length === 0 && <p class="quiet">It is in none.</p>}
      <ul class="drawer-topics">
        {instance.topics.map((name) => (
          <li key={name}>
            <a href={topicHref(name)}>#{name}</a>
            {session.canSend.value && (
              <IconButton
                size="small"
                icon={X}
                label={`Unsubscribe from ${name}`}
                onClick={() => void act(topics.unsubscribe(name, instanceId))}
              />
            )}
          </li>
        ))}
      </ul>
      {session.canSend.value && others.length > 0 && (
        <Combobox
          label="Subscribe it to a topic"
          placeholder="Subscribe it to a topic …"
          value=""
          options={others.map(({ name }) => ({ value: name, label: name }))}
          onChoose={(name) => void act(topics.subscribe(name, instanceId))}
        />
      )}
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
    </section>
  );
}
