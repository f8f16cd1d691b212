import { Combobox } from "../../components/combobox.tsx";
import { targetOptions } from "../../components/target-options.tsx";
import { useModels } from "../../models/models.ts";

/** Whom a message is for: topics, roles, who is online, who is not, everybody. */
export function TargetPicker() {
  const models = useModels();
  const { composer } = models;
  return (
    <div class="send-target">
      <Combobox
        label="Send to"
        placeholder="To: a topic, a role, an instance …"
        options={targetOptions(models)}
        value={composer.target.value}
        onChoose={composer.setTarget}
      />
    </div>
  );
}
