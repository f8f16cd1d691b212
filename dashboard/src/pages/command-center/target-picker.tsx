import type { InstanceInfo } from "../../../../shared/message.ts";
import { Presence } from "../../components/badge.tsx";
import { Combobox, type ComboboxOption } from "../../components/combobox.tsx";
import { type Models, useModels } from "../../models/models.ts";

/** Whom a message is for: topics, roles, who is online, who is not, everybody. */
export function TargetPicker() {
  const models = useModels();
  const { composer } = models;
  return (
    <div class="send-target">
      <Combobox
        label="Send to"
        placeholder="To: a topic, a role, an instance …"
        options={targetsOf(models)}
        value={composer.target.value}
        onChoose={composer.setTarget}
      />
    </div>
  );
}

function targetsOf({ instances, topics, hub }: Models): ComboboxOption[] {
  const isOther = ({ instanceId }: InstanceInfo) => instanceId !== hub.participant.instanceId.value;
  const online = instances.online.value.filter(isOther);
  return [
    ...topics.all.value.map(({ name, subscriberCount }) => ({
      group: "Topics",
      value: `topic:${name}`,
      label: `#${name}`,
      hint: subscriberCount === 1 ? "1 subscriber" : `${subscriberCount} subscribers`,
    })),
    ...[...instances.roles.value].map(([role, holders]) => ({
      group: "Roles",
      value: `role:${role}`,
      label: `role:${role}`,
      hint: holders.length === 1 ? "1 instance" : `${holders.length} instances`,
    })),
    ...online.map((instance) => optionOf(instance, "Online")),
    ...instances.offline.value.filter(isOther).map((instance) => optionOf(instance, "Offline")),
    { group: "Broadcast", value: "broadcast", label: "broadcast", hint: `all ${online.length} online` },
  ];
}

function optionOf({ instanceId, role, queueDepth, status }: InstanceInfo, group: string): ComboboxOption {
  const waiting = queueDepth === 0 ? "" : `${queueDepth} waiting`;
  return {
    group,
    value: instanceId,
    label: instanceId,
    hint: [role, waiting].filter((part) => part !== undefined && part !== "").join(", "),
    mark: <Presence isOnline={status === "online"} />,
  };
}
