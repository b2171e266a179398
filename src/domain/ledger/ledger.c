/* ledger.c - what happens to a message, written down for its job; see ledger.h. */
#include "domain/ledger/ledger.h"

/* Null for "none". */
static struct value some(int64_t n)
{
	return n == 0 ? value_null() : value_int(n);
}

static struct value bytes_or_null(const uint8_t *bytes, size_t size)
{
	return value_blob((struct str){ (const char *)bytes, bytes == NULL ? 0 : size });
}

static void keep_change(struct batch *b, const struct job_change *change)
{
	struct job_change *kept = ARENA_NEW(b->arena, struct job_change);

	*kept = *change;
	node_init(&kept->node);
	list_add_last(&b->changes, &kept->node);
}

static void note(struct batch *b, struct str queue, struct uuid id, enum job_state state,
                 bool grouped)
{
	keep_change(b,
	            &(struct job_change){
					.id = id, .queue = queue, .state = state, .progress = -1, .grouped = grouped });
}

static bool is_grouped(const struct job_row *job)
{
	return str_given(job->parent) || str_given(job->group) || str_given(job->on_done);
}

static void note_row(struct batch *b, const struct job_row *job, enum job_state state)
{
	note(b, job->queue, job->id, state, is_grouped(job));
}

/* ---- it comes into being */

bool job_extra_grouped(const struct job_extra *x)
{
	return x->parent != NULL || x->group != NULL || str_given(x->on_done);
}

static enum err insert_with(struct batch *b, const struct job_new *n, struct value trace,
                            struct value span)
{
	const struct job_extra *x = n->extra;

	TRY(store_run(b->store, STMT_JOB_INSERT_WITH,
	              VALUES(value_uuid(&n->id), value_text(n->queue), value_int(n->body_id),
	                     value_int(b->now.wall_ms), some(n->execute_at),
	                     value_text(n->message_group),
	                     n->priority < 0 ? value_null() : value_int(n->priority),
	                     value_text(n->requested_by), trace, span, value_uuid(x->parent),
	                     value_uuid(x->group), value_text(x->on_done), value_text(x->labels_json),
	                     some(x->timeout_ms)),
	              NULL, NULL));
	for (int i = 0; i < x->label_count; i++)
		TRY(store_run(b->store, STMT_JOB_LABEL_INSERT,
		              VALUES(value_text(x->labels[i].name), value_text(x->labels[i].value),
		                     value_uuid(&n->id)),
		              NULL, NULL));
	return OK;
}

enum err ledger_create(struct batch *b, const struct job_new *n)
{
	const struct job_extra *x = n->extra;
	bool own_trace = x != NULL && x->trace_id != NULL;
	struct value trace = bytes_or_null(own_trace ? x->trace_id : n->trace_id, 16);
	struct value span = bytes_or_null(own_trace ? x->parent_span_id : n->parent_span_id, 8);

	must(n->body_id > 0 && n->queue.len > 0 && str_given(n->requested_by));
	note(b, n->queue, n->id, JOB_PENDING, x != NULL && job_extra_grouped(x));
	if (x != NULL)
		return insert_with(b, n, trace, span);
	return store_run(b->store, STMT_JOB_INSERT,
	                 VALUES(value_uuid(&n->id), value_text(n->queue), value_int(n->body_id),
	                        value_int(b->now.wall_ms), some(n->execute_at),
	                        value_text(n->message_group),
	                        n->priority < 0 ? value_null() : value_int(n->priority),
	                        value_text(n->requested_by), trace, span),
	                 NULL, NULL);
}

