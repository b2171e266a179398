/* limits.h - every bound has its place and its name here.
 *
 * A bound is part of the design: it is in the manual (docs/manual/limits.md), in
 * a metric where it can fill up, and in a test that goes one over it. Sizes are
 * bytes, times milliseconds, unless the name says otherwise. */
#ifndef RINGI_BASE_LIMITS_H
#define RINGI_BASE_LIMITS_H

#include <assert.h>
#include <stdint.h>

#define KIB ((int64_t)1024)
#define MIB (1024 * KIB)
#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* ---- memory */
#define BUF_MAX ((size_t)(1024 * MIB)) /* one buffer, so that sums never wrap */

/* ---- HTTP */
enum {
	HTTP_LOOPS_MAX = 64,
	HTTP_CONNS_MAX = 16384,    /* open connections, all loops together  */
	HTTP_HEAD_MAX = 16 * 1024, /* request line and headers              */
	HTTP_HEADERS_MAX = 100,    /* header fields                         */
	HTTP_URL_MAX = 8 * 1024,
	HTTP_BODY_MAX = 7 * 1024 * 1024,     /* 1 MiB of text, each byte as \u0000    */
	HTTP_HEAD_TIME_MS = 10 * 1000,       /* first byte to end of headers          */
	HTTP_BODY_TIME_MS = 60 * 1000,       /* in all, whatever the size             */
	HTTP_BODY_RATE_MIN = 16 * 1024,      /* bytes a second, after the first 5 s   */
	HTTP_IDLE_TIME_MS = 75 * 1000,       /* between requests                      */
	HTTP_SEND_TIME_MS = 30 * 1000,       /* a response that nobody reads          */
	HTTP_DRAIN_TIME_MS = 10 * 1000,      /* at stop, for requests in progress     */
	HTTP_LINGER_TIME_MS = 2 * 1000,      /* for the client to read why we close   */
	HTTP_CHUNK_LINE_MAX = 256,           /* size and extensions of one chunk      */
	HTTP_STREAM_QUEUE_MAX = 1024 * 1024, /* sent, not yet read, of one stream */
};
#define ANSWERS_MAX (64 * MIB)      /* on their way out; beyond: no message is handed out */
#define HTTP_BODIES_MAX (256 * MIB) /* request bodies and what is read out of them, at once */
enum { REQUEST_SMALL = 8 * 1024 };  /* a request that takes less is not counted there */

/* ---- JSON, forms */
enum {
	JSON_DEPTH_MAX = 32,
	JSON_NODES_MAX = 200 * 1000, /* values in one document                    */
	FORM_FIELDS_MAX = 4000,
};

/* ---- JSON Schema: ours */
enum {
	SCHEMA_MAX = 64 * 1024,         /* bytes of one */
	SCHEMA_VERSIONS_MAX = 100,      /* kept of one queue */
	SCHEMA_PATTERNS_MAX = 200,      /* regular expressions in one */
	SCHEMA_IN_PLACE_MAX = 32,       /* schemas chained by $ref, allOf, ... for the same value */
	SCHEMA_DEPTH_MAX = 128,         /* schemas being asked within each other */
	SCHEMA_STEPS_MAX = 1000 * 1000, /* of checking one value; beyond: it does not fit */
	PATTERN_MAX = 4096,             /* bytes of one regular expression */
	PATTERN_NEST_MAX = 50,          /* brackets in it, within each other */
	PATTERN_HEAP_KIB = 8 * 1024,    /* for going back while it is matched */
};

/* ---- engine */
enum {
	INBOX_DRAIN_MAX = 16384, /* deletes, acknowledgements waiting for the engine */
	INBOX_FILL_MAX = 16384,  /* sends, receives, ...; beyond: refused, Throttled */
	BATCH_COMMANDS_MAX = 1024,
	BATCH_BYTES_MAX = 16 * 1024 * 1024, /* of message bodies in one transaction  */
	READERS = 2,                        /* threads of the read lane              */
	READ_INBOX_MAX = 4096,
	RECEIVE_BYTES_MAX = 2 * 1024 * 1024, /* of bodies in one receive, but at least one message */
	RECEIVE_AHEAD_ROWS = 640,            /* read by one receive for those behind it in its batch */
	RECEIVE_AHEAD_BYTES = 2 * 1024 * 1024, /* the same, of bodies */
	WAITING_RECEIVES_MAX = 16384,          /* long polls parked in the engine       */
	SWEEP_ROWS = 500,                      /* housekeeping in one turn              */
	ARCHIVE_TAKE_MAX = 100,                /* dead letters written to a file at once */
	ARCHIVE_TAKE_BYTES = 1024 * 1024,      /* of their bodies, but at least one of them */
	ARCHIVE_AGAIN_FIRST_MS = 1000,         /* of pause behind a file that cannot be written */
	ARCHIVE_AGAIN_MAX_MS = 60 * 1000,      /* the pause doubles up to that */
	SQL_TAKE_MAX = 500,                    /* commands of applications in one transaction */
	SQL_TAKE_BYTES = 4 * 1024 * 1024,      /* of their bodies, but at least one of them */
	SQL_LOOK_BUSY_MS = 2,                  /* between two looks while there are some */
	SQL_LOOK_MS = 5,                       /* when there was none for a second */
	SQL_LOOK_IDLE_MS = 25,                 /* when there was none for a minute */
	SQL_AGAIN_MS = 1000,  /* until those for a queue that was full are tried again */
	SQL_TRIES_MAX = 10,   /* of one with which the transaction fails, alone */
	SQL_HELD_MAX = 64,    /* queues and topics whose commands wait in order */
	DUE_STEPS_MAX = 5000, /* messages that become ready in one turn */
};

