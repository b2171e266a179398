/* inside.h - what the files of domain/job share. */
#ifndef RINGI_DOMAIN_JOB_INSIDE_H
#define RINGI_DOMAIN_JOB_INSIDE_H

#include "domain/job/job.h"
#include "domain/queue/enqueue.h"

enum { JOB_LISTS = 1024 };

/* The memory of jobs. */
struct jobs {
	struct list waiting[JOB_LISTS]; /* struct cmd.waiting, by a hash of the job's id */
	int64_t step_at_mono;           /* members of a group are canceled; NEVER: of none */
};

/* Whether the caller may do this with jobs of that queue; refuses (NOT_ALLOWED) if not. */
bool job_allowed(struct cmd *, const char *action, struct str queue);
struct refused job_not_allowed(struct cmd *, const char *action);
struct refused job_no_such(struct arena *, struct uuid);
struct refused job_is_final(struct arena *, const struct job_row *, const char *remedy);

/* look.c: row, payload, attempts; any thread. `row` NULL: there is no such job. */
enum err job_look(struct store *, struct arena *, struct job_named *) MUST_USE;

/* scan.c: what would refuse job_scan, refused in check by who scans in write. */
/* How many rows one turn of the engine looks at, for who changes what it finds. */
int job_scan_turn(const struct job_list *);
enum err job_scan_check(struct store *, struct cmd *, struct job_list *) MUST_USE;
/* The page that `list` asks for, of jobs of queues with which the caller may do
 * `action`; looks at most at `looks` rows. Any thread. */
enum err job_scan(struct store *, struct cmd *, struct job_list *, const char *action, int looks)
	MUST_USE;

/* submit.c: entries of a submit and children of a completion. */
/* Children: whose they are, and how many others the same command brought before. */
struct job_brought {
	const struct job_row *by;        /* the job that is completed, and held by who says so */
	const struct job_report *before; /* reports of the same command */
	int before_count;
};
/* What is wrong with one of them is `why`, with `name` and its index in front unless NULL.
 * `brought` NULL: they are nobody's children. */
enum err job_entries_check(struct batch *, struct cmd *, struct job_entry *, int count,
                           const char *name, const struct job_brought *brought, struct refused *why)
	MUST_USE;
enum err job_entries_write(struct batch *, struct cmd *, struct job_entry *, int count) MUST_USE;

/* change.c: PENDING: it ends; RUNNING: its worker will be told. */
enum err job_cancel_one(struct batch *, const struct job_row *, struct str reason) MUST_USE;

#endif
