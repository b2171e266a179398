/* history.c - the figures of queues become rows once a minute, rows of minutes become rows of
 * hours, and those go (see history.h). */
#include "domain/queue/history.h"

#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/queue/memory.h"

static const int percents[HISTORY_PERCENTILES] = { 50, 95, 99 };

/* A row, with the histograms that its percentiles come from. */
struct figures {
	struct history_point point;
	struct hist waits, runs;
};

static void percentiles(const struct hist *h, int64_t to[HISTORY_PERCENTILES])
{
	for (int i = 0; i < HISTORY_PERCENTILES; i++)
		to[i] = hist_percentile(h, percents[i]);
}

/* ---- writing */

static struct value known(int64_t ms)
{
	return ms < 0 ? value_null() : value_int(ms);
}

static struct str hist_text(struct arena *arena, const struct hist *h)
{
	struct buf text = { 0 };

	hist_write(&text, h);
	struct str copy = arena_str(arena, buf_str(&text));
	buf_free(&text);
	return str_given(copy) ? copy : S("");
}

static enum err put(struct batch *b, enum stmt stmt, uint32_t queue, struct figures *f)
{
	struct history_point *p = &f->point;

	percentiles(&f->waits, p->wait);
	percentiles(&f->runs, p->run);
	return store_run(b->store, stmt,
	                 VALUES(value_int(queue), value_int(p->at), value_int(p->sent),
	                        value_int(p->moved_in), value_int(p->received), value_int(p->deleted),
	                        value_int(p->failed), value_int(p->dead_lettered),
	                        value_int(p->backlog), known(p->wait[0]), known(p->wait[1]),
	                        known(p->wait[2]), known(p->run[0]), known(p->run[1]), known(p->run[2]),
	                        value_text(hist_text(b->arena, &f->waits)),
	                        value_text(hist_text(b->arena, &f->runs))),
	                 NULL, NULL);
}

/* What a batch has written, and memory forgets when it is committed (H1). */
struct written {
	struct written *next;
	struct queue *queue;
	struct queue_counters counters;
	struct hist waits, runs;
};

static struct history_point since(const struct queue *q, const struct queue_counters *then)
{
	const struct queue_counters *c = &q->counters;

	return (struct history_point){
		.sent = c->sent - then->sent,
		.moved_in = c->moved_in - then->moved_in,
		.received = c->received - then->received,
		.deleted = c->deleted - then->deleted,
		.failed = c->failed - then->failed,
		.dead_lettered = c->dead_lettered - then->dead_lettered,
		.backlog = q->visible,
	};
}

static bool nothing(const struct history_point *p)
{
	return p->sent == 0 && p->moved_in == 0 && p->received == 0 && p->deleted == 0 &&
	       p->failed == 0 && p->dead_lettered == 0;
}

static enum err write_minute(struct batch *b, struct queue *q, int64_t at, bool *some)
{
	struct queue_stats *s = stats_of(q, b->now.mono_ms);
	struct figures f = { .point = since(q, &s->written), .waits = s->wait, .runs = s->run };

	must(at % MINUTE_MS == 0 && at < b->now.wall_ms);
	must(f.point.sent >= 0 && f.point.received >= 0 && f.point.deleted >= 0); /* H1 */
	*some = !nothing(&f.point);
	if (!*some)
		return OK;
	struct written *w = ARENA_NEW(b->arena, struct written);
	*w = (struct written){ b->history, q, q->counters, s->wait, s->run };
	b->history = w;
	f.point.at = at;
	return put(b, STMT_HISTORY_MINUTE_PUT, q->id, &f);
}

void history_committed(struct batch *b)
{
	for (struct written *w = b->history; w != NULL; w = w->next) {
		struct queue_stats *s = w->queue->stats;
		must(s != NULL && s->written.sent <= w->counters.sent); /* H1 */
		s->written = w->counters;
		stats_add_bounds(&s->wait_all, &w->waits);
		stats_add_bounds(&s->run_all, &w->runs);
		hist_take(&s->wait, &w->waits);
		hist_take(&s->run, &w->runs);
	}
	b->history = NULL;
}