/* ---- requests that may come twice: ours */
enum { IDEMPOTENCY_KEY_MAX = 255 };
#define IDEMPOTENCY_MS DAY_MS /* an answer is kept */

/* ---- queues: those of Amazon SQS unless said */
enum {
	QUEUES_MAX = 100 * 1000, /* ours */
	QUEUE_NAME_MAX = 80,
	QUEUE_TAGS_MAX = 50,
	QUEUE_TAG_KEY_MAX = 128,
	QUEUE_TAG_VALUE_MAX = 256,
	QUEUE_PERMISSIONS_MAX = 20,
	QUEUE_DELAY_MAX_S = 900,
	QUEUE_VISIBILITY_MAX_S = 43200,
	QUEUE_RETENTION_MIN_S = 60,
	QUEUE_RETENTION_MAX_S = 1209600,
	QUEUE_WAIT_MAX_S = 20,
	QUEUE_MAX_RECEIVES_MAX = 1000,
	QUEUE_SOURCES_MAX = 10, /* of a redrive allow policy */
	QUEUE_IN_FLIGHT_MAX = 120 * 1000,
	RETRY_AFTER_MIN_MS = 1000, /* told to senders that were refused: ours */
	RETRY_AFTER_MAX_MS = 60 * 1000,
	SCALING_TARGET_S = 30, /* wait, where neither queue nor question says: ours */
	SCALING_TARGET_MAX_S = 86400,
	SCALING_WORKERS_MAX = 100 * 1000,    /* of all numbers of workers in a question */
	HISTORY_ROWS_MAX = 500,              /* of minutes, written in one transaction: ours */
	HISTORY_POINTS_MAX = 3000,           /* in one answer */
	QUEUE_SLO_MAX_MS = 7 * 86400 * 1000, /* target of a wait: ours */
	QUEUE_TEXT_MAX = 4096,               /* purpose, owner, runbook: ours */
	QUEUE_POLICY_MAX = 64 * 1024,
	MESSAGE_MIN = 1,
	MESSAGE_SIZE_MIN_MAX = 1024,    /* the smallest MaximumMessageSize */
	MESSAGE_SIZE_MAX = 1024 * 1024, /* body and attributes together    */
	MESSAGE_ATTRIBUTES_MAX = 10,
	MESSAGE_ATTRIBUTE_NAME_MAX = 256,
	MESSAGE_PRIORITY_MAX = 9, /* the most urgent; 0 is the least: ours */
	MESSAGE_GROUP_MAX = 128,
	MESSAGE_DEDUP_MAX = 128,
	BATCH_ENTRIES_MAX = 10,
	BATCH_ID_MAX = 80,
	LIST_MAX = 1000,
	DEDUP_MS = 5 * 60 * 1000,
	ATTEMPT_MS = 5 * 60 * 1000,
	ATTEMPTS_MAX = 100 * 1000, /* receive attempt ids remembered: ours */
	MOVE_RATE_MAX = 500,
	MOVE_TASKS_KEPT = 10,       /* finished ones, of one queue */
	MOVE_TASKS_MAX = 1000,      /* finished ones, of all queues: ours */
	PEEK_MAX = 100,             /* messages in one answer: ours */
	ERROR_ROWS_MAX = 10 * 1000, /* dead letters grouped in one answer: ours */
	BLOCKED_SHOWN_MAX = 100,    /* blocked message groups named with a queue: ours */
	ERROR_GROUPS_MAX = 100,
};

