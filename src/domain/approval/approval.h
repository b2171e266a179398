/* approval.h - the approval step: who is asked, what they said, what came of it.
 *
 *     open --> PENDING --votes, judged by its policy--> APPROVED | REJECTED
 *                | ^ \--deadline--> ESCALATED (the same, with one more person asked)
 *                | |  \-nobody is left who could decide--> INCIDENT --retry--> PENDING
 *          return| |resubmit: a new round
 *                v |
 *              RETURNED                     from all of these: withdraw -> WITHDRAWN
 *                                                              cancel   -> CANCELED
 *
 * A1  A round ends exactly once, in approval_close: state, slots, waiting clients, on_decided and
 *     audit record change in the transaction of the vote (or of whatever ended it).
 * A2  Slots are WAITING in PENDING, ESCALATED and INCIDENT approvals only; open_slots counts them.
 * A3  What is closed (closed_at) does not move: APPROVED, REJECTED, WITHDRAWN, CANCELED.
 * A4  The state is what judge() says of the policy the round opened with and of its slots, and
 *     nothing else decides but the people named at the other arrows. It keeps that policy's
 *     SHA-256 and the version of the judging function, whatever becomes of the policy.
 * A5  A decided slot names the natural person (by) and, for a delegate, in whose place (for).
 *     It is taken back by retract only, or with its round.
 * A6  A request id (or Idempotency-Key) is answered for ever as it was the first time.
 * A7  Each change is one audit record of the resource "approval:UUID" whose detail is enough to
 *     rebuild state, round, slots and data version: see "The log" below. What people wrote
 *     (comments, reasons) is the record's `reason`, which can be redacted.
 *
 * A vote that is turned away changes nothing but the log: it is carried out as a command that
 * says no (`refused` in the struct), and the front door answers with that. At most
 * APPROVAL_REFUSALS_LOGGED of one approval are in the log.
 *
 * ---- The log. Details are JSON objects; all have `state`, `round` and `data_version` as they
 * are after it. A `slot` object is {slot, user | group | vacant, post, state, decision, by, for,
 * decided_at, data_version, reason, weight, veto, required, added}, of which what is absent (or
 * the default: weight 1) is left out. from and to of the record: states. Action, and what else:
 *
 *     approval.opened       subject, applicant, entered_by, priority, policy {name, version,
 *                           sha256, judge}, data_sha256, due_at, slots [slot], corrects, previous
 *     approval.voted        slot (object, as it is now), request_id
 *     approval.retracted    slot (object, WAITING again), was (object, as it was), by
 *     approval.closed       by, closed [numbers of the slots that became CLOSED]
 *     approval.incident     incident (nobody is left who could decide; slots stay)
 *     approval.resumed      slots [slot]   (retry of an incident; all of them)
 *     approval.resubmitted  by, data_sha256, slots [slot], policy   (a new round)
 *     approval.edited       by, data_sha256, slots [slot] (if the votes were reset: a new round)
 *     approval.slot         slot (object, as it is now), reason     (left, replaced, viewed later)
 *     approval.asked        slots [slot]   (added: approvers, escalation; also the slots beyond the
 *                           first 100 of an opening or a new round, right behind its record)
 *     approval.commented    by, attachments [{name, sha256, size}]
 *     approval.reminded     by, slots [numbers]
 *     approval.viewed       slot (number), do, by   (a late vote, where the policy takes it so)
 *     approval.extended     due_at         (the deadline was moved on)
 *     approval.recomputed   due_at, was_due_at, calendar, version   (its calendar has changed)
 *     approval.refused      code, do, by, for, late (true when it came behind the close)
 */
#ifndef RINGI_DOMAIN_APPROVAL_APPROVAL_H
#define RINGI_DOMAIN_APPROVAL_APPROVAL_H

#include "domain/cmd.h"
#include "domain/ledger/ledger.h"
#include "domain/notify/notify.h"

struct json;
struct policy;
struct arena;

enum approval_state {
	APPROVAL_PENDING,
	APPROVAL_ESCALATED,
	APPROVAL_INCIDENT,
	APPROVAL_RETURNED,
	APPROVAL_APPROVED,
	APPROVAL_REJECTED,
	APPROVAL_WITHDRAWN,
	APPROVAL_CANCELED,
	APPROVAL_STATES,
};
struct str approval_state_name(enum approval_state); /* "PENDING" */
bool approval_state_read(struct str, enum approval_state *);
bool approval_state_final(enum approval_state); /* A3 */

