import { useModel, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import {
  SCHEDULE_EXPRESSION_MAX_LENGTH,
  SCHEDULE_NAME_MAX_LENGTH,
  SCHEDULE_ZONE_MAX_LENGTH,
} from "../../../../shared/limits.ts";
import type { ScheduleDetail } from "../../../../shared/schedules.ts";
import { Dialog } from "../../components/dialog.tsx";
import { DialogForm } from "../../components/dialog-form.tsx";
import { TextField } from "../../components/text-field.tsx";
import { TypeSelect } from "../../components/type-select.tsx";
import { useModels } from "../../models/models.ts";
import { OneScheduleModel, type Schedules } from "../../models/schedules.ts";
import { draftOf, emptyFields, type Fields, type FieldsSignal, fieldsOf, set } from "./schedule-draft.ts";
import { Policies } from "./schedule-policies.tsx";
import { TimesPreview } from "./times-preview.tsx";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];

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
  const submit = async () => {
    if (schedule === undefined) await model.create(draftOf(fields.peek(), true));
    else await model.update(schedule.scheduleId, draftOf(fields.peek(), false));
    onDone();
  };
  const { name, expression, target, content, timeZone } = fields.value;
  return (
    <DialogForm
      submit={submit}
      action={schedule === undefined ? "Make schedule" : "Save"}
      cancel={{ label: "Cancel", run: onDone }}
      isBlocked={[name, expression, target, content].some((text) => text.trim() === "")}
    >
      <TextField
        label="Name"
        value={name}
        onInput={(text) => set(fields, { name: text })}
        placeholder="nightly backups"
        max={SCHEDULE_NAME_MAX_LENGTH}
        isRequired
        hasFocus
      />
      <div class="schedule-when">
        <div class="schedule-times">
          <TextField
            label="When"
            value={expression}
            onInput={(text) => set(fields, { expression: text })}
            placeholder="0 9 * * MON-FRI"
            hint="Cron with five fields, every 45m, or at 2026-12-24T18:00"
            max={SCHEDULE_EXPRESSION_MAX_LENGTH}
            isRequired
            isCode
          />
          <TextField
            label="Time zone"
            value={timeZone}
            onInput={(text) => set(fields, { timeZone: text.trim() })}
            max={SCHEDULE_ZONE_MAX_LENGTH}
            known={ZONES}
            isRequired
            isCode
          />
        </div>
        <TimesPreview expression={expression.trim()} timeZone={timeZone} />
      </div>
      <What fields={fields} />
      <Policies fields={fields} />
    </DialogForm>
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
  const roles = [...instances.roles.value.keys()];
  const known = [
    ...roles.flatMap((role) => [`any:${role}`, `role:${role}`]),
    ...topics.all.value.map(({ name }) => `topic:${name}`),
    ...[...instances.online.value, ...instances.offline.value].map(({ instanceId }) => instanceId),
    "broadcast",
  ];
  return (
    <TextField
      label="To"
      value={fields.value.target}
      onInput={(text) => set(fields, { target: text.trim() })}
      placeholder="any:ops, role:ops, topic:news, an instance …"
      known={known}
      isRequired
      isCode
    />
  );
}
