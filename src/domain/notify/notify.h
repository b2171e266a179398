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
 * N3  A failed attempt is followed by another one after a backoff, as often as a bound says; then,
 *     or at once when trying again would not help, comes the next of the person's channels and
 *     addresses. Behind the last the message goes to ringi-notifications-dead, the row is FAILED.
 * N4  Nothing leaves the server in somebody's quiet hours, nor more than NOTIFY_RATE_MAX an hour
 *     to one person: the rest is collected and told together.
 * N5  Who is told what is decided here, in which words by templates: callers give facts.
 *
 * Delivery is not there yet: what is WAITING stays in its queue, and N3 is what it has to keep.
 *
 * The order of domain/: notify knows queues and audit, and is known by everybody who tells. */
#ifndef RINGI_DOMAIN_NOTIFY_NOTIFY_H
#define RINGI_DOMAIN_NOTIFY_NOTIFY_H

#include "domain/batch.h"
#include "domain/cmd.h"

/* Kinds that are built in; each has texts in Japanese and English. */
#define NOTIFY_KINDS(X) \
	X(ASKED, "approval.asked")          /* somebody's decision is wanted */ \
	X(REMINDER, "approval.reminder")    /* still, and the deadline comes or has passed */ \
	X(ESCALATED, "approval.escalated")  /* it is asked now because others did not answer */ \
	X(DECIDED, "approval.decided")      /* how it ended: for who asked for it */ \
	X(RETURNED, "approval.returned")    /* sent back to who asked for it */ \
	X(WITHDRAWN, "approval.withdrawn")  /* nothing is wanted any more */ \
	X(CANCELED, "approval.canceled")    /* the same, by an administrator */ \
	X(INCIDENT, "approval.incident")    /* nobody is left who could decide */ \
	X(COMMENTED, "approval.commented")  /* somebody wrote something */ \
	X(DELEGATED, "approval.delegated")  /* it was decided in the person's place */ \
	X(DELEGATION_SET, "delegation.set") /* somebody acts in a person's place from now on */ \
	X(DELEGATION_ENDED, "delegation.ended") \
	X(CHANNEL_TEST, "channel.test") /* made by the button */ \
	X(DIGEST, "digest")             /* made here */
enum notify_kind {
#define X(name, text) NOTIFY_##name,
	NOTIFY_KINDS(X)
#undef X
		NOTIFY_KINDS_COUNT
};
const char *notify_kind_name(enum notify_kind);

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

#endif
