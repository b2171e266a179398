/* batch.h - what a command may use while it is carried out.
 *
 * Inside a batch the clock stands still (invariant 6): everything in it happened
 * at `now`. Two kinds of consequence leave a batch: memory (after the commit:
 * `finished` commands get their answers, `woken` queues serve their waiting
 * receivers before it, flags tell the engine what else to wake) and rows.
 *
 * Memory is changed as the batch goes along, so that later commands see it; when
 * the batch fails, everything it touched is read anew from the rows (invariant 5,
 * docs/decisions/0002). Nobody outside the engine sees memory in between. */
#ifndef RINGI_DOMAIN_BATCH_H
#define RINGI_DOMAIN_BATCH_H

#include "base/arena.h"
#include "base/list.h"
#include "base/rng.h"
#include "base/time.h"
#include "store/store.h"

struct audit_head;
struct domain;
struct written;

struct batch {
	struct domain *domain;
	struct store *store;
	struct now now;
	struct rng *rng;
	struct arena *arena;         /* lifetime: this batch */
	struct list touched;         /* struct queue.touched: to be read anew if the batch fails */
	struct list woken;           /* struct queue.woken: may have something for waiting receivers */
	struct list finished;        /* struct cmd.node: parked commands that got their answer */
	struct list changes;         /* struct job_change.node (domain/ledger): what happened to jobs */
	struct node *changes_served; /* the last of them that jobs_serve has seen; NULL: none */
	struct list news;            /* struct news (domain/news.h): where live views look again */
	struct list people_left; /* struct person_left.node (domain/directory): takes part no more */
	bool tell_groups;        /* somebody watches groups of jobs: changes must name theirs */
	struct ahead *ahead;     /* domain/queue/page.h: rows read before they are wanted; NULL: none */
	int takers;              /* commands of this batch that are still to take messages */
	struct written *history; /* domain/queue/history.c: rows of figures; NULL: none */
	struct audit_head *audit_head; /* domain/audit: the end of the chain; NULL: not asked for yet */
	bool outbox_grew;              /* egress has something to look at */
	bool push_grew;                /* egress has something to look at: messages of push queues */
	bool notify_grew;              /* egress has something to look at: notifications */
	bool archive_grew;             /* dead letters whose retention is over wait for their file */
	bool keys_changed;             /* access keys: the front door reads them anew */
	struct list session_news;      /* struct session_news (account/session.h): begun, ended */
	bool rights_changed;           /* roles, and who has them: the same */
	int64_t callbacks_more; /* calls that jobs asked for: uncounted again if the batch fails */
	bool sql_taken;         /* commands of applications were read (domain/sql) */
	bool topics_touched;    /* topics: read anew if the batch fails */
	bool schedules_touched; /* schedules: the same */
	bool calendars_changed; /* deadlines that follow theirs are to be reckoned anew */
	bool people_changed;    /* people: who leaves by date next is read anew */
};

#endif