/* ---- jobs: ours */
enum {
	JOB_CLAIM_MAX = 100,    /* in one claim */
	JOB_ENTRIES_MAX = 1000, /* in one submit, or as children of one completion */
	JOB_REPORTS_MAX = 100,  /* heartbeats, completions, failures in one request */
	JOB_LABELS_MAX = 16,
	JOB_LABEL_NAME_MAX = 64,
	JOB_LABEL_VALUE_MAX = 256,
	JOB_WORKER_MAX = 128,   /* bytes of a worker's name */
	JOB_MESSAGE_MAX = 1024, /* of what a heartbeat says */
	JOB_REDRIVE_RATE_MAX = 1000000,
	JOB_ERROR_CODE_MAX = 128,
	JOB_REASON_MAX = 1024, /* of why it was canceled or retried */
	JOB_ERROR_MAX = 16 * 1024,
	JOB_RESULT_MAX = 256 * 1024,
	JOB_LOG_MAX = 64 * 1024, /* of one attempt; of more, the end is kept */
	JOB_WAIT_MAX_S = 60,     /* for one to end */
	JOB_LIST_MAX = 200,      /* in one page */
	JOB_SCAN_MAX = 2000,     /* looked at for one page */
	JOB_SCAN_TEXT_MAX = 100, /* of these, where a change looks for text in them */
	JOB_CANCEL_MAX = 100,    /* canceled by query in one step */
	JOB_FILTER_LABELS_MAX = 4,
	JOB_Q_MAX = 128,           /* bytes of a text to look for */
	GROUP_DEPTH_MAX = 16,      /* of groups in groups */
	GROUP_STEP = 200,          /* members canceled in one transaction */
	GROUP_RUNNING_MAX = 10000, /* running members are counted so far */
	COLLECT_MAX = 1000,        /* messages that become one */
	COLLECT_WAIT_MAX_MS = 24 * 3600 * 1000,
	SPLIT_STEP = 1000,    /* elements of an array sent in one transaction */
	FLOW_DEPTH_MAX = 8,   /* queues that hand on to each other */
	FLOW_QUEUES_MAX = 8,  /* that hand on in one transaction */
	FLOW_GROUPS_MAX = 16, /* message groups of which one queue collects in one */
	FLOW_AGAIN_MS = 1000, /* until a full target is tried again */
	SAGA_STEPS_MAX = 50,
	SAGA_NAME_MAX = 64,         /* bytes of the name of a step */
	SAGA_MANUAL_MAX = 4 * 1024, /* of what a person has to do */
	SAGA_SWEEP = 20,            /* forgotten in one turn */
	RECOVERY_LIST_MAX = 200,    /* in one page */
	JOB_DONE_MAX = 16 * 1024,   /* bytes of on_done */
	JOB_CORRELATION_MAX = 256,
	JOB_ATTEMPTS_SHOWN = 50, /* of one job, the latest */
	JOB_ASK_MIN_MS = 500,    /* advice: ask again, at the earliest */
	JOB_ASK_MAX_MS = 60 * 1000,
	JOB_RETENTION_MIN_S = 60,
	JOB_RETENTION_MAX_S = 400 * 86400,
	LEASE_ENDS_MAX = 500, /* leases that end in one transaction */
};
#define GROUP_KEPT_MS (30 * DAY_MS)      /* after it was done, and at least as long as its jobs */
#define JOB_AHEAD_MAX_MS (400 * DAY_MS)  /* how far ahead a job may be due */
#define JOB_TIMEOUT_MAX_MS (30 * DAY_MS) /* of one attempt */
#define RETRY_DELAY_MAX_MS (7 * DAY_MS)  /* until the next attempt */

/* ---- schedules: ours */
enum {
	SCHEDULES_MAX = 10 * 1000,
	SCHEDULE_NAME_MAX = 64,
	SCHEDULE_LATE_MS = 60 * 1000, /* later than this, a due time was missed */
	SCHEDULE_FIRES_MAX = 200,     /* firings in one turn of the engine */
	SCHEDULE_PREVIEW_MAX = 100,   /* due times in one answer */
	CATCH_UP_MAX = 100,           /* missed due times that are fired in a row */
	CRON_TEXT_MAX = 255,          /* bytes of an expression           */
	CRON_LIST_MAX = 60,           /* values of one field, with commas */
	CRON_DAYS_AHEAD = 2923,       /* for the next time: 8 years, so that 29 February comes */
	HOLIDAYS_MAX = 4000,          /* days of a calendar               */
	ZONE_NAME_MAX = 64,           /* America/Argentina/Buenos_Aires   */
	ZONE_BYTES_MAX = 65536,       /* of a TZif file                   */
	ZONE_CHANGES_MAX = 2000,      /* of the clocks, before the rule   */
	ZONE_ABBREVIATION_MAX = 15,
};

#define HISTORY_MINUTES_MS (2 * DAY_MS) /* rows of minutes are kept: ours */
#define HISTORY_HOURS_MS (90 * DAY_MS)  /* those of hours */

/* ---- calendars and lengths of time: ours */
enum {
	CALENDARS_MAX = 1000,
	CALENDAR_SPANS_MAX = 8,      /* opening hours of one day: morning, afternoon, ...  */
	CALENDAR_VERSIONS_MAX = 100, /* of one calendar; older ones are forgotten          */
	CALENDAR_DAYS_AHEAD = 7320,  /* 20 years: what is reckoned may be so far away ...  */
	CALENDAR_YEAR_MAX = 2099,    /* ... and in this year at the latest (base/japan.h) */
	DURATION_TEXT_MAX = 32,      /* bytes of P1Y2M10DT2H30M                            */
	DURATION_DAYS_MAX = 3660,    /* ten years                                          */
};

