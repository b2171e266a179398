/* queue.h - what can be asked of queues: the commands and what they take and give.
 *
 * Each operation is a record `op_queue_...` (domain/cmd.h). Its parameters are the
 * struct of the same name in c->in, filled by whoever makes the command (api/,
 * tests); its results lie in the same struct, marked "out". Texts lie in the
 * command's arena. Names are queue names; turning URLs and ARNs into names is the
 * front door's work. */
#ifndef RINGI_DOMAIN_QUEUE_QUEUE_H
#define RINGI_DOMAIN_QUEUE_QUEUE_H

#include "domain/cmd.h"

enum { PRIORITY_DEFAULT = 4 }; /* of messages for which none is given */
/* The message attribute (Number) by which clients of SQS and SNS give one. */
#define PRIORITY_ATTRIBUTE "ringi.priority"

/* For /v1 and /metrics: a queue that pushes (queue/push.h). */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
const char *breaker_state_name(enum breaker_state);
struct push_figures {
	bool on;
	enum breaker_state state;
	int64_t failures, open_until; /* wall; 0: not open */
};

/* A name and its text: attributes, tags. */
struct pair {
	struct str name, value;
};

/* CreateQueue. Attributes are named as in the API (queue/attribute.c), ringi's own
 * ones included. The same attributes again: the same queue. */
struct queue_create {
	struct str name;
	const struct pair *attributes;
	int attribute_count;
	const struct pair *tags;
	int tag_count;
	struct str push_secret; /* sealed (push_settings.c); absent: as it is, empty: none any more */
	bool update;  /* PUT /v1/queues: one that exists gets these attributes instead of a refusal */
	bool existed; /* out */
};
extern const struct op op_queue_create;

/* DeleteQueue, PurgeQueue, GetQueueUrl (only tells that it exists). */
struct queue_named {
	struct str name;
	struct str reason; /* why, for the audit record; absent: not told */
};
extern const struct op op_queue_delete, op_queue_purge, op_queue_find;

struct queue_list {
	struct str prefix;
	struct str after; /* names above it; absent: from the start */
	int max;
	struct str *names; /* out, sorted */
	int count;
	bool more;
};
extern const struct op op_queue_list;

/* SetQueueAttributes: all or none. An empty value removes where the API says so. */
struct queue_set {
	struct str name;
	const struct pair *attributes;
	int count;
	struct str reason; /* why, for the audit record; absent: not told */
};
extern const struct op op_queue_set;

/* GetQueueAttributes. With `all`, every attribute that has a value; ringi's own
 * ones (their names begin with a small letter) only with `own`. */
struct blocked_group {
	struct str name;
	uint64_t position; /* of the message that blocks it */
};
struct queue_get {
	struct str name;
	const struct str *names;
	int count;
	bool all, own;
	struct pair *attributes; /* out */
	int attribute_count;
	/* out, for /v1 and the command line */
	int64_t visible, in_flight, delayed, oldest_sent_at, waiting;
	int64_t schema_version; /* 0: none */
	int64_t blocked_groups, held_groups;
	struct blocked_group
		*blocked; /* with `own`: the first BLOCKED_SHOWN_MAX of them, in no order */
	int blocked_count;
	const int64_t *lanes;  /* of `visible`, by priority; NULL: it has no lanes */
	const struct slo *slo; /* NULL: it has no target (domain/queue/scaling.h) */
	struct push_figures push;
};
extern const struct op op_queue_get;

struct queue_tags {
	struct str name;
	const struct pair *tags; /* set (values) or removed (names) */
	int count;
	struct pair *all; /* out of op_queue_tags_list */
	int all_count;
};
extern const struct op op_queue_tag, op_queue_untag, op_queue_tags_list;

struct queue_permission {
	struct str name, label;
	const struct str *accounts;
	int account_count;
	const struct str *actions;
	int action_count;
};
extern const struct op op_queue_permit, op_queue_unpermit;

/* ListDeadLetterSourceQueues. */
struct queue_sources {
	struct str name, after;
	int max;
	struct str *names; /* out */
	int count;
	bool more;
};
extern const struct op op_queue_sources;

struct job_row;
struct job_extra;

/* One message to send. The front door has checked what needs no queue to check:
 * characters, attribute syntax, sizes beyond every queue's limit. */
struct send_entry {
	struct str id; /* of the batch entry, for the answer  */
	struct str body;
	struct str body_md5;   /* 16 bytes                            */
	struct str attributes; /* JSON as stored; absent: none        */
	struct str trace_header;
	struct str group, dedup;       /* absent: not given                   */
	int64_t delay_s;               /* -1: the queue's                     */
	int priority;                  /* 0..MESSAGE_PRIORITY_MAX; -1: not given */
	int64_t execute_at;            /* standard queues: not before (wall); 0: as delay_s says */
	const struct job_extra *extra; /* what its job has beyond the message; NULL: nothing */
	struct str requested_by;       /* of its job; absent: the sender */
	const struct uuid *own_id;     /* its id was told before; NULL: it gets one */
	bool job_later;                /* written with its neighbours (send_many.c) */
	size_t size;                   /* body and attributes, as SQS counts  */
	struct str content_sha; /* 64 hex digits of the body's SHA-256; absent unless FIFO name */
	/* out */
	struct refused refused;
	bool decided; /* `refused` is the queue's word, not the front door's */
	struct uuid message_id;
	uint64_t position; /* sequence number on FIFO queues */
	bool duplicate;    /* position and id are the original's */
};

struct queue_send {
	struct str queue;
	struct send_entry *entries;
	int count;
	bool batch;          /* entries are refused one by one; else the command is */
	bool batch_too_long; /* filled by check */
};
extern const struct op op_queue_send;

