/** The hub's one transactional store. What must agree is here, and changes together. */
import { migrate } from "../../migrate.ts";
import { Touches } from "../claims/touches.ts";
import { CopyIndex } from "../copies.ts";
import { Talks } from "../loops/talks.ts";
import { Reservations } from "../reservations.ts";
import { Claims } from "./claims.ts";
import { Decisions } from "./decisions.ts";
import { Deliveries } from "./deliveries.ts";
import { Instances } from "./instances.ts";
import { LoopStops } from "./loop-stops.ts";
import { Messages } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { Pauses } from "./pauses.ts";
import { RecentIds } from "./recent-ids.ts";
import { Room } from "./room.ts";
import { Schedules } from "./schedules.ts";
import { STEPS } from "./schema.ts";
import { Tasks } from "./tasks.ts";
import { Topics } from "./topics.ts";

/** Broadcasts are nowhere but in the journal: of so many, this life of the object knows the ids. */
const BROADCASTS_KEPT = 1_000;

export interface Store {
  instances: Instances;
  messages: Messages;
  deliveries: Deliveries;
  topics: Topics;
  tasks: Tasks;
  outbox: Outbox;
  room: Room;
  claims: Claims;
  decisions: Decisions;
  touches: Touches;
  schedules: Schedules;
  pauses: Pauses;
  loopStops: LoopStops;
  talks: Talks;
  copies: CopyIndex;
  reservations: Reservations;
  broadcasts: RecentIds;
}

/** Opens the store, and brings its schema to the newest step. */
export function openStore(storage: DurableObjectStorage): Store {
  migrate(storage, STEPS);
  const { sql } = storage;
  const room = new Room(sql);
  const loopStops = new LoopStops(sql);
  return {
    instances: new Instances(sql),
    messages: new Messages(sql, room),
    deliveries: new Deliveries(sql),
    topics: new Topics(sql),
    tasks: new Tasks(sql),
    outbox: new Outbox(sql),
    room,
    claims: new Claims(sql),
    decisions: new Decisions(sql),
    touches: new Touches(),
    schedules: new Schedules(sql),
    pauses: new Pauses(sql),
    loopStops,
    talks: talksOf(loopStops),
    copies: new CopyIndex(),
    reservations: new Reservations(),
    broadcasts: new RecentIds(BROADCASTS_KEPT),
  };
}

/** What is counted begins anew; which answers are in a stopped thread is known (G1). */
function talksOf(loopStops: LoopStops): Talks {
  const talks = new Talks();
  for (const { root, answers } of loopStops.all()) {
    if (root !== null) for (const answer of answers) talks.noteRoot(answer, root);
  }
  return talks;
}