/* ---- topics: those of Amazon SNS unless said */
enum {
	TOPICS_MAX = 100 * 1000, /* ours */
	TOPIC_NAME_MAX = 256,
	TOPIC_SUBSCRIPTIONS_MAX = 10 * 1000, /* ours, of one topic */
	TOPIC_MESSAGE_MAX = 262144,
	TOPIC_SUBJECT_MAX = 100,
	FILTER_KEYS_MAX = 5,
	FILTER_COMBINATIONS_MAX = 150,
	FILTER_POLICY_MAX = 150 * 1024,
	FILTER_VALUES_MAX = 1000,      /* ours, of one policy, those of anything-but included */
	FILTER_WILDCARD_MAX = 1024,    /* ours */
	FILTER_STEPS_MAX = 100 * 1000, /* ours: comparisons for one message; beyond: no match */
	TOPIC_TAGS_MAX = 50,
	TOPIC_DISPLAY_MAX = 100,
	TOPIC_ATTRIBUTE_MAX = 64 * 1024, /* ours: policies and the like */
	TOPIC_LIST_PAGE = 100,
	TOPIC_ENDPOINT_MAX = 2048, /* ours: a URL or an ARN */
	TOPIC_RETRIES_MAX = 100,   /* of one HTTP delivery */
	TOPIC_RETRY_DELAY_MAX_S = 3600,
};

/* ---- calls to the outside: ours */
enum {
	OUTBOX_OWNER_MAX = 10 * 1000, /* waiting for one subscription; beyond: failed */
	OUTBOX_TAKE_MAX = 32,         /* rows handed out at once */
	OUTBOX_FULL_MAX = 8,          /* owners that egress may ask to leave out */
	OUTBOX_LEASE_MS = 60 * 1000,  /* a call that nobody reported on is made again */
	EGRESS_CALLS_MAX = 128,       /* at the same time */
	EGRESS_OWNER_CALLS_MAX = 8,   /* of one owner */
	EGRESS_CONNECT_MS = 5 * 1000,
	EGRESS_CALL_MS = 10 * 1000,
	EGRESS_ANSWER_MAX = 64 * 1024, /* bytes of an answer: more is a failure */
	EGRESS_ADDRESSES_MAX = 32,     /* of one host name: more is a failure */
};
#define TOPIC_TOKEN_MS (2 * DAY_MS)

/* ---- relay: the rows of an application's outbox table; ours */
enum {
	RELAY_ROWS = 100,                 /* read at a time */
	RELAY_BYTES = 8 * 1024 * 1024,    /* of bodies read at a time, but at least one row */
	RELAY_HELD_MAX = 1000,            /* keys, rows, destinations held back after a refusal */
	RELAY_ID_MAX = 100,               /* characters of a row's id */
	RELAY_CONNECT_MS = 10 * 1000,     /* to reach the database */
	RELAY_DB_MS = 30 * 1000,          /* for an answer of the database */
	RELAY_TRUST_MS = 10 * 1000,       /* since its last answer: the lock is taken for ours */
	RELAY_BACKOFF_MAX_MS = 30 * 1000, /* between two tries */
	RELAY_TRIES_MAX = 1000,           /* of --max-tries */
	RELAY_POLL_MAX_MS = 3600 * 1000,  /* of --poll-ms */
};

/* ---- traces for a collector (OTLP): ours */
enum {
	OTLP_LOOK_MAX = 512,           /* changes of jobs in one request: at most twice as many spans */
	OTLP_EVERY_MS = 1000,          /* a request that is not full is made so often  */
	OTLP_CALL_MS = 10 * 1000,      /* one request                                 */
	OTLP_AGAIN_MIN_MS = 1000,      /* behind one that failed; it doubles          */
	OTLP_AGAIN_MAX_MS = 30 * 1000, /* and of Retry-After                          */
	OTLP_TRIES_MAX = 8,            /* of one request: then its spans are dropped   */
	OTLP_ANSWER_MAX = 64 * 1024,   /* bytes of an answer that are read             */
	OTLP_HEADERS_MAX = 16,
	OTLP_HEADER_FILE_MAX = 64 * 1024,
	OTLP_TEXT_MAX = 1024,  /* bytes of an error's message in a span        */
	OTLP_PARENTS_MAX = 16, /* jobs above one that are asked whether the trace is sampled */
};

/* ---- live events: ours */
enum {
	EVENTS_KEPT = 64 * 1024,         /* changes of jobs that can be told again    */
	WATCHERS_MAX = 12 * 1024,        /* streams and waits; connections are left for work */
	SNAPSHOT_MAX = 1000,             /* jobs in the snapshot of a watcher         */
	EVENTS_RESUME_MAX = 1000,        /* missed events that are sent; beyond: a snapshot */
	EVENTS_PAGE_MAX = 1000,          /* events in one JSON answer                 */
	EVENTS_WAIT_MAX_S = 60,          /* for which a JSON answer waits for one     */
	EVENTS_HEARTBEAT_MS = 15 * 1000, /* a stream is never silent for longer       */
	EVENTS_RETRY_MS = 2 * 1000,      /* until a client comes again; up to twice that */
	WATCH_LOG_MAX = 100,    /* records of an approval's log told at once; beyond: a snapshot */
	WATCH_HOLDERS_MAX = 32, /* whose slots a watched inbox follows at once; all: at a heartbeat */
	WATCH_TOUCHED_MAX = 64, /* approvals of an inbox looked at at once; the same */
	SSE_EVENT_MAX = 4 * 1024 * 1024, /* one event that our own client reads       */
};

