/* saga_job.c - the jobs of a saga: kept as JSON until it is their turn, then submitted.
 *
 * A full queue takes them all the same, since who would be refused is on its way already. */
#include "base/limits.h"
#include "domain/job/group.h"
#include "domain/job/inside.h"
#include "domain/job/saga_inside.h"
#include "wire/json.h"

/* ---- kept */

static void number(struct buf *b, const char *name, int64_t n)
{
	buf_printf(b, ",\"%s\":%lld", name, (long long)n);
}

struct str saga_spec(struct arena *a, const struct job_entry *e)
{
	struct buf b = { 0 };

	buf_add(&b, S("{\"queue\":"));
	json_write_text(&b, e->queue);
	json_write_member(&b, "message_group", e->send.group);
	if (e->send.priority >= 0)
		number(&b, "priority", e->send.priority);
	if (e->delay_ms > 0)
		number(&b, "delay_ms", e->delay_ms);
	if (e->extra.timeout_ms > 0)
		number(&b, "timeout_ms", e->extra.timeout_ms);
	json_write_member_raw(&b, "labels", e->extra.labels_json);
	buf_add_byte(&b, '}');
	arena_adopt(a, b.at);
	return buf_str(&b);
}

struct str saga_dedup(struct arena *a, const struct uuid *saga, int step, bool undo)
{
	char text[37];

	uuid_text(*saga, text);
	return arena_printf(a, "%s/%d%s", text, step, undo ? "/undo" : "");
}

struct str saga_undo_body(struct arena *a, const struct undo_body *u, bool left_out)
{
	struct buf b = { 0 };
	char text[37];

	uuid_text(*u->saga, text);
	buf_printf(&b, "{\"saga\":\"%s\",\"step\":", text);
	json_write_text(&b, u->step);
	if (u->job != NULL) {
		uuid_text(*u->job, text);
		buf_printf(&b, ",\"job\":\"%s\"", text);
	}
	if (left_out)
		buf_add(&b, S(",\"left_out\":true"));
	else {
		json_write_member_raw(&b, "payload", u->payload);
		json_write_member_raw(&b, "result", str_given(u->result) ? u->result : S("null"));
	}
	json_write_member_raw(&b, "compensation", u->own);
	buf_add_byte(&b, '}');
	arena_adopt(a, b.at);
	return buf_str(&b);
}

/* ---- read */

struct kept {
	struct arena *arena;
	struct str spec, payload, own, result; /* own, result: of a compensation */
	bool found;
};

static enum err take_kept(void *context, const struct value *columns, int count)
{
	struct kept *k = context;

	must(count == 2 || count == 4);
	k->found = true;
	k->spec = arena_str(k->arena, columns[0].bytes);
	k->payload = arena_str(k->arena, columns[count == 2 ? 1 : 2].bytes);
	if (count == 4) {
		k->own = arena_str(k->arena, columns[1].bytes);
		k->result = arena_str(k->arena, columns[3].bytes);
	}
	return OK;
}

static enum err read_kept(struct batch *b, const struct saga *s, int step, bool undo,
                          struct kept *k)
{
	*k = (struct kept){ .arena = b->arena };
	TRY(store_run(b->store, undo ? STMT_SAGA_STEP_UNDO : STMT_SAGA_STEP_JOB,
	              VALUES(value_uuid(&s->id), value_int(step)), take_kept, k));
	return k->found && str_given(k->spec) && str_given(k->payload) ? OK : ERR_CORRUPT;
}

static int64_t read_number(const struct json *v, const char *name, int64_t otherwise)
{
	const struct json *n = json_get(v, name);
	int64_t value;

	return n != NULL && str_i64(n->text, 0, INT64_MAX, &value) ? value : otherwise;
}

static void read_labels(struct arena *a, const struct json *v, struct job_extra *x)
{
	const struct json *labels = json_get(v, "labels");

	if (labels == NULL)
		return;
	struct label *list = ARENA_ARRAY(a, struct label, labels->count + 1);
	JSON_EACH (labels, l)
		list[x->label_count++] = (struct label){ l->key, l->text };
	x->labels = list;
	x->labels_json = json_written(a, labels);
}

/* ---- submitted */

struct making {
	struct send_entry send;
	struct job_extra extra;
	struct job_row parent;
	struct uuid group, parent_id;
	uint8_t trace_id[16], span_id[8];
};

/* A trace with those before it. */
static enum err be_child(struct batch *b, struct making *m, const struct uuid *parent)
{
	bool found = false;

