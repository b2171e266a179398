/* watch.c - the snapshot for who begins to watch jobs. */
#include "domain/job/watch.h"

#include "base/limits.h"
#include "domain/job/inside.h"

struct found {
	struct job_watch *to;
	struct arena *arena;
};

static enum err take(void *context, const struct value *columns, int count)
{
	struct found *f = context;
	struct job_watch *w = f->to;

	must(w->count <= w->max && !w->more); /* one row above it was asked for, no more */
	if (w->count == w->max) {
		w->more = true;
		return OK;
	}
	struct watched_job *j = &w->jobs[w->count++];
	if (count != 6 || !value_read_uuid(columns[0], &j->id) ||
	    !job_state_read(columns[2].bytes, &j->state))
		return ERR_CORRUPT;
	j->queue = arena_str(f->arena, columns[1].bytes);
	j->attempts = columns[3].number;
	j->progress = columns[4].kind == VALUE_INT ? (int)columns[4].number : -1;
	j->at_ms = columns[5].number;
	must(j->progress >= -1 && j->progress <= 1000 && j->attempts >= 0);
	return OK;
}

/* Whose queue it is decides who may watch it. */
static enum err read_one(struct store *store, struct cmd *c, struct found *f)
{
	struct job_watch *w = f->to;
	char text[37];

	TRY(store_run(store, STMT_WATCH_JOB, VALUES(value_uuid(w->job)), take, f));
	if (w->count == 0) {
		c->refused = job_no_such(c->arena, *w->job);
		return OK;
	}
	if (!job_allowed(c, "WatchEvents", w->jobs[0].queue))
		return OK;
	uuid_text(*w->job, text);
	if (str_given(w->queue) && !str_eq(w->queue, w->jobs[0].queue))
		return refuse(c, REFUSED_NO_SUCH_JOB, "There is no job %s in the queue %.*s.", text,
		              S_ARG(w->queue));
	return OK;
}

struct watched_queue {
	int64_t id; /* 0: there is none */
	bool tracked;
};

static enum err take_queue(void *context, const struct value *columns, int count)
{
	struct watched_queue *q = context;

	must(count == 2);
	q->id = columns[0].number;
	q->tracked = str_is(columns[1].bytes, "true");
	return OK;
}

/* Nothing would ever come of a queue that keeps no jobs. */
static enum err read_queue(struct store *store, struct cmd *c, struct found *f)
{
	struct job_watch *w = f->to;
	struct watched_queue q = { .id = 0 };

	TRY(store_run(store, STMT_WATCH_QUEUE, VALUES(value_text(w->queue)), take_queue, &q));
	if (q.id == 0)
		return refuse(c, REFUSED_NO_SUCH_QUEUE, "There is no queue named %.*s.", S_ARG(w->queue));
	if (!q.tracked) {
		c->refused = queue_not_tracked(c->arena, w->queue);
		return OK;
	}
	return store_run(store, STMT_WATCH_OPEN_OF, VALUES(value_int(q.id), value_int(w->max + 1)),
	                 take, f);
}

static enum err take_true(void *context, const struct value *columns, int count)
{
	must(columns[0].kind == VALUE_INT && count == 1);
	*(bool *)context = true;
	return OK;
}

static enum err read_group(struct store *store, struct cmd *c, struct found *f)
{
	struct job_watch *w = f->to;
	struct value group = value_uuid(w->group), max = value_int(w->max + 1);
	bool exists = false;
	char text[37];

	uuid_text(*w->group, text);
	TRY(store_run(store, STMT_WATCH_GROUP, &group, 1, take_true, &exists));
	if (!exists)
		return refuse(c, REFUSED_NO_SUCH_GROUP, "There is no group %s.", text);
	if (!str_given(w->queue))
		return store_run(store, STMT_WATCH_MEMBERS, VALUES(group, max), take, f);
	return store_run(store, STMT_WATCH_MEMBERS_OF, VALUES(group, value_text(w->queue), max), take,
	                 f);
}

static enum err read(struct store *store, struct cmd *c, struct now now)
{
	struct job_watch *w = c->in;
	struct found f = { w, c->arena };

	(void)now;
	must(w->max > 0 && w->max <= SNAPSHOT_MAX);
	w->jobs = ARENA_ARRAY(c->arena, struct watched_job, w->max);
	if (w->job != NULL)
		return read_one(store, c, &f);
	if (w->group != NULL)
		return read_group(store, c, &f);
	if (str_given(w->queue))
		return read_queue(store, c, &f);
	return store_run(store, STMT_WATCH_OPEN, VALUES(value_int(w->max + 1)), take, &f);
}

const struct op op_job_watch = { .name = "job_watch", .lane = LANE_READ, .read = read };
