/* job.c - what schedules know of messages and jobs: the one before, and the next. */
#include "base/limits.h"
#include "domain/queue/enqueue.h"
#include "domain/schedule/memory.h"
#include "wire/json.h"
#include "domain/queue/errors.h"

/* ---- the firing before */

enum err schedule_previous(struct batch *b, const struct schedule *s, struct previous *p)
{
	bool found = false;
	char id[37];

	*p = (struct previous){ 0 };
	if (!s->has_last_job || s->overlap == OVERLAP_ALLOW)
		return OK;
	p->row = ARENA_NEW(b->arena, struct job_row);
	TRY(ledger_read(b->store, b->arena, s->last_job, p->row, &found));
	p->open = found && !job_state_final(p->row->state);
	if (!p->open)
		return OK;
	uuid_text(s->last_job, id);
	p->text = arena_printf(b->arena, "The job of the firing before, %s, is %.*s.", id,
	                       S_ARG(job_state_name(p->row->state)));
	return OK;
}

enum err schedule_cancel_previous(struct batch *b, const struct schedule *s,
                                  const struct previous *p)
{
	must(p->open && p->row != NULL);
	if (p->row->state != JOB_PENDING)
		return ledger_ask_cancel(b, p->row);
	return queue_cancel(b, p->row,
	                    error_json(b->arena, S("SCHEDULE"),
	                               arena_printf(b->arena, "The schedule %.*s fires again.",
	                                            S_ARG(s->name))));
}

/* ---- the next message */

struct payload {
	struct arena *arena;
	struct str body, md5, labels;
	int priority;
	bool found;
};

static enum err got_payload(void *context, const struct value *v, int count)
{
	struct payload *p = context;

	must(count == 4);
	p->body = arena_str(p->arena, v[0].bytes);
	p->md5 = arena_str(p->arena, v[1].bytes);
	p->labels = arena_str(p->arena, v[2].bytes);
	p->priority = v[3].kind == VALUE_NULL ? -1 : (int)v[3].number;
	p->found = true;
	return OK;
}

static void add_label(struct arena *a, struct json *all, const char *name, struct str value)
{
	json_add(all, str_of(name), json_new_text(a, JSON_STRING, value));
}

/* Those that it was given, its name, and for which time it is. */
static bool put_labels(struct arena *a, const struct schedule *s, struct str stored,
                       struct str due_text, struct job_extra *extra)
{
	struct json *all = str_given(stored) ? NULL : json_new(a, JSON_OBJECT);
	struct str why;

	if (all == NULL && (all = json_read(a, stored, &why)) == NULL)
		return false;
	add_label(a, all, "schedule", s->name);
	if (str_given(due_text))
		add_label(a, all, "due_at", due_text);
	struct label *labels = ARENA_ARRAY(a, struct label, all->count);
	JSON_EACH (all, v)
		labels[extra->label_count++] = (struct label){ v->key, v->text };
	extra->labels = labels;
	extra->labels_json = json_written(a, all);
	return true;
}

/* For receivers that know nothing of jobs: message attributes `schedule` and `due_at`. */
static void put_attributes(struct arena *a, const struct schedule *s, struct str due_text,
                           struct send_entry *e)
{
	const struct str type = S("String");

	e->attributes = arena_printf(a, "{\"schedule\":{\"type\":\"String\",\"value\":\"%.*s\"}",
	                             S_ARG(s->name));
	e->size += strlen("schedule") + type.len + s->name.len;
	if (str_given(due_text)) {
		e->attributes = arena_printf(a, "%.*s,\"due_at\":{\"type\":\"String\",\"value\":\"%.*s\"}",
		                             S_ARG(e->attributes), S_ARG(due_text));
		e->size += strlen("due_at") + type.len + due_text.len;
	}
	e->attributes = arena_printf(a, "%.*s}", S_ARG(e->attributes));
}

/* A FIFO queue handles what one schedule sends one after the other. */
static void put_group(struct batch *b, const struct schedule *s, int64_t due_at,
                      struct send_entry *e)
{
	char id[37];

	e->group = s->name;
	if (due_at != 0) {
		e->dedup = arena_printf(b->arena, "%.*s@%lld", S_ARG(s->name), (long long)due_at);
		return;
	}
	uuid_text(uuid_new(b->now, b->rng), id);
	e->dedup = arena_str(b->arena, str_of(id));
}

enum err schedule_message(struct batch *b, const struct schedule *s, struct queue *q,
                          int64_t due_at, struct send_entry **out)
{
	struct payload p = { .arena = b->arena };
	struct send_entry *e = ARENA_NEW(b->arena, struct send_entry);
	struct job_extra *extra = ARENA_NEW(b->arena, struct job_extra);
	struct str due_text = S_NONE;

	TRY(store_run(b->store, STMT_SCHEDULE_PAYLOAD, VALUES(value_text(s->name)), got_payload, &p));
	if (!p.found || p.md5.len != 16)
		return ERR_CORRUPT;
	if (due_at != 0) {
		struct buf text = { 0 };
		time_rfc3339(&text, due_at);
		arena_adopt(b->arena, text.at);
		due_text = buf_str(&text);
	}
	if (!put_labels(b->arena, s, p.labels, due_text, extra))
		return ERR_CORRUPT;
	*e = (struct send_entry){
		.body = p.body, .body_md5 = p.md5, .priority = p.priority, .extra = extra
	};
	e->size = p.body.len;
	put_attributes(b->arena, s, due_text, e);
	if (queue_is_fifo(q)) {
		e->delay_s = -1;
		put_group(b, s, due_at, e);
	}
	*out = e;
	return OK;
}
