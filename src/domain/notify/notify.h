/* notify.h - telling people: notifications, and what became of them.
 *
 *     notify_put --> WAITING --a channel took it---------------------------> SENT
 *          |          |  ^ '--no channel of the person's took it-----------> FAILED --retry--> ...
 *          |          |  '-- backoff; next channel; quiet hours end
 *          |          '-- what it was about is over before it could be sent -> OVER
 *          |--the person wants it together with others, or gets too many -> COLLECTED (digest)
 *          '--there is no channel for it, or the person wants none --------> KEPT
 *
 * N1  One event never rings twice: (person, kind, about, round, n) is unique.
 * N2  The row is the notification, and is what the bell shows, whatever becomes of the rest. One
 *     that is WAITING has a message on the queue ringi-notifications, put there in the same
 *     transaction; only that very message is acted upon.
 * N3  A failed attempt is followed by another one after a backoff, NOTIFY_TRIES_MAX in all; then,
 *     or at once when trying again would not help, comes the next of the person's channels and
 *     addresses. Behind the last the message goes to ringi-notifications-dead, the row is FAILED.
 * N4  Nothing leaves the server in somebody's quiet hours, nor more than NOTIFY_RATE_MAX an hour
 *     to one person: the rest is collected and told together.
 * N5  Who is told what is decided here, in which words by templates: callers give facts.
 * N6  A link that decides is in mails only (others read chats, too), where the server is told to
 *     write such ones; each attempt has its own. It holds NOTIFY_LINK_MS and decides once.
 *
 * The order of domain/: notify knows queues and audit, and is known by everybody who tells. */
#ifndef RINGI_DOMAIN_NOTIFY_NOTIFY_H
#define RINGI_DOMAIN_NOTIFY_NOTIFY_H

#include "domain/batch.h"
#include "domain/cmd.h"
#include "domain/queue/queue.h"

/* Kinds that are built in; each has texts in Japanese and English. */
#define NOTIFY_KINDS(X) \
	X(ASKED, "approval.asked")                /* somebody's decision is wanted */ \
	X(REMINDER, "approval.reminder")          /* still, and the deadline comes or has passed */ \
	X(ESCALATED, "approval.escalated")        /* it is asked now because others did not answer */ \
	X(DECIDED, "approval.decided")            /* how it ended: for who asked for it */ \
	X(RETURNED, "approval.returned")          /* sent back to who asked for it */ \
	X(WITHDRAWN, "approval.withdrawn")        /* nothing is wanted any more */ \
	X(CANCELED, "approval.canceled")          /* the same, by an administrator */ \
	X(INCIDENT, "approval.incident")          /* nobody is left who could decide */ \
	X(COMMENTED, "approval.commented")        /* somebody wrote something */ \
	X(DELEGATED, "approval.delegated")        /* it was decided in the person's place */ \
	X(DELEGATION_SET, "delegation.set")       /* somebody acts in a person's place from now on */ \
	X(DELEGATION_ENDING, "delegation.ending") /* soon */ \
	X(DELEGATION_ENDED, "delegation.ended") \
	X(ABSENCE_SET, "absence.set")     /* somebody is away: for who acts for them, and for them */ \
	X(ABSENCE_ENDED, "absence.ended") /* it was canceled */ \
	X(CHANNEL_TEST, "channel.test")   /* made by the button */ \
	X(DIGEST, "digest")               /* made here */
enum notify_kind {
#define X(name, text) NOTIFY_##name,
	NOTIFY_KINDS(X)
#undef X
		NOTIFY_KINDS_COUNT
};
const char *notify_kind_name(enum notify_kind);
bool notify_kind_read(struct str, enum notify_kind *);