/* ---- push queues: ours */
enum {
	PUSH_CALLS_MAX = 128,      /* at the same time, of all queues */
	PUSH_CONCURRENCY_MAX = 64, /* of one queue */
	PUSH_CONCURRENCY = 10,     /* unless said */
	PUSH_URL_MAX = 2048,
	PUSH_TIMEOUT_MS = 30 * 1000, /* of a call, unless said */
	PUSH_TIMEOUT_MIN_MS = 1000,
	PUSH_TIMEOUT_MAX_MS = 15 * 60 * 1000,
	PUSH_MARGIN_MS = 15 * 1000,   /* a message is hidden for so much longer than that */
	PUSH_SECRETS_MAX = 2,         /* valid at once */
	PUSH_FAILURES = 5,            /* in a row: calls are held back */
	PUSH_PAUSE_MIN_MS = 5 * 1000, /* the first time, then twice as long each time */
	PUSH_PAUSE_MAX_MS = 5 * 60 * 1000,
	PUSH_RETRY_MIN_MS = 1000, /* what an answer may ask for with Retry-After */
	PUSH_RETRY_AFTER_MAX_MS = 60 * 60 * 1000,
	PUSH_EXCERPT_MAX = 400,           /* bytes of an answer in the error that is kept */
	PUSH_TYPE_MAX = 128,              /* bytes of a content-type that a message names */
	CALLBACKS_MAX = 100 * 1000,       /* of jobs that ended, still to be made */
	CALLBACK_TRIES_MAX = 20,          /* of one */
	CALLBACK_RETRY_MIN_MS = 5 * 1000, /* between the first two, then twice as long each time */
	CALLBACK_RETRY_MAX_MS = 3600 * 1000,
};
/* ---- approvals: ours */
enum {
	APPROVAL_SLOTS_MAX = 1000,   /* asked in one round, with those added */
	APPROVAL_ADDED_MAX = 50,     /* approvers that are added to a round */
	APPROVAL_ROUNDS_MAX = 1000,  /* of one approval */
	APPROVAL_SUBJECT_MAX = 1024, /* bytes */
	APPROVAL_COMMENT_MAX = 16 * 1024,
	APPROVAL_DATA_MAX = 256 * 1024,   /* bytes of what is decided about */
	APPROVAL_ATTACHMENTS_MAX = 100,   /* named by one comment */
	APPROVAL_BULK_MAX = 100,          /* votes in one request */
	APPROVAL_POLICIES_MAX = 128,      /* remembered as they were read, and bytes of the text */
	APPROVAL_POLICY_BYTES = 8 * 1024, /* of one; a longer one is read each time */
	APPROVAL_REFUSALS_LOGGED = 1000,  /* refused votes of one approval that are in its log */
	APPROVAL_LEAVE_STEP = 200,        /* slots of somebody who left that go in one transaction */
	APPROVAL_MEMBERS_MAX = 1000,      /* of a group, where they are fixed at the opening */
	APPROVAL_REMIND_MS = 3600 * 1000, /* between two reminders by hand */
	APPROVAL_EXTENSIONS_MAX = 3,      /* of a deadline that says extend; then it is escalated */
	APPROVAL_REMINDERS_MAX = 200,     /* in a round, by one reminder of its policy */
	APPROVAL_TIMERS_STEP = 400,       /* deadlines and reminders in one turn of the engine */
	APPROVAL_TIMERS_SLOTS = 5000,     /* slots that they may touch; beyond: in the next turn */
	APPROVAL_RECKON_STEP = 200,       /* timers looked at in one turn when a calendar has changed */
	APPROVAL_DEADLINE_MIN_MS = 60 * 1000,
	APPROVAL_REMIND_GAP_MS = 3600 * 1000, /* between two reminders of one slot */
	APPROVAL_LIST_MAX = 200,              /* in one page */
	APPROVAL_SCAN_MAX = 2000,             /* looked at for one page */
	APPROVAL_PEOPLE_MAX = 300,            /* called by their names in one answer */
	APPROVAL_EVENTS_MAX = 200,            /* of the log, in one page */
	APPROVAL_FIGURES_DAYS = 28,           /* looked back unless something else is asked */
	APPROVAL_FIGURES_WEEKS = 54,          /* looked back at most, all but one */
	APPROVAL_FIGURES_MAX = 100 * 1000,    /* approvals and notifications looked at for figures */
	INBOX_HOLDERS_MAX = 256,              /* a person, groups, and those in whose place they act */
	INBOX_SCAN_MAX = 1000,                /* slots looked at for one page of an inbox */
};