void history_active(struct queues *all, struct queue *q, struct now now)
{
	must(!q->dropped);
	list_add_last(&all->active, &q->active);
	if (all->history_at_mono == NEVER)
		all->history_at_mono = now.mono_ms + MINUTE_MS - now.wall_ms % MINUTE_MS;
}

static enum err write_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

/* The queues that were touched, in turn; one in which nothing happened for a minute leaves.
 * After a fault those of that batch wait for the next minute. */
static enum err write_write(struct batch *b, struct cmd *c)
{
	struct queues *all = b->domain->queues;
	int64_t minute = b->now.wall_ms / MINUTE_MS, at = (minute - 1) * MINUTE_MS;
	int rows = 0;

	(void)c;
	all->history_at_mono = NEVER;
	while (!list_empty(&all->active) && rows < HISTORY_ROWS_MAX) {
		struct queue *q = LIST_FIRST(&all->active, struct queue, active);
		bool some = false;
		if (q->history_minute == minute)
			break;
		q->history_minute = minute;
		node_take(&q->active);
		list_add_last(&all->active, &q->active);
		TRY(write_minute(b, q, at, &some));
		rows += some;
		if (!some)
			node_take(&q->active);
	}
	if (!list_empty(&all->active))
		all->history_at_mono = rows == HISTORY_ROWS_MAX
		                           ? b->now.mono_ms
		                           : b->now.mono_ms + MINUTE_MS - b->now.wall_ms % MINUTE_MS;
	return OK;
}

const struct op op_history_write = {
	.name = "history_write",
	.lane = LANE_WRITE,
	.check = write_check,
	.write = write_write,
};

/* ---- reading rows */

static void add(struct figures *to, const struct figures *f)
{
	struct history_point *t = &to->point;
	const struct history_point *p = &f->point;

	t->sent += p->sent;
	t->moved_in += p->moved_in;
	t->received += p->received;
	t->deleted += p->deleted;
	t->failed += p->failed;
	t->dead_lettered += p->dead_lettered;
	if (p->backlog > t->backlog)
		t->backlog = p->backlog;
	hist_add(&to->waits, &f->waits);
	hist_add(&to->runs, &f->runs);
}

static enum err figures_from(const struct value *columns, int count, struct figures *f)
{
	must(count == 10);
	f->point = (struct history_point){
		.at = columns[0].number,
		.sent = columns[1].number,
		.moved_in = columns[2].number,
		.received = columns[3].number,
		.deleted = columns[4].number,
		.failed = columns[5].number,
		.dead_lettered = columns[6].number,
		.backlog = columns[7].number,
	};
	bool read = hist_read(columns[8].bytes, &f->waits) && hist_read(columns[9].bytes, &f->runs);
	return read ? OK : ERR_CORRUPT;
}

/* ---- minutes become hours */

static enum err take_minute(void *context, const struct value *columns, int count)
{
	struct figures f;

	TRY(figures_from(columns, count, &f));
	add(context, &f);
	return OK;
}

