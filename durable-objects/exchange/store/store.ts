/** The hub's one transactional store. What must agree is here, and changes together. */
import { migrate } from "../../migrate.ts";
import { Touches } from "../claims/touches.ts";
import { CopyIndex } from "../copies.ts";
import { Reservations } from "../reservations.ts";
import { Claims } from "./claims.ts";
import { Decisions } from "./decisions.ts";
import { Deliveries } from "./deliveries.ts";
import { Instances } from "./instances.ts";
import { Messages } from "./messages.ts";
import { Outbox } from "./outbox.ts";
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
  copies: CopyIndex;
  reservations: Reservations;
  broadcasts: RecentIds;
}

/** Opens the store, and brings its schema to the newest step. */
export function openStore(storage: DurableObjectStorage): Store {
  migrate(storage, STEPS);
  const { sql } = storage;
  const room = new Room(sql);
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
    copies: new CopyIndex(),
    reservations: new Reservations(),
    broadcasts: new RecentIds(BROADCASTS_KEPT),
  };
}
