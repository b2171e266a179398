/* domain.h - the memory of one partition: a copy of its rows, arranged for speed. */
#ifndef RINGI_DOMAIN_DOMAIN_H
#define RINGI_DOMAIN_DOMAIN_H

#include "base/str.h"
#include "base/time.h"
#include "base/err.h"

struct audits;
struct queues;
struct topics;
struct jobs;
struct approvals;
struct notify_kept;
struct keys;
struct accounts;
struct session_news;
struct schedules;
struct signer;
struct sql_intake;

/* What is told at start and never changes. */
struct domain_config {
	struct str account; /* "000000000000" */
	struct str region;  /* "us-east-1" */
	uint8_t receipt_key[16];
	bool people_known;     /* who is not in the directory is nobody */
	bool private_webhooks; /* HTTP subscriptions may point into private networks */
	bool sixty_seconds;    /* purge once a minute, as Amazon has it */
	bool decision_links;   /* mails have links that decide */
	bool sql_commands;     /* applications write some, in the database that they share with us */
	bool archives;         /* dead letters whose retention is over stay until they are in a file */
	/* A session began or ended: behind the commit, on the engine's thread; and at start, each
	 * that there is. NULL: nobody wants to know. */
	void (*session_news)(void *context, const struct session_news *);
	void *session_context;
	struct str public_url;       /* what links begin with, without a slash at the end; absent */
	const struct signer *signer; /* of published messages; NULL: none is signed */
};

/* A clock that tests push (--test-clock): ahead of the machine's, or standing still. */
struct clock {
	bool pinned;
	int64_t wall_ms, mono_ms; /* when pinned */
	int64_t mono_offset;      /* else: ahead of the machine's */
	bool moved;               /* in this turn: what became due is applied before the answer */
};

/* What the domain sees when the machine's clocks read `machine`. */
struct now clock_now(const struct clock *, struct now machine);

struct domain {
	struct domain_config config;
	struct audits *audits; /* which chain the audit log is */
	struct queues *queues;
	struct topics *topics;
	struct jobs *jobs;           /* who waits for one */
	struct approvals *approvals; /* the same */
	struct notify_kept *notify_kept;
	struct keys *keys;
	struct accounts *accounts; /* roles, and who has them */
	struct schedules *schedules;
	struct sql_intake *sql;
	struct clock clock;
	int64_t callbacks;           /* of jobs that ended, still to be made (job/callback.h) */
	int64_t people_leave_at;     /* wall time at which somebody leaves by date; NEVER */
	int64_t delegations_tell_at; /* the same: an end of a delegation is told */
	struct now people_seen;      /* when that was last compared with the clock */
	int64_t people_not_before;   /* mono time: a fault was a moment ago */
};
struct store;
struct batch;
struct cmd;
struct list;

/* domain.c: all modules together. */
struct domain *domain_new(const struct domain_config *);
struct domain *domain_free(struct domain *); /* accepts NULL, returns NULL */
enum err domain_load(struct domain *, struct store *, struct now) MUST_USE;
/* Time passes: what became due moves in memory; commands for work that needs a
 * transaction are added to `commands`. At most DUE_STEPS_MAX steps. */
void domain_due(struct domain *, struct batch *, struct list *commands);
/* Mono time of the next thing that becomes due by itself; NEVER. */
int64_t domain_next(const struct domain *);
/* Patience of the client that gives up next; NEVER. */
int64_t domain_next_wait(const struct domain *);
/* After the writes of a batch, before its commit: waiting receivers. */
enum err domain_serve(struct batch *) MUST_USE;
/* The batch is committed: forget what it had to remember. */
void domain_committed(struct batch *);
/* The batch failed: read anew what it touched. */
enum err domain_rolled_back(struct batch *) MUST_USE;
/* A waiting receiver whose answer was part of a batch that failed waits on. */
void domain_repark(struct domain *, struct cmd *, struct now);
void domain_unpark(struct domain *, struct cmd *); /* it waits no longer */
/* The last thing of a turn: receivers whose patience has ended, and whom this turn could
 * not serve, are finished with nothing. */
void domain_waits_over(struct domain *, struct batch *);
/* The server stops: all waiting receivers get empty answers. */
void domain_stop_waiting(struct domain *, struct batch *);

#endif