	if (parent != NULL)
		TRY(ledger_read(b->store, b->arena, *parent, &m->parent, &found));
	if (!found) /* none, or its queue has forgotten it */
		return OK;
	m->parent_id = *parent;
	struct str trace = m->parent.trace_id;
	memcpy(m->trace_id, str_given(trace) ? trace.at : (const char *)parent->bytes,
	       sizeof m->trace_id);
	memcpy(m->span_id, parent->bytes + 8, sizeof m->span_id);
	m->extra.parent = &m->parent_id;
	m->extra.trace_id = m->trace_id;
	m->extra.parent_span_id = m->span_id;
	return OK;
}

static void set_body(struct batch *b, struct send_entry *e, struct str body)
{
	e->body = body;
	e->size = body.len;
	queue_digest_body(b->arena, e, false);
}

static struct refused takes(struct batch *b, struct queue *q, struct send_entry *e)
{
	e->refused = (struct refused){ .why = REFUSED_NONE };
	queue_enqueue_check(b, q, e, false, 0);
	if (refusal_is_fullness(e->refused.why))
		e->refused.why = REFUSED_NONE;
	return e->refused;
}

static struct refused gone(struct batch *b, struct str name, bool there)
{
	return refused_as(b->arena, there ? REFUSED_NOT_TRACKED : REFUSED_NO_SUCH_QUEUE,
	                  there ? "The queue %.*s keeps no jobs any more."
	                        : "There is no queue named %.*s any more.",
	                  S_ARG(name));
}

static void fill(struct batch *b, const struct saga *s, int step, bool undo, const struct json *v,
                 struct queue *q, struct making *m)
{
	int64_t delay_ms = read_number(v, "delay_ms", 0);

	m->group = s->id;
	m->extra.group = &m->group;
	m->extra.timeout_ms = read_number(v, "timeout_ms", 0);
	read_labels(b->arena, v, &m->extra);
	m->send.extra = &m->extra;
	m->send.delay_s = -1;
	m->send.priority = (int)read_number(v, "priority", -1);
	m->send.group = json_get_text(v, "message_group");
	if (queue_is_fifo(q))
		m->send.dedup = saga_dedup(b->arena, &s->id, step, undo);
	else if (delay_ms > 0)
		m->send.execute_at = b->now.wall_ms + delay_ms;
}

/* What is asked of the queue: with the whole body, else with less of it. */
static struct refused put_body(struct batch *b, const struct saga *s, int step, bool undo,
                               const struct kept *k, struct queue *q, struct send_entry *e)
{
	struct undo_body u = { .saga = &s->id,
		                   .job = &s->steps[step].job,
		                   .step = s->steps[step].name,
		                   .payload = k->payload,
		                   .result = k->result,
		                   .own = k->own };

	set_body(b, e, undo ? saga_undo_body(b->arena, &u, false) : k->payload);
	struct refused why = takes(b, q, e);
	if (why.why != REFUSED_INVALID_PARAMETER || !undo)
		return why;
	set_body(b, e, saga_undo_body(b->arena, &u, true));
	return takes(b, q, e);
}

enum err saga_submit(struct batch *b, const struct saga *s, int step, bool undo,
                     const struct uuid *parent, struct uuid *id, struct refused *why)
{
	struct making *m = ARENA_NEW(b->arena, struct making);
	struct kept k;
	struct str text;

	must(step >= 0 && step < s->count && !saga_ended(s->state));
	TRY(read_kept(b, s, step, undo, &k));
	const struct json *v = json_read(b->arena, k.spec, &text);
	struct str name = json_get_text(v, "queue");
	struct queue *q = queue_by_name(b->domain, name);
	*why = (struct refused){ .why = REFUSED_NONE };
	if (q == NULL || !queue_is_tracked(q)) {
		*why = gone(b, name, q != NULL);
		return OK;
	}
	fill(b, s, step, undo, v, q, m);
	TRY(be_child(b, m, parent));
	*why = put_body(b, s, step, undo, &k, q, &m->send);
	if (why->why != REFUSED_NONE)
		return OK;
	TRY(queue_enqueue(b, q, &m->send, S("ringi")));
	if (m->send.duplicate) { /* who knows the saga's id could send what looks like its step */
		*why =
			refused_as(b->arena, REFUSED_INVALID_PARAMETER,
		               "The queue %.*s has had a message with the deduplication id of this step.",
		               S_ARG(name));
		return OK;
	}
	*id = m->send.message_id;
	return group_add(b, &s->id, 1);
}
