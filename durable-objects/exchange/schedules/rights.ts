/** Who asks for something of schedules, and whether they may (SC3). */
import { type Failure, failure } from "../../../shared/errors.ts";
import { SCHEDULES_MAX, SCHEDULES_PER_MAKER } from "../../../shared/limits.ts";
import { DASHBOARD_SENDER } from "../../../shared/message.ts";
import { keeperRefusal, type Principal } from "../../principal.ts";
import type { Instance } from "../store/instances.ts";
import type { ScheduleMaker, StoredSchedule } from "../store/schedule-rows.ts";
import type { Store } from "../store/store.ts";
import { holderOf, idOf } from "../tasks/people.ts";

/** An instance by a frame, or somebody by REST. */
export type Asker = { kind: "instance"; instance: Instance } | { kind: "key"; by: Principal };

export function makerOf(asker: Asker): ScheduleMaker {
  if (asker.kind === "instance") return { kind: "instance", number: asker.instance.number };
  return { kind: "key", keyId: asker.by.keyId, name: asker.by.name ?? DASHBOARD_SENDER };
}

/** The instance that made a schedule, under the id that it has by now (T2); null for one that is no more, and for REST. */
export function makingInstance(store: Store, { maker }: Pick<StoredSchedule, "maker">): Instance | null {
  return maker.kind === "instance" ? (holderOf(store, maker.number) ?? null) : null;
}

/** Who made a schedule, as it is told. */
export function makerName(store: Store, { maker }: Pick<StoredSchedule, "maker">): string {
  return maker.kind === "instance" ? idOf(store, maker.number) : maker.name;
}

/** Why somebody may not change a schedule, null where they may: that is who made it, an admin, or who answers for its maker. */
export function changeRefusal(store: Store, schedule: StoredSchedule, asker: Asker): Failure | null {
  const { maker } = schedule;
  const name = makerName(store, schedule);
  if (asker.kind === "instance") {
    if (makingInstance(store, schedule) === asker.instance) return null;
    return failure(
      "forbidden",
      `The schedule ${schedule.scheduleId} was made by ${name}, who alone may change it, or an admin on the dashboard. Make one of your own.`,
    );
  }
  const { by } = asker;
  if (maker.kind === "instance") return keeperRefusal(by, name);
  if (by.pattern === null && (by.scope === "admin" || by.keyId === maker.keyId)) return null;
  return failure(
    "forbidden",
    `The schedule ${schedule.scheduleId} was made with the key ${name}: use that, or an admin's.`,
  );
}

/** Whose schedules somebody's are, and whether these are as many as may be of one. */
interface OwnSchedules {
  isFull: boolean;
  makers: number[];
  key: string | null;
}

/** How many there are of one maker, and of all, against what there may be. */
export function roomFor(store: Store, asker: Asker): { refusal: Failure | null; own: OwnSchedules } {
  const counts = store.schedules.countByMaker();
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const own = counts.filter(({ maker, key }) =>
    asker.kind === "instance" ? holderOf(store, maker) === asker.instance : key === asker.by.keyId,
  );
  const count = own.reduce((sum, { count: one }) => sum + one, 0);
  return {
    refusal: total >= SCHEDULES_MAX ? tooManyOfAll(total) : count >= SCHEDULES_PER_MAKER ? tooManyOfOne(count) : null,
    own: {
      isFull: count >= SCHEDULES_PER_MAKER,
      makers: own.flatMap(({ maker }) => maker ?? []),
      key: own.find(({ key }) => key !== null)?.key ?? null,
    },
  };
}

function tooManyOfAll(total: number): Failure {
  return failure("conflict", `This hub has ${total} schedules, and no more may be made: delete some first.`);
}

function tooManyOfOne(count: number): Failure {
  return failure("conflict", `You have made ${count} schedules, and no more may be of one maker: delete some first.`);
}