enum slot_state {
	SLOT_WAITING,  /* asked */
	SLOT_DECIDED,  /* has said something */
	SLOT_LEFT_OUT, /* was not asked: `reason` */
	SLOT_GONE,     /* is not asked any more: `reason` */
	SLOT_CLOSED,   /* the round ended without them */
	SLOT_STATES,
};
struct str slot_state_name(enum slot_state);

enum decision {
	DECISION_NONE,
	DECISION_APPROVE,
	DECISION_REJECT,
	DECISION_ABSTAIN,
	DECISION_RETURN,
	DECISION_RETRACT, /* only asked for, never kept */
	DECISIONS,
};
struct str decision_name(enum decision); /* "approve" */
bool decision_read(struct str, enum decision *);

/* One who is asked. Texts: in the arena it was read into. Times: wall; 0: none. */
struct approval_slot {
	int64_t slot;      /* 1.. */
	struct str holder; /* "user:NAME", "group:NAME" */
	struct str post;   /* absent: none */
	enum slot_state state;
	enum decision decision;
	struct str by, behalf; /* who decided; in whose place (absent: in their own) */
	struct str names;      /* JSON: what these were called on that day; absent: nobody knew */
	int64_t decided_at, data_version;
	struct str comment, reason;
	int64_t weight;
	int seat;      /* of the policy's leaves; -1 - n: added later, to its node n (0: the root) */
	int64_t order; /* of the votes of the round, from 1; 0: none */
	bool veto, required;
	struct str members; /* JSON: who may fill it; absent: who is in the group then */
};
/* The name in the holder: "b" of "user:b". */
struct str slot_name(const struct approval_slot *);
bool slot_is_group(const struct approval_slot *);
const char *slot_kind(const struct approval_slot *); /* "user", "group", "vacant" */

struct approval {
	int64_t id;
	struct uuid uuid;
	enum approval_state state;
	int64_t round, data_version;
	struct str policy; /* name; absent: none */
	int64_t policy_version;
	uint8_t policy_sha256[32];
	int64_t judge_version;
	struct str subject, applicant, entered_by, opened_by;
	int64_t priority, amount; /* amount: thousandths; -1: none */
	struct str labels, on_decided;
	int64_t opened_at, asked_at, due_at, changed_at, closed_at;
	int64_t slots, open_slots, refused;
	struct str incident;
	struct uuid corrects, previous;
	bool has_corrects, has_previous, last_step;
};

/* Thousandths as people read them: "1200", "12.500"; absent without an amount. */
struct str approval_amount_text(int64_t amount, char text[32]);

/* ---- commands */

/* POST /v1/approvals */
/* The form that an approval was opened by; it is kept as it was then (form/form.h). */
struct approval_form {
	struct str template; /* absent: there is none */
	int64_t version;     /* of the template */
	struct str form;     /* JSON */
};

struct approval_open {
	struct str policy_name;        /* absent: `policy` is given */
	int64_t policy_version;        /* 0: the newest */
	const struct json *policy;     /* NULL: by name, or of the template */
	struct str template;           /* absent: by one of the two above */
	const struct json *parameters; /* of the template; NULL: none */
	struct str subject, data;      /* data: JSON */
	struct str applicant;          /* absent: the caller */
	struct str entered_by;         /* absent: the caller */
	int priority;
	int64_t amount; /* thousandths; -1: none */
	const struct label *labels;
	int label_count;
	struct str labels_json; /* the same */
	struct str on_decided;  /* absent: nothing follows */
	struct uuid corrects, previous;
	bool has_corrects, has_previous;
	bool last_step;
	/* from check to write */
	struct opening *opening;
	struct approval_form form;
	/* out */
	struct approval_view *view;
};
extern const struct op op_approval_open;

/* A request that changes one approval. `request` is absent where none was given. */
struct approval_request {
	struct uuid id;
	struct str request; /* its id: request_id or Idempotency-Key */
	uint8_t hash[32];   /* of what is asked; only with `request` */
	/* out */
	bool same;              /* it was carried out before: `answer` is what it was answered */
	struct str answer;      /* JSON: {"id", "state", "round", ...} */
	struct refused refused; /* turned away, and in the log: for the front door to answer with */
};

