/* read.c - a job as its row says. */
#include "domain/ledger/ledger.h"

static int optional(struct value v)
{
	return v.kind == VALUE_NULL ? -1 : (int)v.number;
}

/* A blob of that size, or absent. */
static bool blob_fits(struct value v, size_t size)
{
	return v.kind == VALUE_NULL || (v.kind == VALUE_BLOB && v.bytes.len == size);
}

static void take_texts(struct arena *a, const struct value *columns, struct job_row *to)
{
	struct str *const texts[JOB_COLUMNS] = {
		[1] = &to->queue,         [11] = &to->worker,        [12] = &to->message_group,
		[16] = &to->requested_by, [17] = &to->trace_id,      [18] = &to->parent_span_id,
		[19] = &to->parent,       [20] = &to->group,         [21] = &to->on_done,
		[22] = &to->labels,       [24] = &to->progress_text, [25] = &to->error,
		[26] = &to->result,
	};

	for (int i = 0; i < JOB_COLUMNS; i++)
		if (texts[i] != NULL)
			*texts[i] = arena_str(a, columns[i].bytes);
}

enum err job_row_from_row(struct arena *a, const struct value *columns, int count,
                          struct job_row *to)
{
	must(count == JOB_COLUMNS);
	*to = (struct job_row){ 0 };
	if (!value_read_uuid(columns[0], &to->id) || !job_state_read(columns[2].bytes, &to->state) ||
	    !blob_fits(columns[17], 16) || !blob_fits(columns[18], 8) || !blob_fits(columns[19], 16) ||
	    !blob_fits(columns[20], 16))
		return ERR_CORRUPT;
	take_texts(a, columns, to);
	to->attempts = columns[3].number;
	to->body_id = columns[4].number;
	to->dead_id = columns[5].number;
	to->created_at = columns[6].number;
	to->execute_at = columns[7].number;
	to->started_at = columns[8].number;
	to->lease_until = columns[9].number;
	to->finished_at = columns[10].number;
	to->priority = optional(columns[13]);
	to->timeout_ms = columns[14].number;
	to->cancel_asked_at = columns[15].number;
	to->progress = optional(columns[23]);
	return OK;
}

struct one {
	struct arena *arena;
	struct job_row *to;
	bool found;
};

static enum err take_job(void *context, const struct value *columns, int count)
{
	struct one *one = context;

	must(!one->found);
	one->found = true;
	return job_row_from_row(one->arena, columns, count, one->to);
}

enum err ledger_read(struct store *store, struct arena *a, struct uuid id, struct job_row *to,
                     bool *found)
{
	struct one one = { .arena = a, .to = to };

	TRY(store_run(store, STMT_JOB_READ, VALUES(value_uuid(&id)), take_job, &one));
	*found = one.found;
	return OK;
}

static enum err read_by_body(struct store *store, enum stmt stmt, struct arena *a, int64_t body_id,
                             struct job_row *to, bool *found)
{
	struct one one = { .arena = a, .to = to };

	must(body_id > 0);
	TRY(store_run(store, stmt, VALUES(value_int(body_id)), take_job, &one));
	*found = one.found;
	return OK;
}

enum err ledger_of_body(struct store *store, struct arena *a, int64_t body_id, struct job_row *to,
                        bool *found)
{
	return read_by_body(store, STMT_JOB_OF_BODY, a, body_id, to, found);
}

enum err ledger_of_copy(struct store *store, struct arena *a, int64_t body_id, struct job_row *to,
                        bool *found)
{
	return read_by_body(store, STMT_JOB_OF_MESSAGE, a, body_id, to, found);
}

struct running {
	struct job_row *rows;
	int64_t first;
	int count;
};

static enum err take_running(void *context, const struct value *columns, int count)
{
	struct running *r = context;
	int64_t at = columns[0].number - r->first;

	must(count == 3 && at >= 0 && at < r->count);
	if (!value_read_uuid(columns[1], &r->rows[at].id))
		return ERR_CORRUPT;
	r->rows[at].body_id = columns[0].number;
	r->rows[at].state = JOB_RUNNING;
	r->rows[at].cancel_asked_at = columns[2].number;
	return OK;
}

enum err ledger_running(struct store *store, int64_t first, int count, struct job_row *rows)
{
	struct running r = { rows, first, count };

	must(first > 0 && count > 0);
	for (int i = 0; i < count; i++)
		rows[i] = (struct job_row){ 0 };
	return store_run(store, STMT_JOB_RUNNING_PAGE,
	                 VALUES(value_int(first), value_int(first + count - 1)), take_running, &r);
}
