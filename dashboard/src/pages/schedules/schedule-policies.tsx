import { useId } from "preact/hooks";
import { SCHEDULE_COUNT_MAX } from "../../../../shared/limits.ts";
import type { MissedPolicy, OverlapPolicy } from "../../../../shared/schedules.ts";
import { TextField } from "../../components/text-field.tsx";
import { type FieldsSignal, set } from "./schedule-draft.ts";

const MISSED: readonly [MissedPolicy, string][] = [
  ["once", "send it once"],
  ["skip", "send nothing"],
  ["all", "send it for each of them"],
];
const OVERLAP: readonly [OverlapPolicy, string][] = [
  ["allow", "send the next all the same"],
  ["skip", "leave the next out"],
];

/** What few schedules need: what becomes of missed times, of overlaps, and when it ends. */
export function Policies({ fields }: { fields: FieldsSignal }) {
  const { missed, overlap, maxFireCount, expiresAt, messageType } = fields.value;
  const id = useId();
  return (
    <details class="schedule-more">
      <summary>More</summary>
      <div class="schedule-policies">
        <Choice
          label="Of times while the hub was down"
          options={MISSED}
          value={missed}
          onChoose={(value) => set(fields, { missed: value })}
        />
        {messageType === "task" && (
          <Choice
            label="While a task of it is open"
            options={OVERLAP}
            value={overlap}
            onChoose={(value) => set(fields, { overlap: value })}
          />
        )}
        <div class="field">
          <label for={id}>How often at most</label>
          <input
            id={id}
            class="input"
            type="number"
            min={1}
            max={SCHEDULE_COUNT_MAX}
            placeholder="no bound"
            value={maxFireCount}
            onInput={(event) => set(fields, { maxFireCount: event.currentTarget.value })}
          />
        </div>
        <TextField
          label="Expires (your clock)"
          value={expiresAt}
          onInput={(text) => set(fields, { expiresAt: text })}
          type="datetime-local"
        />
      </div>
    </details>
  );
}

function Choice<T extends string>(props: {
  label: string;
  options: readonly [T, string][];
  value: T;
  onChoose(value: T): void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        class="input"
        value={props.value}
        onChange={(event) => props.onChoose(event.currentTarget.value as T)}
      >
        {props.options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
