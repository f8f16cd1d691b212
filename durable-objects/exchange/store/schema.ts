/** The schema of the hub's store. Steps are append-only; the other files of this folder hold the statements. */

export const STEPS = [
  // Until 0.1 this was a write-ahead log. It is read once, when a folder of 0.1 is converted.
  `CREATE TABLE log (
     position INTEGER PRIMARY KEY AUTOINCREMENT,
     recipient TEXT NOT NULL,
     accepted_at INTEGER NOT NULL,
     parcels TEXT NOT NULL
   ) STRICT;
   CREATE INDEX log_by_recipient ON log (recipient, position);`,
  "ALTER TABLE log ADD COLUMN recipients TEXT; ALTER TABLE log ADD COLUMN withdrawn TEXT;",
  // instances: `number` is what other tables name an instance by, so that an id that is freed and taken again inherits
  // nothing. `successor` is set for a retired id (A4). `told_depth` is the depth that the journal was last told.
  //
  // messages: one row for each message and publication. `position` orders everything that was accepted; it is the `seq`
  // that clients see. `body` becomes NULL, and `digest` is set, when nobody can ask for the text any more. `topic` names
  // the history that a publication stands in.
  //
  // deliveries: one row for each recipient of a message. `addressee` is who it was accepted for, `owner` who has it now
  // (Q8): a copy of a publication keeps the id that was made for its addressee.
  //
  // outbox: what the journal has not confirmed yet, many lines a row, in order.
  `CREATE TABLE instances (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     instance_id TEXT NOT NULL UNIQUE,
     version INTEGER NOT NULL,
     is_online INTEGER NOT NULL,
     epoch INTEGER NOT NULL,
     role TEXT,
     identity_hash TEXT,
     successor INTEGER,
     connected_at INTEGER NOT NULL,
     last_seen_at INTEGER NOT NULL,
     is_transient INTEGER NOT NULL DEFAULT 0,
     broadcast_at INTEGER NOT NULL DEFAULT 0,
     told_depth INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE messages (
     position INTEGER PRIMARY KEY AUTOINCREMENT,
     message_id TEXT NOT NULL UNIQUE,
     sender TEXT NOT NULL,
     is_publication INTEGER NOT NULL,
     topic TEXT,
     body TEXT,
     digest TEXT,
     bytes INTEGER NOT NULL,
     accepted_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     delivered INTEGER NOT NULL DEFAULT 0,
     queued INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX messages_by_topic ON messages (topic, position) WHERE topic IS NOT NULL;
   CREATE INDEX publications ON messages (position) WHERE is_publication = 1;
   CREATE INDEX messages_by_expiry ON messages (expires_at);
   CREATE TABLE deliveries (
     position INTEGER NOT NULL,
     addressee INTEGER NOT NULL,
     owner INTEGER NOT NULL,
     state INTEGER NOT NULL,
     attempts INTEGER NOT NULL,
     delivered_at INTEGER,
     acked_at INTEGER,
     seen_at INTEGER,
     ended_at INTEGER,
     reason TEXT,
     PRIMARY KEY (position, addressee)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX open_deliveries ON deliveries (owner, state, position) WHERE state < 2;
   CREATE INDEX dead_letters ON deliveries (ended_at) WHERE state >= 5 AND state < 8;
   CREATE TABLE topics (
     name TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     created_by TEXT NOT NULL,
     auto_expire INTEGER NOT NULL,
     empty_since INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE subscriptions (
     topic TEXT NOT NULL,
     instance INTEGER NOT NULL,
     PRIMARY KEY (topic, instance)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX subscriptions_by_instance ON subscriptions (instance);
   CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, lines TEXT NOT NULL) STRICT;`,
  // gone: instances that were removed or forgotten, since messages still name their numbers. `identity_hash` is that of the
  // secret for which the id is kept; null where it is free. Ids of messages are compared as they are read: in small letters.
  `CREATE TABLE gone (
     number INTEGER PRIMARY KEY,
     instance_id TEXT NOT NULL,
     identity_hash TEXT,
     gone_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX gone_by_id ON gone (instance_id) WHERE identity_hash IS NOT NULL;
   UPDATE OR IGNORE messages SET message_id = lower(message_id) WHERE message_id <> lower(message_id);`,
  // tasks: the ledger (T5), in the order in which they opened. `owner` is null while a task waits for any of `role`;
  // `first_owner` had it first. `body` is the message as it is given to the next, of an open task for any of a role. `given_at`
  // is when the owner got it. `check_at` is when time may change something; `is_stuck` marks what goes to the next who comes.
  //
  // task_steps: the course of a task, but for its opening. `moved_by` is null for the hub.
  `CREATE TABLE tasks (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     task_id TEXT NOT NULL UNIQUE,
     requester INTEGER NOT NULL,
     first_owner INTEGER,
     owner INTEGER,
     role TEXT,
     state INTEGER NOT NULL,
     progress INTEGER,
     note TEXT,
     title TEXT NOT NULL,
     body TEXT,
     opened_at INTEGER NOT NULL,
     changed_at INTEGER NOT NULL,
     given_at INTEGER NOT NULL,
     accept_ms INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     due_at INTEGER,
     is_due_told INTEGER NOT NULL DEFAULT 0,
     check_at INTEGER,
     is_stuck INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX tasks_by_owner ON tasks (owner, state);
   CREATE INDEX tasks_by_requester ON tasks (requester);
   CREATE INDEX tasks_by_change ON tasks (changed_at);
   CREATE INDEX tasks_by_check ON tasks (check_at) WHERE check_at IS NOT NULL;
   CREATE INDEX tasks_by_role ON tasks (role) WHERE role IS NOT NULL;
   CREATE INDEX role_tasks_by_owner ON tasks (owner, changed_at) WHERE role IS NOT NULL;
   CREATE INDEX stuck_tasks ON tasks (role, number) WHERE is_stuck = 1;
   CREATE TABLE task_steps (
     task INTEGER NOT NULL,
     at INTEGER NOT NULL,
     state INTEGER NOT NULL,
     owner INTEGER,
     moved_by INTEGER,
     progress INTEGER,
     note TEXT,
     message_id TEXT
   ) STRICT;
   CREATE INDEX steps_by_task ON task_steps (task);
   CREATE INDEX steps_by_message ON task_steps (message_id) WHERE note IS NOT NULL;`,
  // claims: names that an instance holds (L1). `token` is the fencing token; AUTOINCREMENT never gives one again. `scope` is
  // what of a name is compared first: all files of one branch have one. `is_glob`: it may meet names that read differently.
  //
  // claim_waits: requests that wait, in the order in which they are served. `names` is JSON.
  `CREATE TABLE claims (
     token INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL,
     scope TEXT NOT NULL,
     is_glob INTEGER NOT NULL,
     holder INTEGER NOT NULL,
     is_exclusive INTEGER NOT NULL,
     granted_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     reason TEXT,
     UNIQUE (name, holder)
   ) STRICT;
   CREATE INDEX claims_by_scope ON claims (scope);
   CREATE INDEX globs_by_scope ON claims (scope) WHERE is_glob = 1;
   CREATE INDEX claims_by_holder ON claims (holder);
   CREATE INDEX claims_by_expiry ON claims (expires_at);
   CREATE TABLE claim_waits (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     holder INTEGER NOT NULL,
     names TEXT NOT NULL,
     is_exclusive INTEGER NOT NULL,
     ttl_ms INTEGER NOT NULL,
     asked_at INTEGER NOT NULL,
     reason TEXT
   ) STRICT;`,
  // decisions: what people are asked (H1, H2), in the order in which they were. `asker` is who asked, whoever takes its mail by
  // now; `asked_with` is the key of its connection. `options` is JSON. `fallback` is what counts when nobody answers in time.
  // `owes` is what the webhook has not been told yet: `opened` or `closed`.
  `CREATE TABLE decisions (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     decision_id TEXT NOT NULL UNIQUE,
     kind TEXT NOT NULL,
     state TEXT NOT NULL,
     asker INTEGER NOT NULL,
     asked_with TEXT NOT NULL,
     question TEXT NOT NULL,
     options TEXT,
     context TEXT,
     fallback TEXT,
     tool TEXT,
     opened_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     ended_at INTEGER,
     answer TEXT,
     answered_by TEXT,
     note TEXT,
     owes TEXT
   ) STRICT;
   CREATE INDEX owing_decisions ON decisions (number) WHERE owes IS NOT NULL;
   CREATE INDEX open_decisions ON decisions (number) WHERE ended_at IS NULL;
   CREATE INDEX ended_decisions ON decisions (ended_at, number) WHERE ended_at IS NOT NULL;`,
  // schedules: messages that the hub sends when their time comes (SC1). `next_fire_at` is set for an active one, and for no
  // other. `firing_key` is what ids of firings are made of: nobody is told it, so that nobody takes such an id before.
  // `maker` is the instance that made it; of one made by REST, `maker_key` and `maker_name` are those of the key. What is
  // long stands last, so that what stands before it is read without it.
  //
  // schedule_firings: the last of each, in their order. `message_ids` is JSON.
  //
  // schedule_tasks: what it opened, as far as that may be open still.
  `CREATE TABLE schedules (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     schedule_id TEXT NOT NULL UNIQUE,
     firing_key TEXT NOT NULL,
     name TEXT NOT NULL,
     expression TEXT NOT NULL,
     time_zone TEXT NOT NULL,
     target TEXT NOT NULL,
     type TEXT NOT NULL,
     is_persistent INTEGER NOT NULL,
     missed TEXT NOT NULL,
     overlap TEXT NOT NULL,
     max_fire_count INTEGER,
     expires_at INTEGER,
     maker INTEGER,
     maker_key TEXT,
     maker_name TEXT,
     created_at INTEGER NOT NULL,
     anchor_at INTEGER NOT NULL,
     state TEXT NOT NULL,
     next_fire_at INTEGER,
     fire_count INTEGER NOT NULL DEFAULT 0,
     last_fired_at INTEGER,
     metadata TEXT,
     content TEXT NOT NULL
   ) STRICT;
   CREATE INDEX schedules_by_maker ON schedules (maker, maker_key);
   CREATE INDEX schedules_by_time ON schedules (next_fire_at, number) WHERE next_fire_at IS NOT NULL;
   CREATE TABLE schedule_firings (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     schedule INTEGER NOT NULL,
     due_at INTEGER,
     fired_at INTEGER NOT NULL,
     outcome TEXT NOT NULL,
     message_ids TEXT,
     recipients INTEGER,
     code TEXT,
     note TEXT
   ) STRICT;
   CREATE INDEX firings_by_schedule ON schedule_firings (schedule, number);
   CREATE TABLE schedule_tasks (
     schedule INTEGER NOT NULL,
     task_id TEXT NOT NULL,
     PRIMARY KEY (schedule, task_id)
   ) STRICT, WITHOUT ROWID;`,
  // pauses: `target` is `all`, `project:<name>` or `instance:<number>` (H3). `passes` marks deliveries that a pause of their
  // recipient does not hold; they have an index of their own, since thousands of others may wait before them.
  //
  // loop_stops: exchanges that were stopped (G1). `members` are numbers of instances, JSON; `root` is the first message of a
  // thread, null for a pair, and `answers` are ids in that thread, JSON: so that a later answer to one is known to be in it.
  `CREATE TABLE pauses (
     target TEXT PRIMARY KEY,
     paused_by TEXT NOT NULL,
     reason TEXT,
     paused_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   ALTER TABLE deliveries ADD COLUMN passes INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX passing_deliveries ON deliveries (owner, state, position) WHERE state < 2 AND passes = 1;
   CREATE TABLE loop_stops (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     loop_id TEXT NOT NULL UNIQUE,
     root TEXT,
     members TEXT NOT NULL,
     answers TEXT NOT NULL,
     messages INTEGER NOT NULL,
     stopped_at INTEGER NOT NULL
   ) STRICT;`,
  // instances.renamed_from: the number of the instance that became this one by a session change, while nothing shows that its
  // client had the answer (Q8).
  "ALTER TABLE instances ADD COLUMN renamed_from INTEGER;",
];
