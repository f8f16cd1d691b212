import { FilterX } from "lucide";
import { IconButton } from "../../components/button.tsx";
import { Combobox } from "../../components/combobox.tsx";
import { useModels } from "../../models/models.ts";
import type { TaskFilter } from "../../models/task-filter.ts";
import { wordOf } from "./task-words.ts";

type Choices = Record<keyof TaskFilter, readonly string[]>;

/** Stands for no choice: an empty one would be taken whenever the field is left. */
const ANY = "*";

const LABELS: readonly [keyof TaskFilter, string, string][] = [
  ["owner", "Owner", "Any owner"],
  ["requester", "Asked by", "Asked by anyone"],
  ["role", "Role", "Any role"],
  ["state", "State", "Any state"],
  ["project", "Project", "Any project"],
];

/** Narrows what is shown; all of it is in the address. `names`: those that the view heeds. */
export function TaskFilters(props: { filter: TaskFilter; choices: Choices; names: readonly (keyof TaskFilter)[] }) {
  const { filter, choices, names } = props;
  const { url } = useModels();
  const isAny = Object.values(filter).some((value) => value !== "");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would be a line of its own
    <div class="tasks-filters" role="group" aria-label="Filters">
      {LABELS.filter(([name]) => names.includes(name)).map(([name, label, any]) => (
        <Combobox
          key={name}
          label={label}
          value={filter[name] || ANY}
          options={[
            { value: ANY, label: any },
            ...choices[name].map((value) => ({ value, label: name === "state" ? wordOf(value as never) : value })),
          ]}
          onChoose={(value) => url.set({ [name]: value === ANY ? null : value }, "push")}
        />
      ))}
      {isAny && (
        <IconButton
          icon={FilterX}
          label="No filters"
          onClick={() => url.set({ owner: "", requester: "", role: "", state: "", project: "" }, "push")}
        />
      )}
    </div>
  );
}