static enum err take_at(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static enum err compact(struct batch *b, struct queue *q, int64_t hour)
{
	struct figures *f = ARENA_NEW(b->arena, struct figures);

	must(hour % HOUR_MS == 0);
	TRY(store_run(b->store, STMT_HISTORY_MINUTES,
	              VALUES(value_int(q->id), value_int(hour), value_int(hour + HOUR_MS)), take_minute,
	              f));
	f->point.at = hour;
	TRY(put(b, STMT_HISTORY_HOUR_PUT, q->id, f));
	return store_run(b->store, STMT_HISTORY_MINUTES_DELETE,
	                 VALUES(value_int(q->id), value_int(hour + HOUR_MS)), NULL, NULL);
}

/* One hour of a queue at a time. */
enum err history_sweep(struct batch *b, struct queue *q, bool *more)
{
	enum { EVERY_MS = 15 * 60 * 1000 };
	int64_t first = INT64_MAX, old = b->now.wall_ms - HISTORY_MINUTES_MS;

	if (b->now.mono_ms < q->history_sweep_mono)
		return OK;
	TRY(store_run(b->store, STMT_HISTORY_FIRST, VALUES(value_int(q->id)), take_at, &first));
	if (first < old / HOUR_MS * HOUR_MS) {
		*more = true;
		return compact(b, q, first / HOUR_MS * HOUR_MS);
	}
	q->history_sweep_mono = b->now.mono_ms + EVERY_MS;
	return store_run(b->store, STMT_HISTORY_HOURS_DELETE,
	                 VALUES(value_int(q->id), value_int(b->now.wall_ms - HISTORY_HOURS_MS)), NULL,
	                 NULL);
}

enum err history_delete(struct batch *b, const struct queue *q)
{
	const struct value all[] = { value_int(q->id), value_int(INT64_MAX) };

	TRY(store_run(b->store, STMT_HISTORY_MINUTES_DELETE, all, 2, NULL, NULL));
	return store_run(b->store, STMT_HISTORY_HOURS_DELETE, all, 2, NULL, NULL);
}

/* ---- GET /v1/queues/{name}/history */

struct reading {
	struct queue_history *to;
	struct figures present; /* the point that rows are added to */
	bool some;
	int64_t step;
};

static void finish_point(struct reading *r)
{
	struct queue_history *p = r->to;

	must(r->step == MINUTE_MS || r->step == HOUR_MS);
	if (!r->some)
		return;
	must(p->count < HISTORY_POINTS_MAX);
	percentiles(&r->present.waits, r->present.point.wait);
	percentiles(&r->present.runs, r->present.point.run);
	p->points[p->count++] = r->present.point;
	r->some = false;
}

/* Hours come from both tables, in order of time but for an hour that a clock has divided. */
static enum err take_row(void *context, const struct value *columns, int count)
{
	struct reading *r = context;
	struct figures f;

	TRY(figures_from(columns, count, &f));
	int64_t at = f.point.at / r->step * r->step;
	if (r->some && at > r->present.point.at)
		finish_point(r);
	if (!r->some)
		r->present = (struct figures){ .point = { .at = at } };
	r->some = true;
	add(&r->present, &f);
	return OK;
}

static void take_defaults(struct queue_history *p, int64_t step, struct now now)
{
	const int64_t span = p->hours ? 7 * DAY_MS : HOUR_MS;

	if (p->to == 0)
		p->to = now.wall_ms;
	if (p->from == 0)
		p->from = p->to > span ? p->to - span : 0;
	p->from = p->from / step * step;
}

static enum err read_rows(struct store *store, int64_t queue, struct queue_history *p,
                          struct reading *r)
{
	const struct value range[] = { value_int(queue), value_int(p->from), value_int(p->to) };

	if (p->hours)
		TRY(store_run(store, STMT_HISTORY_HOURS, range, 3, take_row, r));
	TRY(store_run(store, STMT_HISTORY_MINUTES, range, 3, take_row, r));
	finish_point(r);
	return OK;
}

static enum err history_read(struct store *store, struct cmd *c, struct now now)
{
	struct queue_history *p = c->in;
	int64_t queue = 0, step = p->hours ? HOUR_MS : MINUTE_MS;
	struct reading *r = ARENA_NEW(c->arena, struct reading);

	take_defaults(p, step, now);
	if (p->to <= p->from)
		return refuse_field(c, REFUSED_INVALID_PARAMETER, "from", "from must be before to.");
	if ((p->to - p->from - 1) / step >= HISTORY_POINTS_MAX)
		return refuse_field(c, REFUSED_INVALID_PARAMETER, "from",
		                    "From from to to are more than %d %s; ask for a shorter time%s.",
		                    HISTORY_POINTS_MAX, p->hours ? "hours" : "minutes",
		                    p->hours ? "" : ", or for step=hour");
	TRY(store_run(store, STMT_QUEUE_BY_NAME, VALUES(value_text(p->queue)), take_at, &queue));
	if (queue == 0)
		return refuse(c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	p->points = ARENA_ARRAY(c->arena, struct history_point, HISTORY_POINTS_MAX);
	p->count = 0;
	*r = (struct reading){ .to = p, .step = step };
	return read_rows(store, queue, p, r);
}

const struct op op_queue_history = { .name = "queue_history",
	                                 .lane = LANE_READ,
	                                 .read = history_read };
