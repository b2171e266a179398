/* sql.h - commands that applications write in transactions of their own, by functions of the
 * database (PostgreSQL; migration 0029): send, submit_job, publish, cancel_job.
 *
 *     application   begin; insert ...; select ringi.send('orders', ...); commit
 *     clock         sql_due: is there a row?  -> op_sql_take
 *     engine        each row as the command it stands for, and its removal: one transaction
 *
 * C1  A row goes in the transaction in which it was carried out or refused, so a crash at any
 *     moment does neither twice nor not at all.
 * C2  Rows are taken in the order of their ids, and one that must wait (its queue is full, the
 *     disk is) holds back those for the same target, and no others.
 * C3  A row without a sense, or that is refused for good, is moved to table sql_refused with the
 *     reason; it holds up nobody.
 *
 * C4  A row with which the transaction fails again and again, alone, is refused too: SQL_TRIES_MAX.
 *
 * There is no cursor: transactions commit in another order than that in which they drew ids, and a
 * row that appears behind others is found all the same. Nobody is notified inside the transaction
 * that writes the row (NOTIFY takes a lock that all commits wait for); the table is looked at,
 * often while there is work and seldom when there has been none for a while. */
#ifndef RINGI_DOMAIN_SQL_SQL_H
#define RINGI_DOMAIN_SQL_SQL_H

#include "domain/batch.h"
#include "domain/cmd.h"

extern const struct op op_sql_take;

struct sql_intake *sql_open(void);
struct sql_intake *sql_close(struct sql_intake *);
/* It is time, and there is a row: adds the command. */
void sql_due(struct domain *, struct batch *, struct list *commands);
int64_t sql_next(const struct domain *);    /* mono; NEVER */
int64_t sql_refused(const struct domain *); /* rows, since the start */
void sql_committed(struct batch *);

/* ---- sql_read.c: a row as a command. What the functions have checked is not checked again:
 * queues and topics refuse what remains, as they do for everybody. */

struct sql_row {
	int64_t id;
	struct str kind, target, body, options, role;
	struct uuid uuid;
	bool has_uuid;
};
/* Fills op, in, caller. False, and a sentence in `why`: it has no sense. All in c->arena. */
bool sql_read(struct cmd *c, const struct sql_row *, struct str *why);

#endif
