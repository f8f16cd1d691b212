/** Every bound of the protocol, once, with its reason. Sizes in bytes of UTF-8, times in milliseconds. */

/** M2: a page of text; what is larger belongs in a file that the message names. */
export const CONTENT_MAX_BYTES = 65_536;
/** M2: metadata is for correlation, not for payload. */
export const METADATA_MAX_BYTES = 4_096;
export const METADATA_MAX_KEYS = 32;
/** B1: enough to amortise a frame, small enough that one text message cannot hold the hub for long. */
export const FRAMES_PER_TEXT = 200;
/** 4013: the largest text message the hub reads. */
export const TEXT_MAX_BYTES = 1_048_576;
/** An answer that quotes the request's id must stay small. */
export const REQUEST_ID_MAX_LENGTH = 200;
/** Q5: what one socket may hold unacked. */
export const WINDOW_MESSAGES = 100;
export const WINDOW_BYTES = 1_048_576;
/** Q3: how long a client may take to ack before the message is offered again. */
export const LEASE_MS = 30_000;
/** C6: three missed pings of 25 s. */
export const PING_INTERVAL_MS = 25_000;
export const SILENCE_LIMIT_MS = 75_000;
/** Q6: defaults of the queue's bounds; settings of the hub change them. */
export const QUEUE_MAX_MESSAGES = 10_000;
export const QUEUE_MAX_BYTES = 64 * 1_048_576;
/** Default of how much all queues together, and what is remembered of them, may hold on disk. */
export const STORE_MAX_MB = 1_024;
/** E4: defaults of the rate limits. */
export const RATE_FRAMES = 60;
export const RATE_WINDOW_MS = 10_000;
/** E4: texts `ping` that are answered in 10 s: far more than any client needs to show that it reads. */
export const PINGS_MAX = 300;
/** E4: for each frame, how many ids a client may ack that it was not given on its connection. */
export const ACK_IDS_PER_FRAME = 50;
/** Ids that one ack may name: ten windows. */
export const ACK_IDS_MAX = 1_000;
/** Keys whose publications by REST one topic counts; those that published longest ago are forgotten beyond it. */
export const RATE_KEYS_MAX = 1_000;
export const BROADCAST_INTERVAL_MS = 5_000;
/** 4029: a client that is refused this often does not listen. */
export const FLOOD_REFUSALS = 300;
export const FLOOD_WINDOW_MS = 10_000;
/** Frames of one socket that wait for their turn; beyond it the hub's memory would be the client's queue. */
export const PENDING_FRAMES_MAX = 5_000;
/** What a client may be sent without a sign that it reads (a ping or an ack): beyond it the hub's memory would be its inbox. */
export const UNREAD_MAX_BYTES = 32 * 1_048_576;
/** After so many characters that came, our clients show that they read; each has at most three bytes. */
export const READ_SHOWN_EVERY_LENGTH = 4 * 1_048_576;
export const TTL_DEFAULT_SECONDS = 7 * 86_400;
export const TTL_MAX_SECONDS = 2_592_000;
/** Defaults of how much history is kept; settings of the hub change them. */
export const HISTORY_DAYS = 30;
export const HISTORY_MAX_MB = 1_024;
/** M3: how long an ended message is remembered for retries and `status`. */
export const RETENTION_MS = 7 * 86_400_000;
/** Q7. */
export const PULL_DEFAULT = 10;
export const PULL_MAX = 100;
/** A5. */
export const TOPIC_MAX_LENGTH = 128;
export const TOPIC_MAX_SEGMENTS = 4;
/** C8. */
export const IDENTITY_MIN_LENGTH = 22;
export const IDENTITY_MAX_LENGTH = 256;
/** RFC 6455, 5.5: a control frame carries at most 125 bytes, two of them the code. */
export const CLOSE_REASON_MAX_BYTES = 123;
/** An empty topic goes away by itself; a project's never does. */
export const TOPIC_EXPIRE_MS = 3_600_000;
/** A5: history of one topic. */
export const TOPIC_HISTORY_MAX = 10_000;
/** An offline instance with an empty queue is forgotten. */
export const INSTANCE_RETIRE_MS = 7 * 86_400_000;
/** The same for ids bound to a browser tab, which never come back. */
export const TAB_RETIRE_MS = 300_000;
/** Keys: what a list can show in one line. */
export const KEY_NAME_MAX_LENGTH = 64;
/** Three segments of 64 and their separators. */
export const KEY_PATTERN_MAX_LENGTH = 194;
/** The longest text that is looked at as a key. */
export const KEY_MAX_LENGTH = 512;
/** A session of the dashboard: revoking its key ends it sooner. */
export const SESSION_MS = 7 * 86_400_000;
/** How long a link that signs in once may wait for its use. */
export const LINK_MS = 600_000;
/** Instances that the list of keys names for one key. */
export const KEY_INSTANCES_MAX = 100;
/** The body of a sign-in: a key, and room for how it is written. */
export const SIGN_IN_BODY_MAX_BYTES = 4_096;
/** Bodies of other requests, but those that carry a message. */
export const BODY_MAX_BYTES = 16_384;
/** How long a body may take to come; it is a few kilobytes, on a LAN. */
export const BODY_DEADLINE_MS = 10_000;
/** Bodies that may be under way at once: of who has not shown a key, and of who has. Beyond it the slowest give way. */
export const STRANGERS_BODIES_MAX = 256;
export const KEYED_BODIES_MAX = 64;
/** Files of the page that are on their way at once, to whoever asked, and how long one may take. */
export const STATIC_RESPONSES_MAX = 256;
export const STATIC_DEADLINE_MS = 60_000;
/** Sign-ins that may fail per client and window. */
export const SIGN_IN_FAILURES = 10;
export const SIGN_IN_WINDOW_MS = 60_000;
/** MCP over HTTP: how long after its last call an instance counts as online. */
export const MCP_PRESENCE_MS = 300_000;
/** How long it is remembered after that what no later call has confirmed yet, so that it is not given again; for how many. */
export const MCP_MEMORY_MS = 3_600_000;
export const MCP_REMEMBERED_MAX = 1_000;
/** How long a call waits where no progress tells its client that it is alive, and where it does (seen: 60 s, and 300 s). */
export const MCP_WAIT_SECONDS = 50;
export const MCP_WAIT_WITH_PROGRESS_SECONDS = 270;
/** Instances that are online so, over the whole hub: some 300 KiB each, and a request is all that one costs its client. */
export const MCP_SESSIONS_MAX = 1_000;
/** Calls of one instance that are open at once: a model calls few tools at a time. */
export const MCP_CALLS_MAX = 16;
/** REST: a page of a list. */
export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 200;
/** Topics with their subscribers, in one answer. */
export const TOPICS_MAX = 100;
/** One thread in one answer; of a larger one, the messages around the one that was asked for. */
export const THREAD_MAX_MESSAGES = 500;
/** Series: the longest span that one answer tells of, its points, and the names in its totals. */
export const SERIES_MAX_MS = 31 * 86_400_000;
export const SERIES_POINTS_DEFAULT = 60;
export const SERIES_POINTS_MAX = 500;
export const SERIES_TOP = 50;
/** Pairs of sender and recipient in one answer. */
export const EDGES_MAX = 2_000;
/** Spans of presence in one answer, and comings and goings of all instances that are kept; the oldest give way. */
export const PRESENCE_SPANS_MAX = 1_000;
export const PRESENCE_CHANGES_MAX = 300_000;
/** T1: the first line of a task, as lists show it, in characters. */
export const TASK_TITLE_LENGTH = 120;
/** T1: what is said beside a state; what is longer belongs in a message. */
export const TASK_NOTE_LENGTH = 500;
/** T3: how long the one who got a task for any of a role may take to accept it, or be away. */
export const TASK_ACCEPT_SECONDS = 120;
export const TASK_ACCEPT_MAX_SECONDS = 86_400;
/** Steps of a task in one answer: an owner may say a thousand times how far it is. */
export const TASK_STEPS_SHOWN = 500;
/** T4. */
export const TASK_DUE_MAX_SECONDS = 2_592_000;
/** A page of tasks in a reply to a session: a model reads it. */
export const TASKS_DEFAULT = 20;
/** L1: claims of one instance, and of one request: what would be more is a glob. */
export const CLAIM_NAMES_MAX = 1_000;
export const CLAIMS_PER_INSTANCE = 2_000;
/** E4: a claim counts as one frame for each so many names. */
export const CLAIM_NAMES_PER_FRAME = 50;
/** Of these, globs: each is compared with what others claim. */
export const CLAIM_GLOBS_PER_INSTANCE = 100;
/** Pairs of a name that is asked for and one of others', a glob among them, that one request may have compared: some tens of ms. */
export const CLAIM_COMPARISONS_MAX = 50_000;
/** Requests that wait for others, of one instance and of all; each is looked at when a claim ends. */
export const CLAIM_WAITS_PER_INSTANCE = 20;
export const CLAIM_WAITS_MAX = 1_000;
export const CLAIM_WAIT_NAMES_MAX = 100;
/** What one page of those who wait may have compared, and how many names of each it has. */
export const CLAIM_WAITS_COMPARED = 20_000;
export const CLAIM_WAIT_NAMES_SHOWN = 5;
/** Names that all instances together may hold. */
export const CLAIMS_MAX = 100_000;
export const CLAIM_NAME_MAX_LENGTH = 300;
export const CLAIM_REASON_MAX_LENGTH = 300;
export const CLAIM_TTL_DEFAULT_SECONDS = 3_600;
export const CLAIM_TTL_MAX_SECONDS = 86_400;
/** A session may be away so long, as in a restart of its machine's network, and holds what it claimed. */
export const CLAIM_AWAY_MS = 120_000;
/** L3: two sessions at one file within this time are told of each other. */
export const FILE_TOUCH_MS = 600_000;
/** H1: what a person is asked, as a page shows it at once. */
export const DECISION_QUESTION_LENGTH = 2_000;
export const DECISION_OPTIONS_MAX = 10;
export const DECISION_OPTION_LENGTH = 200;
/** What is shown when it is asked for: a diff, the input of a tool. */
export const DECISION_CONTEXT_BYTES = 8_192;
export const DECISION_TOOL_LENGTH = 200;
/** With its note, what a person types in one go, and a body of REST has room for. */
export const DECISION_ANSWER_LENGTH = 4_000;
export const DECISION_NOTE_LENGTH = 500;
export const QUESTION_MIN_SECONDS = 10;
export const QUESTION_DEFAULT_SECONDS = 86_400;
export const QUESTION_MAX_SECONDS = 2_592_000;
export const APPROVAL_MIN_SECONDS = 5;
export const APPROVAL_MAX_SECONDS = 3_600;
/** Open decisions of one instance, and of all: a person could not read more. */
export const DECISIONS_OPEN_PER_INSTANCE = 50;
export const DECISIONS_OPEN_MAX = 2_000;
/** Ended ones that are remembered, those that nobody answered go first: their ids are in memory. */
export const DECISIONS_ENDED_MAX = 10_000;
/** H2: a prompt whose session is gone for so long is nobody's any more. */
export const APPROVAL_AWAY_MS = 60_000;
/** SC3: schedules of one maker, and of all together: each costs a row, and a look at the clock. */
export const SCHEDULES_PER_MAKER = 200;
export const SCHEDULES_MAX = 2_000;
export const SCHEDULE_NAME_MAX_LENGTH = 100;
export const SCHEDULE_EXPRESSION_MAX_LENGTH = 128;
/** The longest names of the time zones there are have half of it. */
export const SCHEDULE_ZONE_MAX_LENGTH = 64;
export const SCHEDULE_COUNT_MAX = 1_000_000;
export const SCHEDULE_EVERY_MAX_MINUTES = 365 * 1_440;
/** SC2: a time that is further away is none. Looking for times that never come costs the more, the more years are looked at. */
export const SCHEDULE_YEARS_AHEAD = 10;
/** E4: to make or change a schedule counts as so many frames, since a calendar is looked through for its times. */
export const SCHEDULE_FRAMES = 5;
/** SC5: what comes later than this was missed. */
export const SCHEDULE_LATE_MS = 60_000;
/** SC5: of what was missed, each of so many is sent at most. */
export const SCHEDULE_CATCH_UP_MAX = 100;
/** Firings that are remembered of each schedule: those that were sent, and times for which nothing was. */
export const SCHEDULE_SENT_KEPT = 15;
export const SCHEDULE_UNSENT_KEPT = 5;
/** Of a firing to a role, so many ids of its messages are remembered. */
export const SCHEDULE_IDS_KEPT = 20;
/** As much of the content as a list of schedules shows, in characters. */
export const SCHEDULE_CONTENT_LISTED = 1_000;
/** Times that a preview tells. */
export const SCHEDULE_PREVIEW = 5;
/** A page of schedules in a reply to a session: a model reads it. */
export const SCHEDULES_DEFAULT = 20;
/** H3: why something is paused, in a line or two. */
export const PAUSE_REASON_MAX_LENGTH = 300;
/** H3: sessions and projects that may be paused at once; more are paused by `all`. */
export const PAUSES_MAX = 1_000;
/** G1: turns of a pair or thread without a person; a setting of the hub changes it. */
export const LOOP_MESSAGES = 30;
/** G1: after such a silence, counting begins anew. */
export const LOOP_SILENCE_MS = 3_600_000;
/** G1: pairs, threads, answers and copies that are remembered for counting; the oldest give way. */
export const LOOP_TALKS_MAX = 10_000;
/** G1: how long an exchange stays stopped where nobody lets it go on, and how many may be stopped. */
export const LOOP_STOP_MS = 7 * 86_400_000;
export const LOOP_STOPS_MAX = 1_000;
