/* track.c - the rows of jobs follow those of messages (L1 of domain/ledger/ledger.h). */
#include "domain/queue/track.h"

#include "domain/ledger/trace.h"

struct job_end leaving_end(enum leaving leaving)
{
	static const struct job_end ends[] = {
		[LEAVES_DONE] = { .state = JOB_SUCCEEDED, .outcome = ATTEMPT_SUCCEEDED },
		[LEAVES_EXPIRED] = { .state = JOB_FAILED, .outcome = ATTEMPT_LOST },
		[LEAVES_REMOVED] = { .state = JOB_CANCELED, .outcome = ATTEMPT_CANCELED },
		[LEAVES_PURGED] = { .state = JOB_CANCELED, .outcome = ATTEMPT_CANCELED },
		[LEAVES_MOVED] = { .state = JOB_CANCELED, .outcome = ATTEMPT_CANCELED },
		[LEAVES_TRIED] = { .state = JOB_FAILED, .outcome = ATTEMPT_LOST },
	};
	static const char *const errors[] = {
		[LEAVES_EXPIRED] = "{\"code\":\"EXPIRED\",\"message\":\"It waited for longer than its "
						   "queue keeps messages.\"}",
		[LEAVES_REMOVED] =
			"{\"code\":\"REMOVED\",\"message\":\"Its message was removed by hand.\"}",
		[LEAVES_PURGED] = "{\"code\":\"PURGED\",\"message\":\"Its queue was purged or deleted.\"}",
		[LEAVES_MOVED] = "{\"code\":\"MOVED\",\"message\":\"Its message was moved to a queue that "
						 "is not tracked.\"}",
		[LEAVES_TRIED] = "{\"code\":\"ATTEMPTS_USED_UP\",\"message\":\"It was received as often "
						 "as its queue allows, and never finished.\"}",
	};
	struct job_end end;

	must(leaving <= LEAVES_TRIED);
	end = ends[leaving];
	if (leaving != LEAVES_DONE)
		end.error = str_of(errors[leaving]);
	return end;
}

enum err track_job(struct batch *b, int64_t body_id, const struct job_row **job)
{
	struct job_row *row = ARENA_NEW(b->arena, struct job_row);
	bool found = false;

	TRY(ledger_of_body(b->store, b->arena, body_id, row, &found));
	*job = found ? row : NULL;
	return OK;
}

/* The bytes of the trace lie in `trace`. */
static struct job_new job_new_of(const struct queue *q, const struct send_entry *e,
                                 struct str sender, int64_t due_at, struct trace *trace)
{
	bool traced = str_given(e->trace_header) && trace_read(e->trace_header, trace);

	must(q->settings.track);
	return (struct job_new){
		.id = e->message_id,
		.queue = q->name,
		.requested_by = str_given(e->requested_by) ? e->requested_by : sender,
		.message_group = e->group,
		.body_id = message_id_of(q, e->position),
		.execute_at = due_at,
		.priority = e->priority,
		.trace_id = traced ? trace->trace_id : NULL,
		.parent_span_id = traced && trace->has_span ? trace->span_id : NULL,
		.extra = e->extra,
	};
}

enum err track_put(struct batch *b, const struct queue *q, const struct send_entry *e,
                   struct str sender, int64_t due_at)
{
	struct trace trace;
	struct job_new job = job_new_of(q, e, sender, due_at, &trace);

	return ledger_create(b, &job);
}

enum err track_put_page(struct batch *b, const struct queue *q, struct send_entry *const *entries,
                        int count, struct str sender)
{
	struct uuid *ids = ARENA_ARRAY(b->arena, struct uuid, count);
	const struct send_entry *first = NULL;
	struct trace trace;
	int n = 0;

	for (int i = 0; i < count; i++) {
		if (entries[i]->duplicate)
			continue;
		first = first == NULL ? entries[i] : first;
		must(entries[i]->position == first->position + (uint64_t)n);
		ids[n++] = entries[i]->message_id;
	}
	if (n == 0)
		return OK;
	struct job_new job = job_new_of(q, first, sender, 0, &trace);
	return ledger_create_page(b, &job, ids, n);
}

enum err track_start(struct batch *b, const struct queue *q, const struct received *r, int count,
                     struct str worker, int64_t lease_until)
{
	struct uuid *ids = ARENA_ARRAY(b->arena, struct uuid, count);
	int found;