enum err ledger_create_page(struct batch *b, const struct job_new *n, const struct uuid *ids,
                            int count)
{
	static const struct job_extra none = { 0 };
	const struct job_extra *x = n->extra == NULL ? &none : n->extra;
	bool own_trace = x->trace_id != NULL;

	must(x->label_count == 0 && count > 0 && str_given(n->requested_by));
	for (int i = 0; i < count; i++)
		note(b, n->queue, ids[i], JOB_PENDING, job_extra_grouped(x));
	TRY(store_run(b->store, STMT_JOB_INSERT_PAGE,
	              VALUES(value_int(n->body_id), value_int(n->body_id + count - 1),
	                     value_text(n->queue), value_int(b->now.wall_ms),
	                     value_text(n->requested_by),
	                     bytes_or_null(own_trace ? x->trace_id : n->trace_id, 16),
	                     bytes_or_null(own_trace ? x->parent_span_id : n->parent_span_id, 8),
	                     value_uuid(x->parent), value_uuid(x->group), value_text(x->on_done),
	                     some(x->timeout_ms)),
	              NULL, NULL));
	must(store_changes(b->store) == count); /* L1 */
	return OK;
}

/* ---- attempts */

struct starting {
	struct batch *batch;
	struct str queue;
};

static enum err take_started(void *context, const struct value *columns, int count)
{
	struct starting *s = context;
	struct uuid id;

	must(count == 1);
	if (!value_read_uuid(columns[0], &id))
		return ERR_CORRUPT;
	note(s->batch, s->queue, id, JOB_RUNNING, false);
	return OK;
}

/* Some have a job, some were sent before the queue was tracked. */
static enum err note_started(struct batch *b, struct str queue, int64_t first, int count)
{
	struct starting s = { b, queue };

	return store_run(b->store, STMT_JOB_STARTED,
	                 VALUES(value_int(first), value_int(first + count - 1)), take_started, &s);
}

enum err ledger_start(struct batch *b, struct str queue, int64_t first, const struct uuid *ids,
                      int count, struct str worker, int64_t lease_until, int *found)
{
	must(lease_until >= b->now.wall_ms && first > 0 && count > 0);
	/* One is half as dear by the shorter statement. */
	if (count == 1)
		TRY(store_run(b->store, STMT_JOB_START,
		              VALUES(value_int(first), value_int(b->now.wall_ms), value_int(lease_until),
		                     value_text(worker)),
		              NULL, NULL));
	else
		TRY(store_run(b->store, STMT_JOB_START_PAGE,
		              VALUES(value_int(first), value_int(first + count - 1),
		                     value_int(b->now.wall_ms), value_int(lease_until), value_text(worker)),
		              NULL, NULL));
	*found = (int)store_changes(b->store);
	if (*found > 0 && *found < count)
		return note_started(b, queue, first, count);
	for (int i = 0; i < count && *found == count; i++)
		note(b, queue, ids[i], JOB_RUNNING, false);
	return OK;
}

enum err ledger_lease(struct batch *b, struct uuid id, int64_t lease_until)
{
	return store_run(b->store, STMT_JOB_LEASE, VALUES(value_uuid(&id), value_int(lease_until)),
	                 NULL, NULL);
}

enum err ledger_progress(struct batch *b, const struct job_row *job, int progress, struct str text)
{
	must(job->state == JOB_RUNNING && progress >= -1 && progress <= 1000);
	if (progress < 0 && !str_given(text))
		return OK;
	keep_change(b, &(struct job_change){ .id = job->id,
	                                     .queue = job->queue,
	                                     .state = JOB_RUNNING,
	                                     .progress = progress });
	return store_run(b->store, STMT_JOB_PROGRESS,
	                 VALUES(value_uuid(&job->id), progress < 0 ? value_null() : value_int(progress),
	                        value_text(text)),
	                 NULL, NULL);
}

enum err ledger_ask_cancel(struct batch *b, const struct job_row *job)
{
	must(job->state == JOB_RUNNING);
	note_row(b, job, JOB_RUNNING);
	return store_run(b->store, STMT_JOB_ASK_CANCEL,
	                 VALUES(value_uuid(&job->id), value_int(b->now.wall_ms)), NULL, NULL);
}

static enum err attempt_insert(struct batch *b, const struct job_row *job,
                               enum attempt_outcome outcome, struct str error, struct str log)
{
	must(job->attempts >= 1); /* L5 */
	return store_run(b->store, STMT_JOB_ATTEMPT_INSERT,
	                 VALUES(value_uuid(&job->id), value_int(job->attempts),
	                        value_text(attempt_outcome_name(outcome)), value_text(job->worker),
	                        value_int(job->started_at), value_int(b->now.wall_ms),
	                        value_text(error), value_text(log)),
	                 NULL, NULL);
}

