/* watch.c - the snapshot for who begins to watch jobs. */
#include "domain/job/watch.h"

#include "base/limits.h"
#include "domain/batch.h"

struct found {
	struct job_watch *to;
	struct arena *arena;
};

static enum err take(void *context, const struct value *columns, int count)
{
	struct found *f = context;
	struct job_watch *w = f->to;

	if (w->count == w->max) {
		w->more = true;
		return OK;
	}
	struct watched_job *j = &w->jobs[w->count++];
	if (count != 6 || columns[0].bytes.len != sizeof j->id ||
	    !job_state_read(columns[2].bytes, &j->state))
		return ERR_CORRUPT;
	memcpy(&j->id, columns[0].bytes.at, sizeof j->id);
	j->queue = arena_str(f->arena, columns[1].bytes);
	j->attempts = columns[3].number;
	j->progress = columns[4].kind == VALUE_INT ? (int)columns[4].number : -1;
	j->at_ms = columns[5].number;
	return OK;
}

static enum err read_one(struct store *store, struct cmd *c, struct found *f)
{
	struct job_watch *w = f->to;
	struct str id = { (const char *)w->job->bytes, sizeof w->job->bytes };
	char text[37];

	TRY(store_run(store, STMT_WATCH_JOB, VALUES(value_blob(id)), take, f));
	bool elsewhere = w->count > 0 && str_given(w->queue) && !str_eq(w->queue, w->jobs[0].queue);
	uuid_text(*w->job, text);
	if (w->count == 0 || elsewhere)
		return refuse(c, REFUSED_NO_SUCH_JOB, "There is no job %s%s%.*s.", text,
		              elsewhere ? " in the queue " : "", S_ARG(elsewhere ? w->queue : S_NONE));
	return OK;
}

static enum err some(void *context, const struct value *columns, int count)
{
	(void)columns;
	(void)count;
	*(bool *)context = true;
	return OK;
}

static enum err read_open(struct store *store, struct cmd *c, struct found *f)
{
	struct job_watch *w = f->to;
	bool exists = false;

	if (!str_given(w->queue))
		return store_run(store, STMT_WATCH_OPEN, VALUES(value_int(w->max + 1)), take, f);
	TRY(store_run(store, STMT_QUEUE_BY_NAME, VALUES(value_text(w->queue)), some, &exists));
	if (!exists)
		return refuse(c, REFUSED_NO_SUCH_QUEUE, "There is no queue named %.*s.", S_ARG(w->queue));
	return store_run(store, STMT_WATCH_OPEN_OF, VALUES(value_text(w->queue), value_int(w->max + 1)),
	                 take, f);
}

static enum err read(struct store *store, struct cmd *c, struct now now)
{
	struct job_watch *w = c->in;
	struct found f = { w, c->arena };

	(void)now;
	must(w->max > 0 && w->max <= SNAPSHOT_MAX);
	w->jobs = ARENA_ARRAY(c->arena, struct watched_job, w->max);
	return w->job != NULL ? read_one(store, c, &f) : read_open(store, c, &f);
}

const struct op op_job_watch = { .name = "job_watch", .lane = LANE_READ, .read = read };