	must(q->settings.track && r[count - 1].position == r->position + (uint64_t)count - 1);
	for (int i = 0; i < count; i++)
		ids[i] = r[i].message_id;
	return ledger_start(b, q->name, message_id_of(q, r->position), ids, count, worker, lease_until,
	                    &found);
}

static enum err body_delete(struct batch *b, int64_t id)
{
	return store_run(b->store, STMT_BODY_DELETE, VALUES(value_int(id)), NULL, NULL);
}

enum err track_done(struct batch *b, const struct queue *q, uint64_t first, int count)
{
	int64_t id = message_id_of(q, first);
	int found;

	TRY(ledger_done(b, id, count, &found));
	if (found < count)
		TRY(store_run(b->store, STMT_JOB_BODIES_DELETE,
		              VALUES(value_int(id), value_int(id + count - 1)), NULL, NULL));
	for (int i = 0; i < count && found > 0; i++) {
		const struct entry *e = map_find(&q->entries, first + (uint64_t)i);
		must(e != NULL); /* else a row went of which nobody spoke */
		bool known = e->job_known && found == count;
		TRY(ledger_note_done(b, q->name, id + i, known ? &e->job : NULL, e->job_grouped));
	}
	return OK;
}

enum err track_leave(struct batch *b, int64_t body_id, enum leaving leaving)
{
	const struct job_end end = leaving_end(leaving);
	const struct job_row *job;

	must(leaving != LEAVES_DONE);
	TRY(track_job(b, body_id, &job));
	return job == NULL ? body_delete(b, body_id) : ledger_end(b, job, &end);
}

/* ---- from one queue into another */

struct body {
	struct arena *arena;
	struct uuid id;
	struct str sender, trace_header;
	int priority; /* -1: it was sent without one */
};

static enum err take_body(void *context, const struct value *columns, int count)
{
	struct body *body = context;

	must(count == 4);
	if (!value_read_uuid(columns[0], &body->id))
		return ERR_CORRUPT;
	body->sender = arena_str(body->arena, columns[1].bytes);
	body->trace_header = arena_str(body->arena, columns[2].bytes);
	body->priority = columns[3].kind == VALUE_NULL ? -1 : (int)columns[3].number;
	return OK;
}

/* It has no job yet. Or its job is another message's now, since it was tried again without
 * waiting for this copy: then it goes on under an id of its own, or one job would be done
 * twice (L3). */
static enum err arrive_as_new(struct batch *b, const struct queue *to, int64_t id, struct str group,
                              const struct job_row *others)
{
	struct body body = { .arena = b->arena };
	struct send_entry e = { .position = POSITION_OF(id), .group = group };
	struct job_extra extra = { .parent = others == NULL ? NULL : &others->id };

	TRY(store_run(b->store, STMT_BODY_WHO, VALUES(value_int(id)), take_body, &body));
	e.message_id = others == NULL ? body.id : uuid_new(b->now, b->rng);
	e.trace_header = body.trace_header;
	e.priority = body.priority;
	e.extra = others == NULL ? NULL : &extra;
	struct str bytes = { (const char *)e.message_id.bytes, sizeof e.message_id.bytes };
	if (others != NULL)
		TRY(store_run(b->store, STMT_BODY_RENAME, VALUES(value_int(id), value_blob(bytes)), NULL,
		              NULL));
	return track_put(b, to, &e, body.sender, 0);
}

static enum err arrive(struct batch *b, const struct queue *to, int64_t id, struct str group)
{
	struct job_row *job = ARENA_NEW(b->arena, struct job_row);
	bool found;

	TRY(ledger_of_copy(b->store, b->arena, id, job, &found));
	if (found && job->state == JOB_FAILED)
		return ledger_reopen(b, job, to->name, id, 0);
	return arrive_as_new(b, to, id, group, found ? job : NULL);
}

enum err track_move(struct batch *b, const struct queue *q, int64_t old_id, const struct queue *to,
                    int64_t new_id, struct str group, const struct job_end *dead, bool *stays)
{
	const struct job_row *job = NULL;
	struct job_end end = dead != NULL ? *dead : leaving_end(LEAVES_MOVED);

	*stays = false;
	if (q->settings.track)
		TRY(track_job(b, old_id, &job));
	if (job == NULL)
		return to->settings.track ? arrive(b, to, new_id, group) : OK;
	if (to->settings.track)
		return ledger_reopen(b, job, to->name, new_id, 0);
	if (dead != NULL)
		end.dead_id = new_id;
	*stays = true; /* L4 */
	return ledger_end(b, job, &end);
}
