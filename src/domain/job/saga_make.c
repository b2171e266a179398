/* saga_make.c - a saga is declared, and looked at. */
#include "base/limits.h"
#include "domain/job/group.h"
#include "domain/job/inside.h"
#include "domain/job/saga_inside.h"

/* ---- check */

static struct refused wrong(struct cmd *c, int step, const char *sentence)
{
	return refused_as(c->arena, REFUSED_INVALID_PARAMETER, "saga.steps[%d]: %s", step, sentence);
}

/* Who declares a step says how it is undone; the last one never is. */
static struct refused check_undo(struct cmd *c, const struct saga_create *p, int at)
{
	const struct saga_declared *d = &p->steps[at];

	if (d->nothing && (d->has_compensation || str_given(d->manual)))
		return wrong(c, at, "nothing_to_undo goes with neither compensation nor manual.");
	if (!d->nothing && !d->has_compensation && !str_given(d->manual) && at < p->count - 1)
		return wrong(c, at,
		             "Say how the step is undone when a later one fails: give a compensation, or "
		             "manual (what a person has to do), or nothing_to_undo.");
	for (int i = 0; i < at; i++)
		if (str_eq(d->name, p->steps[i].name))
			return wrong(c, at, "Another step has this name already.");
	return (struct refused){ .why = REFUSED_NONE };
}

static enum err check_job(struct batch *b, struct cmd *c, struct job_entry *e, int step,
                          const char *what, struct refused *why)
{
	static const struct uuid none;

	if (str_ends(e->queue, S(".fifo"))) /* the real one comes with the real job */
		e->send.dedup = saga_dedup(c->arena, &none, step, what[0] == 'c');
	TRY(job_entries_check(b, c, e, 1, NULL, NULL, why));
	if (why->why != REFUSED_NONE)
		why->text = arena_printf(c->arena, "saga.steps[%d].%s: %.*s", step, what, S_ARG(why->text));
	return OK;
}

/* Its body is not known before the step has succeeded. Whether that fits the queue's schema
 * is seen then. */
static enum err check_compensation(struct batch *b, struct cmd *c, struct saga_declared *d,
                                   int step, struct refused *why)
{
	struct job_entry e = d->compensation;
	static const struct uuid none;

	e.send.body = saga_undo_body(b->arena,
	                             &(struct undo_body){ .saga = &none,
	                                                  .job = &none,
	                                                  .step = d->name,
	                                                  .own = d->compensation.send.body },
	                             true);
	e.send.size = e.send.body.len;
	TRY(check_job(b, c, &e, step, "compensation", why));
	if (why->why == REFUSED_SCHEMA_MISMATCH)
		why->why = REFUSED_NONE;
	return OK;
}

enum err saga_check(struct batch *b, struct cmd *c, struct saga_create *p, struct refused *why)
{
	must(p->count >= 1 && p->count <= SAGA_STEPS_MAX);
	for (int i = 0; i < p->count; i++) {
		struct saga_declared *d = &p->steps[i];
		*why = check_undo(c, p, i);
		if (why->why == REFUSED_NONE)
			TRY(check_job(b, c, &d->job, i, "job", why));
		if (why->why == REFUSED_NONE && d->has_compensation)
			TRY(check_compensation(b, c, d, i, why));
		if (why->why != REFUSED_NONE)
			return OK;
	}
	return OK;
}

/* ---- write */

static enum err insert_step(struct batch *b, const struct saga_declared *d, const struct uuid *id,
                            int at)
{
	bool undo = d->has_compensation;

	must(str_given(d->name) && str_given(d->job.send.body));
	return store_run(b->store, STMT_SAGA_STEP_INSERT,
	                 VALUES(value_uuid(id), value_int(at), value_text(d->name), value_int(undo),
	                        value_int(d->nothing), value_text(d->manual),
	                        value_text(saga_spec(b->arena, &d->job)),
	                        value_text(undo ? saga_spec(b->arena, &d->compensation) : S_NONE),
	                        value_text(d->job.send.body),
	                        value_text(undo ? d->compensation.send.body : S_NONE)),
	                 NULL, NULL);
}

/* The first one is submitted by who declares it: part of their trace. */
static enum err begin(struct batch *b, struct cmd *c, struct saga_declared *d,
                      const struct uuid *id)
{
	struct job_entry *e = &d->job;

	if (str_given(e->send.dedup))
		e->send.dedup = saga_dedup(c->arena, id, 0, false);
	e->group = *id;
	e->has_group = true;
	e->extra.group = &e->group;
	TRY(job_entries_write(b, c, e, 1));
	must(!e->send.duplicate);
	return store_run(b->store, STMT_SAGA_STEP_STATE,
	                 VALUES(value_uuid(id), value_int(0),
	                        value_text(saga_step_state_name(STEP_RUNNING)),
	                        value_uuid(&e->send.message_id), value_null(), value_null()),
	                 NULL, NULL);
}

enum err saga_write(struct batch *b, struct cmd *c, struct saga_create *p, const struct uuid *id)
{
	struct value key = value_uuid(id);

	TRY(store_run(b->store, STMT_SAGA_INSERT, &key, 1, NULL, NULL));
	for (int i = 0; i < p->count; i++)
		TRY(insert_step(b, &p->steps[i], id, i));
	return begin(b, c, &p->steps[0], id);
}

/* ---- read */

struct reading {
	struct arena *arena;
	struct saga *to;
	bool found;
};

static enum err take_saga(void *context, const struct value *columns, int count)
{
	struct reading *r = context;

	must(count == 3 && !r->found);
	r->found = true;
	r->to->error = arena_str(r->arena, columns[1].bytes);
	r->to->ended_at = columns[2].number;
	return saga_state_read(columns[0].bytes, &r->to->state) ? OK : ERR_CORRUPT;
}

static bool take_id(struct value v, struct uuid *to, bool *given)
{
	*given = v.kind == VALUE_BLOB;
	if (*given && v.bytes.len == sizeof *to)
		memcpy(to, v.bytes.at, sizeof *to);
	return v.kind == VALUE_NULL || (*given && v.bytes.len == sizeof *to);
}

static enum err take_step(void *context, const struct value *columns, int count)
{
	struct reading *r = context;

	must(count == 7);
	if (r->to->count == SAGA_STEPS_MAX)
		return ERR_CORRUPT;
	struct saga_step *s = &r->to->steps[r->to->count++];
	s->name = arena_str(r->arena, columns[0].bytes);
	s->undoable = columns[4].number != 0;
	s->nothing = columns[5].number != 0;
	s->manual = arena_str(r->arena, columns[6].bytes);
	return saga_step_state_read(columns[1].bytes, &s->state) &&
	               take_id(columns[2], &s->job, &s->has_job) &&
	               take_id(columns[3], &s->undo_job, &s->has_undo_job)
	           ? OK
	           : ERR_CORRUPT;
}

enum err saga_read(struct store *store, struct arena *a, const struct uuid *id, struct saga **to)
{
	struct reading r = { a, ARENA_NEW(a, struct saga), false };
	struct value key = value_uuid(id);

	*to = NULL;
	TRY(store_run(store, STMT_SAGA_READ, &key, 1, take_saga, &r));
	if (!r.found)
		return OK;
	r.to->id = *id;
	r.to->steps = ARENA_ARRAY(a, struct saga_step, SAGA_STEPS_MAX);
	TRY(store_run(store, STMT_SAGA_STEPS, &key, 1, take_step, &r));
	if (r.to->count == 0)
		return ERR_CORRUPT;
	*to = r.to;
	return OK;
}
