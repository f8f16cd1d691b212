/** The journal's schema; `stream-store.ts` and `history-store.ts` hold the statements. Nothing else here contains SQL. */

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
];
