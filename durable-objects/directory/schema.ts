/** The directory's schema. Steps are append-only; the other files of this folder hold the statements. */
import { KEY_STEP, KEY_USE_STEP, MINTED_BY_STEP } from "./keys.ts";
import { LINK_STEP } from "./links.ts";
import { ENDED_STEP } from "./session.ts";

export const STEPS = [
  // Until 0.1 instances and topics were the directory's. They are read once, when a folder of 0.1 is converted.
  `CREATE TABLE instances (
     instance_id TEXT PRIMARY KEY,
     partial TEXT NOT NULL,
     version INTEGER NOT NULL,
     is_online INTEGER NOT NULL,
     epoch INTEGER NOT NULL,
     role TEXT,
     identity_hash TEXT,
     successor TEXT,
     queue_depth INTEGER NOT NULL DEFAULT 0,
     connected_at INTEGER NOT NULL,
     last_seen_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX instances_by_partial ON instances (partial);
   CREATE INDEX instances_online ON instances (is_online) WHERE is_online = 1;`,
  `CREATE INDEX instances_by_role ON instances (role) WHERE role IS NOT NULL;
   CREATE TABLE topics (
     name TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     created_by TEXT NOT NULL,
     auto_expire INTEGER NOT NULL,
     subscriber_count INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE subscriptions (
     instance_id TEXT NOT NULL,
     topic TEXT NOT NULL,
     PRIMARY KEY (instance_id, topic)
   ) STRICT, WITHOUT ROWID;`,
  KEY_STEP,
  "CREATE TABLE dead_letters (instance_id TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
  `${KEY_USE_STEP}
   ${LINK_STEP}`,
  `${MINTED_BY_STEP}
   ${ENDED_STEP}`,
];