/* POST .../votes */
struct approval_vote {
	struct approval_request of; /* first: op_approval_* take it */
	enum decision decision;
	struct str behalf; /* "for": a principal in whose place; absent: in their own */
	struct str comment;
	int64_t data_version; /* that was seen; 0: not told */
	int64_t slot_given;   /* of several of theirs; 0: not told */
	bool late;            /* out: it came behind the close */
	bool overdue;         /* from check to write: the deadline has come, and is to be applied */
	/* from check to write */
	struct approval_case *on;
	int64_t slot;
};
extern const struct op op_approval_vote;

/* A decision by a mail's link (notify.h, N6; B09). Nobody has signed in: the link says who it is,
 * and the caller of the second is made of what the first has found. */
enum link_state {
	LINK_UNKNOWN, /* there is none, nor a way in for its person */
	LINK_GOOD,    /* it may decide now */
	LINK_USED,
	LINK_EXPIRED,
	LINK_ROUND,     /* its round is over, another one runs or is to come */
	LINK_CLOSED,    /* nothing is to be decided any more */
	LINK_ASKED_NOT, /* the slot is decided, gone, or somebody else's */
};
struct approval_link {
	uint8_t hash[32]; /* SHA-256 of its text */
	/* out */
	enum link_state state;
	struct notify_link link;
	struct approval_view *view; /* GOOD: what is to be decided */
	struct str applicant;       /* by name */
	bool can_return;
	struct approval_vote vote; /* of op_approval_link_vote */
};
/* Looks, and uses nothing up: read lane. Refuses nobody: `state` says it. */
extern const struct op op_approval_link_look;
/* Votes in the slot, if the link is (still) good; that and its use are one transaction. */
extern const struct op op_approval_link_vote;

/* POST /v1/approvals:vote: one after the other, each with an outcome of its own. */
struct approval_votes {
	struct approval_vote *votes;
	int count; /* 1..APPROVAL_BULK_MAX */
	/* out, of each */
	struct approval_outcome {
		bool left_out; /* it needs a look of its own: a comment, or a veto */
		struct refused refused;
	} * outcomes;
};
extern const struct op op_approval_votes;

/* withdraw, cancel: `text` is the reason. comments: `text`, attachments. resubmit, edit: data. */
struct approval_change {
	struct approval_request of;
	struct str text;
	struct str attachments; /* JSON, as it is written down; absent: none */
	struct str data;        /* JSON; absent: as it was */
	int64_t amount;         /* of the data */
	struct str holder;      /* approvers: "user:x" */
	int64_t weight;
	bool veto, required;
	struct approval_case *on; /* from check to write */
	struct opening *opening;
};
extern const struct op op_approval_withdraw, op_approval_cancel, op_approval_resubmit,
	op_approval_edit, op_approval_comment, op_approval_approver, op_approval_remind,
	op_approval_retry, op_approval_over;

/* ---- looking */

/* What to call whom an answer names (people.c). Texts of the directory as it is. */
struct approval_person {
	struct str id, name, department; /* department: its name; absent: none */
};
struct approval_people {
	struct approval_person *all; /* APPROVAL_PEOPLE_MAX at most */
	int count;
};

struct approval_event {
	int64_t number, at;
	struct str action, principal, behalf, detail, reason; /* absent: none */
	struct str names; /* JSON, of a vote: what principal and behalf were called on that day */
};

/* One approval and all that is known of it, in the command's arena. */
struct approval_view {
	struct approval a;
	struct approval_slot *slots;
	int slot_count;
	struct str data;           /* JSON */
	struct str policy_text;    /* canonical JSON */
	struct str why, why_ja;    /* judge's sentence */
	struct str progress;       /* JSON: one object for each node of the policy, the root first */
	int64_t mine;              /* the slot that the caller may decide now; 0: none, or not asked */
	struct str mine_behalf;    /* in whose place; absent: in their own */
	struct approval_form form; /* where it was asked for */
	struct approval_event *events;
	int event_count;
	bool more_events;
	struct approval_people *people; /* NULL: not asked for */
};