/* ---- forms: ours */

enum {
	FORM_COMPONENTS_MAX = 200, /* components of one form, groups and lists among them */
	FORM_DEPTH_MAX = 4,        /* groups and lists within each other */
	FORM_OPTIONS_MAX = 500,    /* to choose from, in one field */
	FORM_ROWS_MAX = 200,       /* that somebody fills in, in one list */
	FORM_KEY_MAX = 64,         /* bytes of the key of a field */
	FORM_DIGITS_MAX = 10,      /* behind the point, where a field says how many */
	FORM_NUMBER_MAX = 64,      /* characters of a number that is kept as text */
};

/* ---- definitions: ours */
enum { DEFINITIONS_MAX = 10 * 1000 };    /* queues, topics, ... in one document */
#define DEFINITIONS_BYTES_MAX (16 * MIB) /* of what was set on them */

/* ---- audit: ours */
enum {
	AUDIT_TEXT_MAX = 4096,           /* bytes of one text of a record; longer ones are cut */
	AUDIT_DETAIL_MAX = 64 * 1024,    /* bytes of a detail; a longer one is digested (audit.h) */
	AUDIT_CLIENT_MAX = 256,          /* bytes of a User-Agent that are kept */
	AUDIT_CARRY_ROWS = 1000,         /* records of before put into the chain in one transaction */
	AUDIT_CHECKPOINT_RECORDS = 1000, /* after so many new ones the chain is signed, */
	AUDIT_CHECKPOINT_MS = 60 * 1000, /* or so long after the first of them */
	AUDIT_KEYS_MAX = 64,             /* that ever signed, told of; beyond: the first ones */
	AUDIT_EXPORT_ROWS = 5000,        /* records in one answer */
	AUDIT_EXPORT_BYTES = 4 * 1024 * 1024, /* of lines in one answer, and one record more */
	AUDIT_CHANGE_ROWS = 10 * 1000,        /* records looked at by one redaction or retention */
};

#define AUDIT_KEEP_MIN_MS (30 * DAY_MS) /* a younger record cannot be removed */

/* ---- approval policies: ours */
enum {
	POLICY_BYTES_MAX = 64 * 1024,
	POLICY_DEPTH_MAX = 8,    /* nodes within each other */
	POLICY_SEATS_MAX = 1000, /* of one policy */
	POLICY_NODES_MAX = 1000, /* with needs of their own */
	POLICY_WEIGHT_MAX = 1000 * 1000,
	POLICY_REMINDERS_MAX = 10,
	POLICY_PROTECTED_MAX = 100, /* names of members of the data */
	POLICY_FAULTS_MAX = 20,     /* told of one policy */
	POLICY_NAME_MAX = 128,
	POLICIES_MAX = 10 * 1000,
	POLICY_VERSIONS_MAX = 1000, /* of one policy */
	POLICY_NOTE_MAX = 1000,     /* bytes of why it was changed */
	POLICY_TEMPLATES_MAX = 1000,
	POLICY_PARAMETERS_MAX = 32,   /* of a template */
	POLICY_SIMILAR_MAX = 1000,    /* in one report */
	JUDGE_STEPS_MAX = 100 * 1000, /* of trying how people in several seats can all agree */
};

/* ---- people: ours */
enum {
	PEOPLE_MAX = 200 * 1000,
	PERSON_ID_MAX = 64, /* bytes of a person's, group's or post's id */
	PERSON_NAME_MAX = 256,
	PERSON_EMAIL_MAX = 254,
	PERSON_ATTRIBUTES_MAX = 32,
	PERSON_ATTRIBUTE_NAME_MAX = 64,
	PERSON_ATTRIBUTE_VALUE_MAX = 256,
	APPOINTMENTS_MAX = 16, /* of one person, of any time */
	DEPARTMENTS_MAX = 20 * 1000,
	DEPARTMENT_DEPTH_MAX = 32, /* from the top to the lowest */
	DIRECTORY_CODE_MAX = 64,   /* bytes of a department's, post's or group's name */
	POSTS_MAX = 1000,
	POST_RANK_MAX = 1000,
	POST_HOLDERS_MAX = 100, /* of one post in one department that are asked */
	PEOPLE_GROUPS_MAX = 10 * 1000,
	PEOPLE_GROUP_MEMBERS_MAX = 10 * 1000, /* rows of one group, of any time */
	PERSON_GROUPS_MAX = 100,              /* of one person, of any time */
	PEOPLE_LIST_MAX = 200,                /* in one page */
	PEOPLE_Q_MAX = 128,                   /* bytes of a text to look for */
	PEOPLE_IMPORT_MAX = 10 * 1000,        /* people in one file */
	PEOPLE_IMPORT_WRONG_MAX = 100,        /* mistakes told of one file */
	PEOPLE_IMPORT_TOLD_MAX = 1000,        /* changes told one by one */
	CSV_COLUMNS_MAX = 64,
	CSV_CELL_MAX = 8 * 1024,
	PEOPLE_LEAVE_MAX = 500,      /* by date, told in one transaction */
	DELEGATIONS_MAX = 32,        /* of one principal, that hold now or later */
	DELEGATION_CHAIN_MAX = 5,    /* from the principal to who acts */
	DELEGATION_PEOPLE_MAX = 100, /* looked at to find out who may act */
	DELEGATION_RANK_MAX = 9,
	DELEGATION_PATTERN_MAX = 128,
	DELEGATION_PATH_MAX = 128, /* bytes of where an amount is */
	DELEGATION_AMOUNT_MAX = 40,
	DELEGATION_REASON_MAX = 1024,
	DELEGATION_TELL_MAX = 50, /* ends that are told in one transaction */
	ABSENCES_MAX = 100,       /* of one person, now or later */
};
#define DELEGATION_SOON_MS DAY_MS            /* before its end it is told that it ends */
#define DELEGATION_TELL_LATE_MS (7 * DAY_MS) /* an end that long ago is told no more */

