import { useModel, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import {
  SCHEDULE_EXPRESSION_MAX_LENGTH,
  SCHEDULE_NAME_MAX_LENGTH,
  SCHEDULE_ZONE_MAX_LENGTH,
} from "../../../../shared/limits.ts";
import type { ScheduleDetail } from "../../../../shared/schedules.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { TypeSelect } from "../../components/type-select.tsx";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";
import { OneScheduleModel, type Schedules } from "../../models/schedules.ts";
import { draftOf, emptyFields, type Fields, type FieldsSignal, fieldsOf, set } from "./schedule-draft.ts";
import { Policies } from "./schedule-policies.tsx";
import { TimesPreview } from "./times-preview.tsx";

/** Which schedule is written: a new one, or one there is. */
export type Writing = { kind: "new" } | { kind: "change"; scheduleId: string };

export function ScheduleDialog(props: { model: Schedules; writing: Writing | undefined; onClose(): void }) {
  const { model, writing, onClose } = props;
  return (
    <Dialog
      title={writing?.kind === "change" ? "Change schedule" : "New schedule"}
      size="wide"
      isOpen={writing !== undefined}
      onClose={onClose}
    >
      {writing?.kind === "new" && <ScheduleForm model={model} onDone={onClose} />}
      {writing?.kind === "change" && <ChangeForm model={model} scheduleId={writing.scheduleId} onDone={onClose} />}
    </Dialog>
  );
}

/** Lists have the beginning of a content only, so the whole is read first. */
function ChangeForm({ model, scheduleId, onDone }: { model: Schedules; scheduleId: string; onDone(): void }) {
  const { hub } = useModels();
  const { detail, loading } = useModel(() => new OneScheduleModel(hub, scheduleId));
  if (detail.value !== undefined) return <ScheduleForm model={model} schedule={detail.value} onDone={onDone} />;
  const { value } = loading;
  return value.kind === "failed" ? <p class="field-error">{value.error}</p> : <p class="quiet">Reading …</p>;
}

function ScheduleForm({ model, schedule, onDone }: { model: Schedules; schedule?: ScheduleDetail; onDone(): void }) {
  const fields = useSignal<Fields>(schedule === undefined ? emptyFields() : fieldsOf(schedule));
  const isBusy = useSignal(false);
  const refusal = useSignal<string | undefined>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    isBusy.value = true;
    refusal.value = undefined;
    try {
      if (schedule === undefined) await model.create(draftOf(fields.peek(), true));
      else await model.update(schedule.scheduleId, draftOf(fields.peek(), false));
      onDone();
    } catch (error) {
      refusal.value = wordsOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  const { name, expression, target, content, timeZone } = fields.value;
  return (
    <form class="schedule-form" onSubmit={(event) => void submit(event)}>
      <TextField
        fields={fields}
        of="name"
        label="Name"
        placeholder="nightly backups"
        max={SCHEDULE_NAME_MAX_LENGTH}
        hasFocus
      />
      <div class="schedule-when">
        <div class="schedule-form">
          <TextField
            fields={fields}
            of="expression"
            label="When"
            placeholder="0 9 * * MON-FRI"
            hint="Cron with five fields, every 45m, or at 2026-12-24T18:00"
            max={SCHEDULE_EXPRESSION_MAX_LENGTH}
            isCode
          />
          <ZoneField fields={fields} />
        </div>
        <TimesPreview expression={expression.trim()} timeZone={timeZone} />
      </div>
      <What fields={fields} />
      <Policies fields={fields} />
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
      <div class="confirm-buttons">
        <Button onClick={onDone}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={isBusy.value}
          disabled={[name, expression, target, content].some((text) => text.trim() === "")}
        >
          {schedule === undefined ? "Make schedule" : "Save"}
        </Button>
      </div>
    </form>
  );
}

function TextField(props: {
  fields: FieldsSignal;
  of: "name" | "expression";
  label: string;
  placeholder: string;
  hint?: string;
  max: number;
  isCode?: boolean;
  hasFocus?: boolean;
}) {
  const { fields, of, hint } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class={props.isCode ? "input mono" : "input"}
        data-autofocus={props.hasFocus || undefined}
        required
        autocomplete="off"
        spellcheck={false}
        maxLength={props.max}
        placeholder={props.placeholder}
        aria-describedby={hint && `${id}-hint`}
        value={fields.value[of]}
        onInput={(event) => set(fields, { [of]: event.currentTarget.value })}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

function ZoneField({ fields }: { fields: FieldsSignal }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Time zone</label>
      <input
        id={id}
        class="input"
        list={`${id}-zones`}
        required
        spellcheck={false}
        maxLength={SCHEDULE_ZONE_MAX_LENGTH}
        value={fields.value.timeZone}
        onInput={(event) => set(fields, { timeZone: event.currentTarget.value.trim() })}
      />
      <datalist id={`${id}-zones`}>
        {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </div>
  );
}

function What({ fields }: { fields: FieldsSignal }) {
  const id = useId();
  const { target, messageType, content, isPersistent } = fields.value;
  return (
    <>
      <div class="schedule-to">
        <TargetField fields={fields} />
        <TypeSelect value={messageType} onChoose={(type) => set(fields, { messageType: type })} />
      </div>
      <div class="field">
        <label for={id}>Message</label>
        <textarea
          id={id}
          class="input"
          dir="auto"
          rows={4}
          required
          value={content}
          onInput={(event) => set(fields, { content: event.currentTarget.value })}
        />
      </div>
      {target.startsWith("topic:") && (
        <label>
          <input
            type="checkbox"
            checked={isPersistent}
            onChange={(event) => set(fields, { isPersistent: event.currentTarget.checked })}
          />{" "}
          Also for subscribers who are away
        </label>
      )}
    </>
  );
}

/** Any address may be typed; those there are now are offered. */
function TargetField({ fields }: { fields: FieldsSignal }) {
  const { instances, topics } = useModels();
  const id = useId();
  const roles = [...instances.roles.value.keys()];
  const known = [
    ...roles.flatMap((role) => [`any:${role}`, `role:${role}`]),
    ...topics.all.value.map(({ name }) => `topic:${name}`),
    ...[...instances.online.value, ...instances.offline.value].map(({ instanceId }) => instanceId),
    "broadcast",
  ];
  return (
    <div class="field">
      <label for={id}>To</label>
      <input
        id={id}
        class="input"
        list={`${id}-known`}
        required
        autocomplete="off"
        spellcheck={false}
        placeholder="any:ops, role:ops, topic:news, an instance …"
        value={fields.value.target}
        onInput={(event) => set(fields, { target: event.currentTarget.value.trim() })}
      />
      <datalist id={`${id}-known`}>
        {known.map((address) => (
          <option key={address} value={address} />
        ))}
      </datalist>
    </div>
  );
}
