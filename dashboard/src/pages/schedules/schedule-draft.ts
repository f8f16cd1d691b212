/** What the form of a schedule holds, as people type it, and as the hub takes it. */
import type { Signal } from "@preact/signals";
import type { Schedule } from "../../../../shared/schedules.ts";
import type { ScheduleDraft } from "../../models/schedules.ts";
import { ownZone } from "./zone-time.ts";

type Plain = Pick<
  Schedule,
  "name" | "expression" | "timeZone" | "target" | "messageType" | "content" | "missed" | "overlap"
>;

export interface Fields extends Plain {
  isPersistent: boolean;
  /** "" for no bound. */
  maxFireCount: string;
  /** As a field for date and time has it, by the reader's own clock; "" for never. */
  expiresAt: string;
}

/** The form, as it is written. */
export type FieldsSignal = Signal<Fields>;

export function set(fields: FieldsSignal, changes: Partial<Fields>): void {
  fields.value = { ...fields.peek(), ...changes };
}

export function emptyFields(): Fields {
  return {
    name: "",
    expression: "",
    timeZone: ownZone(),
    target: "",
    messageType: "task",
    content: "",
    isPersistent: false,
    missed: "once",
    overlap: "allow",
    maxFireCount: "",
    expiresAt: "",
  };
}

export function fieldsOf(schedule: Schedule): Fields {
  const { name, expression, timeZone, target, messageType, content, persistent, missed, overlap } = schedule;
  const { maxFireCount, expiresAt } = schedule;
  return {
    name,
    expression,
    timeZone,
    target,
    messageType,
    content,
    isPersistent: persistent,
    missed,
    overlap,
    maxFireCount: maxFireCount === undefined ? "" : String(maxFireCount),
    expiresAt: expiresAt === undefined ? "" : toLocalField(expiresAt),
  };
}

/** For a new one what is empty is left out, for a change it is cleared. */
export function draftOf(fields: Fields, isNew: boolean): ScheduleDraft {
  const { isPersistent, maxFireCount, expiresAt, ...rest } = fields;
  const cleared = isNew ? {} : { maxFireCount: null, expiresAt: null };
  return {
    ...rest,
    ...cleared,
    persistent: isPersistent,
    ...(maxFireCount === "" ? {} : { maxFireCount: Number(maxFireCount) }),
    ...(expiresAt === "" ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
  };
}

function toLocalField(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
