/* done.h - what follows the end of a job, of a group, or of an approval: somebody is told, by a
 * message.
 *
 * D1  It is enqueued in the transaction of that end (invariant 4): nobody is told of an end
 *     that did not happen, and none goes untold.
 * D2  A job that is opened again and ends again tells again; a group tells once.
 *
 * `on_done`, as a client gives it and the row keeps it:
 *
 *     {"queue": "replies", "correlation_id": "order-7", "payload": {...}, "message_group": "g",
 *      "topic": "decisions", "webhook": {...}}
 *
 * The message: {"job", "group" or "approval": id, "queue", "state", "result", "error",
 * "correlation_id", "payload"}, what there is of them, and the correlation id as message
 * attribute. A full queue takes it all the same, since who would be refused has ended already.
 * With `webhook` (callback.h) the same text is sent to a URL, with `topic` (of approvals'
 * on_decided) it is published; instead or too. */
#ifndef RINGI_DOMAIN_JOB_DONE_H
#define RINGI_DOMAIN_JOB_DONE_H

#include "domain/batch.h"
#include "domain/cmd.h"
#include "domain/ledger/ledger.h"

/* When it is submitted: the queue is there and the caller may send to it, the URL is good and
 * the caller may have it called. Refuses into *why, whose text lies in the command's arena.
 * `json` absent: nothing is to be told. */
void done_check(struct batch *, struct cmd *, struct str json, struct refused *why);

/* What ended. Absent texts are left out. */
struct ended {
	const char *kind; /* "job", "group", "approval" */
	struct uuid id;
	struct str queue, state, result, error, counts; /* the last three are JSON */
	struct str more; /* further members: "\"round\":1,\"votes\":[]" */
};
enum err done_tell(struct batch *, struct str json, const struct ended *) MUST_USE;

/* Of a job that ended so in this batch. */
enum err done_job(struct batch *, const struct job_row *, enum job_state) MUST_USE;

#endif