/* What a receipt handle names: one receive of one message (queue/receipt.c). */
struct receipt {
	uint32_t queue;
	uint64_t position;
	uint32_t receive;
};

struct received {
	struct uuid message_id;
	struct receipt receipt;
	struct str body, body_md5, attributes, trace_header, sender, group, dedup, dead_from, error;
	int64_t sent_at, first_received_at, receive_count, visible_at;
	int64_t timeout_ms; /* of one attempt; 0: none */
	uint64_t position;
	int priority;              /* of a peek; -1: none was given */
	bool grouped;              /* the end of its job concerns others */
	bool backs_off;            /* out of a peek: nobody holds it, it waits for its next attempt */
	const struct job_row *job; /* out of a claim, as it is then */
};

struct queue_receive {
	struct str queue;
	int max;
	int64_t visibility_s; /* -1: the queue's */
	int64_t wait_s;       /* -1: the queue's */
	struct str attempt;   /* ReceiveRequestAttemptId; absent without one */
	bool one_a_group;     /* FIFO: messages of a group are not handled at the same time */
	bool claim;           /* a worker's: max up to JOB_CLAIM_MAX, `job` of each message is read */
	int64_t lease_ms;     /* claim: hidden that long; 0: as visibility_s says */
	struct str worker;    /* name in the ledger; absent: the caller's */
	/* out */
	struct received *messages;
	int count;
	bool fifo;
};
extern const struct op op_queue_receive;

/* The client of a parked receive went away: c->in is its struct reply_to. */
extern const struct op op_queue_gone;

/* DeleteMessage, ChangeMessageVisibility and a worker's failure report. */
struct receipt_entry {
	struct str id;
	struct receipt receipt;
	struct refused refused; /* in: set by the front door for an unreadable handle; out */
	bool decided;           /* out: `refused` is the queue's word */
	int64_t visibility_s;   /* change, fail: hidden that long from now */
	struct str error;       /* fail: JSON {"code", "message"}          */
	bool dead;              /* fail: do not try again, to the DLQ now  */
};

struct queue_receipts {
	struct str queue;
	struct receipt_entry *entries;
	int count;
	bool batch;
};
extern const struct op op_queue_delete_messages, op_queue_change_visibility, op_queue_fail;

/* Message move tasks. */
struct move_start {
	struct str source, destination;         /* destination absent: each to where it came from */
	struct str source_arn, destination_arn; /* for sentences */
	struct str error, reason;               /* only messages of that error; why; absent: none */
	int64_t recover_max;                    /* move.h; 0 from outside */
	int64_t rate;                           /* 0: no limit */
	struct uuid task;                       /* out */
};
struct move_info {
	struct uuid task;
	struct str source, destination, state, failure, error, reason, requested_by;
	int64_t rate, moved, total, started_at;
	bool paused; /* its state is RUNNING */
};
struct move_list {
	struct str source, source_arn; /* source absent: all (/v1) */
	int max;
	struct move_info *tasks; /* out, newest first */
	int count;
};
struct move_cancel {
	struct uuid task;
	struct str source; /* the queue that the handle names; absent: not told */
	struct str reason; /* absent: not told */
	int64_t moved;     /* out */
};
struct move_pause {
	struct uuid task;
	bool paused; /* else it goes on */
	struct str reason;
};
/* What a move with that error would find (read lane); at most ERROR_ROWS_MAX messages are
 * looked at. */
struct move_count {
	struct str source, error; /* error absent: any */
	int64_t count, looked_at; /* out */
	bool more;
};
extern const struct op op_move_start, op_move_list, op_move_cancel, op_move_pause, op_move_count;

/* Reading without touching (read lane): messages from `from` (position) on. */
struct queue_peek {
	struct str queue;
	uint64_t from;
	int max;
	struct received *messages; /* out */
	int count;
};
extern const struct op op_queue_peek;

/* Messages of a dead-letter queue by the code that their workers reported (read lane):
 * the oldest ERROR_ROWS_MAX of them are looked at. */
struct error_group {
	struct str code, message; /* code "NO_REPORT": nobody said why; message: of the first */
	int64_t count, first_sent_at, last_sent_at;
	uint64_t samples[5]; /* positions */
	int sample_count;
};
struct queue_errors {
	struct str queue;
	struct error_group *groups; /* out, the most frequent first */
	int count;
	int64_t looked_at;
	bool more; /* there are more messages, or more codes */
};
extern const struct op op_queue_errors;

/* The versions of a queue's schema, the newest first (read lane). */
struct schema_version {
	int64_t version;
	struct str schema, sha256; /* absent: from here on there was none */
	int64_t created_at;
};
struct queue_schemas {
	struct str queue;
	int64_t below;                   /* only versions below it */
	int max;                         /* up to SCHEMA_VERSIONS_MAX */
	struct schema_version *versions; /* out */
	int count;
	bool more;
};
extern const struct op op_queue_schemas;

/* An operator's hand on one message, by position: resend it (with another body:
 * `body` given) from a DLQ to its source or to `to`; or delete it. */
struct queue_operate {
	struct str queue;
	uint64_t position;
	struct str body, body_md5; /* absent: as it is */
	struct str to;             /* absent: where it came from */
	struct str reason;         /* why, for the audit record; absent: not told */
	bool remove;
};
extern const struct op op_queue_operate;

/* A group stopped by a poisoned message (on_poison=stop) goes on. */
enum resume_how { RESUME_RETRY, RESUME_DEAD_LETTER, RESUME_DELETE };
struct queue_resume {
	struct str queue, group;
	enum resume_how how;
	struct str reason; /* why, for the audit record; absent: not told */
};
extern const struct op op_queue_resume;

#endif