enum err ledger_again(struct batch *b, const struct job_row *job, enum attempt_outcome outcome,
                      struct str error, struct str log, int64_t execute_at)
{
	must(job->state == JOB_RUNNING && outcome != ATTEMPT_SUCCEEDED); /* L2 */
	keep_change(b, &(struct job_change){ .id = job->id,
	                                     .queue = job->queue,
	                                     .state = JOB_PENDING,
	                                     .progress = -1,
	                                     .again = true,
	                                     .grouped = is_grouped(job) });
	TRY(attempt_insert(b, job, outcome, error, log)); /* L5 */
	return store_run(b->store, STMT_JOB_AGAIN,
	                 VALUES(value_uuid(&job->id), some(execute_at), value_text(error)), NULL, NULL);
}

/* ---- its end */

enum err ledger_done(struct batch *b, int64_t first, int count, int *found)
{
	must(first > 0 && count > 0);
	if (count == 1)
		TRY(store_run(b->store, STMT_JOB_DONE, VALUES(value_int(first), value_int(b->now.wall_ms)),
		              NULL, NULL));
	else
		TRY(store_run(b->store, STMT_JOB_DONE_PAGE,
		              VALUES(value_int(first), value_int(first + count - 1),
		                     value_int(b->now.wall_ms)),
		              NULL, NULL));
	*found = (int)store_changes(b->store);
	return OK;
}

struct grouped {
	struct uuid id;
	bool found, grouped;
};

static enum err take_grouped(void *context, const struct value *columns, int count)
{
	struct grouped *g = context;

	must(count == 2 && !g->found);
	if (!value_read_uuid(columns[0], &g->id))
		return ERR_CORRUPT;
	g->found = true;
	g->grouped = columns[1].number != 0;
	return OK;
}

enum err ledger_note_done(struct batch *b, struct str queue, int64_t body_id, const struct uuid *id,
                          bool grouped)
{
	struct grouped g = { .found = false };

	if (id != NULL) {
		note(b, queue, *id, JOB_SUCCEEDED, grouped);
		return OK;
	}
	TRY(store_run(b->store, STMT_JOB_GROUPED, VALUES(value_int(body_id)), take_grouped, &g));
	if (g.found)
		note(b, queue, g.id, JOB_SUCCEEDED, g.grouped);
	return OK;
}

enum err ledger_end(struct batch *b, const struct job_row *job, const struct job_end *end)
{
	must(job_state_final(end->state) && job_may_become(job->state, end->state)); /* L2 */
	must(end->dead_id == 0 || end->state == JOB_FAILED);
	note_row(b, job, end->state);
	if (job->state == JOB_RUNNING &&
	    (end->outcome != ATTEMPT_SUCCEEDED || str_given(end->log))) /* L5 */
		TRY(attempt_insert(b, job, end->outcome, end->error, end->log));
	return store_run(b->store, STMT_JOB_END,
	                 VALUES(value_uuid(&job->id), value_text(job_state_name(end->state)),
	                        value_int(b->now.wall_ms), value_text(end->error),
	                        value_text(end->result), some(end->dead_id)),
	                 NULL, NULL);
}

enum err ledger_reopen(struct batch *b, const struct job_row *job, struct str queue,
                       int64_t body_id, int64_t execute_at)
{
	must(job_may_become(job->state, JOB_PENDING) && body_id > 0); /* L2 */
	keep_change(b, &(struct job_change){ .id = job->id,
	                                     .queue = queue,
	                                     .state = JOB_PENDING,
	                                     .progress = -1,
	                                     .reopened = job_state_final(job->state),
	                                     .grouped = is_grouped(job) });
	if (job->body_id != body_id) /* L4 */
		TRY(store_run(b->store, STMT_BODY_DELETE, VALUES(value_int(job->body_id)), NULL, NULL));
	return store_run(b->store, STMT_JOB_REOPEN,
	                 VALUES(value_uuid(&job->id), value_text(queue), value_int(body_id),
	                        some(execute_at)),
	                 NULL, NULL);
}