/* What is told. Texts are lent; absent ones: there is nothing to say. */
struct notification {
	struct str person; /* who is told */
	enum notify_kind kind;
	const struct uuid *approval; /* that it is about; NULL: none */
	struct str about; /* of another thing its id, up to NOTIFY_ABOUT_MAX bytes; absent: none */
	int64_t round;    /* of the approval; 0: none */
	int64_t n;        /* the how manieth of that kind: 0, or the reminder's number */
	int64_t slot;     /* of the approval, that waits for this person: gets links to decide; 0 */
	/* facts, for the texts */
	struct str subject;        /* of the approval, the delegation's scope, ... */
	struct str applicant;      /* ids of people; the texts call them by name */
	struct str by;             /* who did it */
	struct str behalf;         /* in whose place the person is asked, or it was done */
	struct str delegate;       /* who acts in the place of who is told */
	struct str outcome;        /* "APPROVED", ...: decided */
	struct str comment;        /* a reason, what somebody wrote */
	struct str amount;         /* as it should be read */
	int64_t due_at;            /* wall; 0: none */
	struct str otherwise;      /* what happens when nobody does anything: "approve", "reject",
	                       * "escalate", "wait"; absent: not told */
	int64_t from_at, until_at; /* of a period; 0: none */
};

/* Tells somebody, once (N1). It does not fail for what is wrong with the person or with channels:
 * then it is only kept (KEPT). */
enum err notify_put(struct batch *, const struct notification *) MUST_USE;

/* ---- delivery: egress takes, sends, and reports */

/* What the sender needs to know of one. Texts: in the command's arena. */
struct notify_call {
	struct receipt receipt;
	int64_t id, attempt; /* attempt: 1, 2, ... of all channels */
	struct uuid uuid;
	struct str kind, person, locale;
	struct str channel, type, settings, sealed; /* settings, sealed: JSON */
	struct str address;
	struct str subject, text, html, chat; /* texts with gaps; html, chat absent: of the text */
	struct str facts;                     /* JSON: what goes into the gaps */
	struct str approval;                  /* id; absent: none */
	struct str public_url;                /* of the server; absent: not known */
	int64_t now_ms;
};
/* What a channel's secrets are bound to (wire/seal.h). */
struct str channel_seal_name(struct arena *, struct str channel);

struct notify_take {
	int max; /* NOTIFY_TAKE_MAX at most */
	/* out */
	struct notify_call *calls;
	int count;
	bool more; /* perhaps there are */
};
extern const struct op op_notify_take;

enum notify_result {
	NOTIFY_SENT,
	NOTIFY_AGAIN,   /* it may go well later */
	NOTIFY_REFUSED, /* not by this channel and address */
};
struct notify_done {
	struct receipt receipt;
	int64_t id, attempt;
	enum notify_result result;
	struct str channel, address, remote, error; /* absent: none */
	int64_t status;                             /* of HTTP or SMTP; 0: none */
	int64_t retry_after_ms;                     /* as the answer asks; 0: it does not */
};
extern const struct op op_notify_done;

/* ---- links: by one of them somebody decides once, without a sign-in (link.c) */

struct zone;
/* Bound to a person and to a slot of one round of an approval. Who has the text has the
 * link; only its SHA-256 is kept. */
struct notify_link {
	int64_t notification; /* whose mail it was in; 0: there is no such link */
	struct str person, name, locale;
	const struct zone *zone;
	struct uuid approval;
	int64_t round, slot, expires_at, used_at; /* wall; used_at 0: it was not used */
	bool disabled;                            /* the person's account is closed */
};
/* Texts in the arena. Any thread. */
enum err notify_link_read(struct store *, struct arena *, struct str hash, struct notify_link *)
	MUST_USE;
/* It has decided, and does so never again. */
enum err notify_link_use(struct batch *, struct str hash) MUST_USE;
/* What to call somebody: the id when the directory has no name. Any thread. */
enum err notify_name(struct store *, struct arena *, struct str id, struct str *name) MUST_USE;
/* "2026-11-23 17:00 JST" */
struct str notify_moment(struct arena *, const struct zone *, int64_t at);

/* For domain.c: the memory of how many somebody has; a batch failed. */
struct notify_kept;
struct notify_kept *notify_kept_new(void);
void notify_kept_free(struct notify_kept *);
void notify_rolled_back(struct batch *);

#endif