/* ---- notifications */
enum {
	CHANNELS_MAX = 32,
	CHANNEL_NAME_MAX = 64,
	CHANNEL_SETTING_MAX = 8192, /* bytes of one setting of a channel */
	NOTIFY_STEPS_MAX = 8,       /* channels and addresses of one person */
	NOTIFY_ADDRESS_MAX = 1024,  /* bytes; a subscription to web push is one */
	NOTIFY_TRIES_MAX = 4,       /* of one channel and address, before the next is taken */
	NOTIFY_RATE_MAX = 30,       /* an hour to one person, one by one */
	NOTIFY_DIGEST_SHOWN = 50,   /* of what a digest tells of */
	NOTIFY_DIGEST_TIMES_MAX = 8,
	NOTIFY_FACT_MAX = 1024, /* bytes of a text that is told: the rest is cut off */
	NOTIFY_ABOUT_MAX = 128,
	NOTIFICATIONS_KEPT_MAX = 1000,   /* of one person */
	NOTIFY_TEMPLATE_MAX = 16 * 1024, /* bytes of one text of a template */
	NOTIFY_TEMPLATE_VERSIONS_MAX = 1000,
	NOTIFY_LIST_MAX = 200,       /* in one page */
	NOTIFY_ATTEMPTS_SHOWN = 100, /* of one notification, the latest */
	NOTIFY_TAKE_MAX = 16,        /* at once */
	NOTIFY_CALLS_MAX = 64,       /* under way */
	NOTIFY_COUNTS = 1024,        /* people of whom it is remembered how many they have */
};
#define NOTIFY_DIGEST_AT_MS (9 * HOUR_MS) /* time of day, for who has said none */
#define NOTIFY_RETRY_MIN_MS (5 * SECOND_MS)
#define NOTIFY_RETRY_MAX_MS (10 * MINUTE_MS)
#define NOTIFY_LEASE_MS (60 * SECOND_MS)
#define NOTIFY_LINK_MS (14 * DAY_MS) /* a link by which somebody may decide */

/* ---- access */
enum {
	KEYS_MAX = 10 * 1000,
	KEY_NAME_MAX = 128,
	KEY_RULES_MAX = 32,
	ROLES_MAX = 200, /* beside those that are built in */
	ROLE_NAME_MAX = 64,
	ROLE_NOTE_MAX = 1024,
	ROLE_RULES_MAX = 64,
	ROLE_GRANTS_MAX = 20 * 1000, /* roles given to people and groups */
	ACCOUNT_ID_MAX = 64,         /* bytes of a person's id */
	ACCOUNTS_MAX = 200 * 1000,
	PASSWORD_MIN = 12,  /* characters */
	PASSWORD_MAX = 256, /* bytes */
	HASHERS = 2,        /* passwords that are hashed at once; each takes 64 MiB */
	HASH_QUEUE_MAX = 64,
	PERSON_SESSIONS_MAX = 20,
	LOGIN_FREE = 5,           /* failures of an account before the first delay */
	LOGIN_ADDRESS_FREE = 30,  /* of an address */
	TRUSTED_PROXIES_MAX = 32, /* addresses and networks of --trusted-proxy */
	THROTTLE_NAMES_MAX = 20 * 1000,
};
#define SESSION_IDLE_MS (30 * MINUTE_MS)
#define SESSION_LIFE_MS (12 * HOUR_MS)
#define SESSION_NOTE_MS MINUTE_MS          /* times of use are kept to this */
#define LOGIN_DELAY_MS SECOND_MS           /* the first; each further one is twice as long */
#define LOGIN_DELAY_MAX_MS (5 * MINUTE_MS) /* of an account */
#define LOGIN_ADDRESS_DELAY_MAX_MS (15 * MINUTE_MS)
#define LINK_LIFE_MS HOUR_MS /* of a login link, unless said */
#define LINK_LIFE_MAX_MS (7 * DAY_MS)
#define LINK_FRESH_MS (15 * MINUTE_MS) /* a session by link sets a password without the old one */
enum { BACKUP_NAME_MAX = 200 };        /* bytes */
/* since a login, a session may do what would be worst in strange hands */
#define SESSION_FRESH_MS (15 * MINUTE_MS)
#define SIGNATURE_SKEW_MS (15 * MINUTE_MS)

