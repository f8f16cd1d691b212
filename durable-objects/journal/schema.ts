/** The journal's schema; `names.ts`, `twins.ts`, `forget-messages.ts` and the `*-store.ts` hold the statements. Nothing else here contains SQL. */

export const STEPS = [
  // stream: the events as consumers read them, one a line, many a row. outboxes: how far each source was taken in.
  `CREATE TABLE stream (
     first_cursor INTEGER PRIMARY KEY,
     last_cursor INTEGER NOT NULL,
     taken_at INTEGER NOT NULL,
     lines TEXT NOT NULL
   ) STRICT;
   CREATE TABLE outboxes (source TEXT PRIMARY KEY, seq INTEGER NOT NULL, taken_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  // What follows is made from the stream, later. An id is the cursor of the event that told it first, so ids sort by time.
  // messages is narrow, so that a scan is fast: instances, topics and roles are numbers (names), texts stand in bodies.
  // deliveries are apart from messages: states of the copies of a publication have no message of their own.
  `CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, project TEXT NOT NULL) STRICT;
   CREATE TABLE messages (
     id INTEGER PRIMARY KEY,
     message_id TEXT NOT NULL UNIQUE,
     at INTEGER NOT NULL,
     sender INTEGER NOT NULL,
     recipient INTEGER NOT NULL,
     type TEXT NOT NULL,
     topic INTEGER,
     role INTEGER,
     sender_role INTEGER,
     answered_at INTEGER,
     delivered INTEGER,
     queued INTEGER
   ) STRICT;
   CREATE INDEX messages_by_sender ON messages (sender, id);
   CREATE INDEX messages_by_recipient ON messages (recipient, id);
   CREATE INDEX messages_by_topic ON messages (topic, id) WHERE topic IS NOT NULL;
   CREATE INDEX answers ON messages (answered_at) WHERE answered_at IS NOT NULL;
   CREATE TABLE bodies (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
   CREATE VIRTUAL TABLE texts USING fts5 (
     content, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
   );
   CREATE TABLE deliveries (
     id INTEGER PRIMARY KEY,
     message_id TEXT NOT NULL UNIQUE,
     state INTEGER NOT NULL,
     changed_at INTEGER NOT NULL,
     delivered_at INTEGER,
     acked_at INTEGER,
     seen_at INTEGER,
     ended_at INTEGER
   ) STRICT;
   CREATE INDEX ended_deliveries ON deliveries (state) WHERE state >= 4;
   CREATE TABLE counts (
     hour INTEGER NOT NULL,
     kind TEXT NOT NULL,
     name TEXT NOT NULL,
     n INTEGER NOT NULL,
     PRIMARY KEY (hour, kind, name)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE depths (instance_id TEXT PRIMARY KEY, depth INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  // thread: the id of the message that this one answers in the end; null for one that answers nothing. threads: one row each,
  // of publications only once they are answered. orphans: answers to what history has not seen (yet).
  `ALTER TABLE messages ADD COLUMN thread INTEGER;
   CREATE INDEX messages_by_thread ON messages (thread, id) WHERE thread IS NOT NULL;
   CREATE TABLE threads (
     root INTEGER PRIMARY KEY,
     last INTEGER NOT NULL,
     messages INTEGER NOT NULL,
     unanswered INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX threads_by_answer ON threads ((unanswered > 0), last);
   CREATE TABLE orphans (reply_to TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (reply_to, id)) STRICT, WITHOUT ROWID;
   CREATE INDEX orphans_by_id ON orphans (id);`,
  // Per minute, of older times per hour (the minute is then the hour's first). latencies: kind 0 deliveries, 1 answers;
  // instance: who got or answered it; slot: latency-slots.ts. depths_over_time: instance 0 is all of them.
  `CREATE TABLE traffic (
     minute INTEGER NOT NULL,
     sender INTEGER NOT NULL,
     recipient INTEGER NOT NULL,
     type TEXT NOT NULL,
     n INTEGER NOT NULL,
     PRIMARY KEY (minute, sender, recipient, type)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE latencies (
     minute INTEGER NOT NULL,
     kind INTEGER NOT NULL,
     instance INTEGER NOT NULL,
     type TEXT NOT NULL,
     slot INTEGER NOT NULL,
     n INTEGER NOT NULL,
     PRIMARY KEY (minute, kind, instance, type, slot)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE depths_over_time (
     instance INTEGER NOT NULL,
     minute INTEGER NOT NULL,
     last INTEGER NOT NULL,
     max INTEGER NOT NULL,
     PRIMARY KEY (instance, minute)
   ) STRICT, WITHOUT ROWID;`,
  // A message that came under the id of another one (a twin) is kept, and its delivery, as "<message id>~<its own id>".
  `CREATE INDEX twins ON messages (id, message_id) WHERE length(message_id) > 36;
   UPDATE OR IGNORE messages SET message_id = lower(message_id) WHERE message_id <> lower(message_id);
   UPDATE OR IGNORE deliveries SET message_id = lower(message_id) WHERE message_id <> lower(message_id);`,
  // presence: who came and went, a row a change. Ids in full: a name in names stays for good, and of tabs and commands there are many.
  `CREATE TABLE presence (
     id INTEGER PRIMARY KEY,
     instance_id TEXT NOT NULL,
     at INTEGER NOT NULL,
     is_online INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX presence_by_instance ON presence (instance_id, at);
   CREATE INDEX presence_by_time ON presence (at);`,
];