struct approval_get {
	struct uuid id;
	int64_t wait_ms; /* wait: until the round has ended */
	bool log;
	bool mine;                  /* get: whether the caller is asked, too */
	bool form;                  /* get: the form that it was opened by, too */
	bool people;                /* get: what to call whom it names, too */
	int64_t version;            /* get: of its data; 0: the newest */
	int64_t after;              /* events: numbers above it */
	int max;                    /* events at most */
	bool over;                  /* from check to write of a wait: there is nothing to wait for */
	struct approval_view *view; /* out */
};
extern const struct op op_approval_get, op_approval_wait; /* get: read lane */

struct approval_list {
	unsigned states; /* 1 << enum approval_state; 0: any */
	struct str applicant, policy, q;
	const struct label *labels;
	int label_count;
	int64_t from, to; /* opened in [from, to), wall; 0: open */
	int64_t before;   /* cursor: rows below; 0: from the newest */
	int max;
	bool named;            /* with people */
	struct approval *list; /* out */
	int count;
	bool more;
	int64_t next;
	struct approval_people *people; /* NULL: not asked for */
};
extern const struct op op_approval_list; /* read lane */

enum inbox_order { INBOX_DUE, INBOX_AMOUNT, INBOX_AGE };
struct inbox_place {
	int64_t key, approval;
};
struct inbox_item {
	struct approval a;
	struct approval_slot slot;
	struct str behalf; /* absent: one's own */
};
struct approval_inbox {
	struct str behalf; /* only of this principal; absent: one's own and all others' */
	bool own;          /* only one's own */
	enum inbox_order order;
	bool has_after;
	struct inbox_place after;
	int max;
	bool named;               /* with people */
	struct inbox_item *items; /* out */
	int count;
	bool more;
	struct inbox_place next;
	struct approval_people *people; /* NULL: not asked for */
};
extern const struct op op_approval_inbox; /* read lane */

/* ---- watching (src/api/live): what is told next; read lane */

/* An approval. Refuses who may not see it (any more). */
struct approval_watch {
	struct uuid id;
	int64_t after; /* the newest record of its log that was told; 0: begin */
	/* out */
	int64_t newest; /* of its log now */
	bool whole;     /* all of it is told: slots, and no events */
	bool lost;      /* there is no such record of it: whole */
	/* Not whole: the slots that have changed, and what was done (without details). */
	struct approval_view *view;
};
extern const struct op op_approval_watch;

/* The inbox of the caller. */
struct inbox_watch {
	struct approval_inbox page; /* what is wanted; out: the items that are told */
	bool holders_only;          /* nothing but who asks is wanted */
	bool whole;                 /* the page is wanted; out: `items` are the page */
	const struct uuid *touched; /* not whole: the approvals that are looked at */
	int touched_count;
	struct uuid known; /* whole as well when `who` is another now */
	/* out */
	struct uuid *holders; /* news_key of who is asked where the caller may decide; they first */
	int holder_count;
	struct uuid who;   /* a hash of all of them */
	struct uuid *gone; /* approvals that are not in it (any more) */
	int gone_count;
};
extern const struct op op_inbox_watch;

/* ---- for domain.c */

struct approvals;
struct approvals *approvals_new(void);
void approvals_free(struct approvals *); /* accepts NULL; nobody waits any more */
struct domain;
struct batch;
/* Mono time of the next thing to do by itself; NEVER. At start, and after a rollback, it is
 * looked whether there is something. */
int64_t approvals_next(const struct domain *);
void approvals_look(struct domain *, int64_t at_mono);
/* A batch is committed, or failed: nothing that it was lent is in use. */
void approvals_batch_over(struct domain *);
/* Commands of the clock for what is due now. */
void approvals_due(struct domain *, struct now, struct list *commands);
extern const struct op op_approval_leave, op_approval_timers, op_approval_reckon;
/* Deadlines that follow a calendar are looked at from then on, a step in each turn. What is still
 * to do is in the rows: a restart begins the look anew. */
void approvals_calendar_changed(struct domain *, int64_t at_mono);
/* After the writes of a batch: people of batch.people_left are asked no more (A20). */
enum err approvals_people_left(struct batch *) MUST_USE;

#endif