/* ---- store */
enum {
	STORE_PARAMS_MAX = 32,             /* of one statement */
	STORE_COLUMNS_MAX = 32,            /* of one row       */
	STORE_TABLES_MAX = 128,            /* of one schema    */
	STORE_NAME_MAX = 63,               /* of a table, of a column: PostgreSQL's own bound */
	STORE_CACHE_KIB = 24 * 1024,       /* pages that the writer keeps */
	STORE_READER_CACHE_KIB = 2 * 1024, /* pages that each reader keeps */
};
#define DISK_FREE_MIN (64 * MIB) /* less: sends are refused, deletes go on */
/* ---- a store on PostgreSQL */
enum {
	POSTGRES_LEASE_S = 4,                 /* without a sign of life another server may take over */
	POSTGRES_BEAT_MS = 1000,              /* between two signs of life */
	POSTGRES_IDLE_S = 3,                  /* a transaction in which nothing happens */
	POSTGRES_LOCK_S = 3,                  /* for a lock that somebody else has */
	POSTGRES_STATEMENT_S = 30,            /* one statement of the engine */
	POSTGRES_READ_S = 5,                  /* one statement of a reader */
	POSTGRES_RETURN_MS = 30 * 1000,       /* until a lost server must be back: the engine */
	POSTGRES_READER_RETURN_MS = 2 * 1000, /* and a reader */
	STANDBY_LOOK_MS = 200,                /* between two tries of a standby to take over */
	POSTGRES_GATHER_ROWS = 1000,          /* sent by one statement */
	POSTGRES_GATHER_STATEMENTS = 16,      /* those that gather; see tools/statements.mjs */
};
#define POSTGRES_GATHER_BYTES (1 * MIB) /* of rows that are kept to be sent together */

/* ---- several nodes on one schema of PostgreSQL: ours */
enum {
	NODES_MAX = 32,
	NODE_NAME_MAX = 64,
	NODE_ADDRESS_MAX = 255,
	NODE_BEAT_MS = 1000,             /* between two signs of life */
	NODE_LATE_MS = 5 * 1000,         /* without one a node is no longer shown as live */
	NODE_GONE_MS = 60 * 1000,        /* and then its row goes */
	NODE_NAME_WAIT_MS = 1000,        /* at the start, for the session of who had the name to end */
	NODE_LINE_MAX = 256,             /* of what nodes say to each other before bytes pass */
	NODE_GUESTS_MAX = 1024,          /* connections at --node-listen that have not said it yet */
	NODE_GUEST_TIME_MS = 5 * 1000,   /* to say it */
	NODE_FORWARDS_MAX = 8192,        /* connections that a standby passes on */
	NODE_FORWARD_PIECE = 16 * 1024,  /* read at once; in each direction one waits at the most */
	NODE_FORWARD_WAIT_MS = 8 * 1000, /* for an owner; then 503 */
	NODE_FORWARD_END_MS = 30 * 1000, /* once one side has ended */
	NODE_SKEW_MAX_MS = 5 * 1000,     /* between the clocks of a node and of the database */
};

enum { DISK_LOOK_MS = 50 }; /* between two looks at it; a disk writes far less meanwhile */

static_assert(BATCH_COMMANDS_MAX <= INBOX_FILL_MAX, "a batch fits in the inbox");

/* ---- signing in by identity providers (OpenID Connect): ours */
enum {
	OIDC_PROVIDERS_MAX = 16,
	OIDC_NAME_MAX = 32,          /* of a provider: a-z, 0-9 and - */
	OIDC_TEXT_MAX = 1024,        /* other texts of its settings */
	OIDC_FILE_MAX = 64 * 1024,   /* --oidc-file */
	OIDC_ANSWER_MAX = 64 * 1024, /* bytes of a provider's answer */
	OIDC_TOKEN_MAX = 32 * 1024,  /* of an ID token */
	OIDC_SUBJECT_MAX = 255,      /* of its subject, as the standard says */
	OIDC_NEXT_MAX = 1024,        /* of where to go behind it */
	OIDC_USED_MAX = 4096,        /* sign-ins that came back, of which is known that they did */
	FETCHES_MAX = 32,            /* requests to providers at the same time */
	FETCH_CALL_MS = 10 * 1000,
};
#define OIDC_PENDING_MS (10 * MINUTE_MS) /* between going to the provider and coming back */
#define OIDC_KEPT_MS HOUR_MS             /* a discovery document, a set of keys */
#define OIDC_AGAIN_MS (2 * SECOND_MS)    /* behind a failure: nobody asks meanwhile */
#define OIDC_SKEW_MS MINUTE_MS           /* that clocks may differ */

#endif
