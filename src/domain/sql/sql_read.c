/* sql_read.c - a row of table sql_command as the command that it stands for. */
#include "domain/job/job.h"
#include "domain/queue/enqueue.h"
#include "domain/sql/sql.h"
#include "domain/topic/notice.h"
#include "domain/topic/topic.h"
#include "wire/json.h"
#include "wire/traceparent.h"

static int64_t number(const struct json *options, const char *name, int64_t otherwise)
{
	const struct json *v = json_get(options, name);
	int64_t n;

	return v != NULL && str_i64(v->text, INT64_MIN, INT64_MAX, &n) ? n : otherwise;
}

/* {"name": "text" or number}; their bytes are counted as SQS and SNS do. */
static const struct attribute_value *attributes(struct arena *a, const struct json *options,
                                                int *count, size_t *size)
{
	const struct json *map = json_get(options, "attributes");
	struct attribute_value *all;

	*count = 0;
	if (map == NULL || map->count == 0)
		return NULL;
	all = ARENA_ARRAY(a, struct attribute_value, map->count);
	JSON_EACH (map, v) {
		struct attribute_value *one = &all[(*count)++];
		one->name = v->key;
		one->type = v->kind == JSON_NUMBER ? S("Number") : S("String");
		one->value = v->text;
		*size += one->name.len + one->type.len + one->value.len;
	}
	return all;
}

static void read_entry(struct cmd *c, const struct sql_row *row, const struct json *options,
                       struct send_entry *e)
{
	*e = (struct send_entry){
		.body = row->body,
		.size = row->body.len,
		.group = json_get_text(options, "group"),
		.dedup = json_get_text(options, "dedup"),
		.trace_header = c->trace_parent,
		.delay_s = number(options, "delay_s", -1),
		.priority = (int)number(options, "priority", -1),
		.own_id = &row->uuid,
	};
	queue_digest_body(c->arena, e, str_ends(row->target, S(".fifo")));
}

static void read_send(struct cmd *c, const struct sql_row *row, const struct json *options)
{
	struct queue_send *in = ARENA_NEW(c->arena, struct queue_send);
	struct send_entry *e = ARENA_NEW(c->arena, struct send_entry);
	int count;

	read_entry(c, row, options, e);
	const struct attribute_value *all = attributes(c->arena, options, &count, &e->size);
	e->attributes = attributes_for_queue(c->arena, all, count);
	*in = (struct queue_send){ .queue = row->target, .entries = e, .count = 1 };
	c->op = &op_queue_send;
	c->in = in;
}

static void read_labels(struct arena *a, const struct json *options, struct job_extra *x)
{
	const struct json *map = json_get(options, "labels");
	struct json *texts = json_new(a, JSON_OBJECT);
	struct buf text = { 0 };
	struct label *labels;

	if (map == NULL || map->count == 0)
		return;
	labels = ARENA_ARRAY(a, struct label, map->count);
	JSON_EACH (map, v) {
		labels[x->label_count++] = (struct label){ v->key, v->text };
		json_add(texts, v->key, json_new_text(a, JSON_STRING, v->text));
	}
	x->labels = labels;
	json_write(&text, texts);
	x->labels_json = arena_str(a, buf_str(&text));
	buf_free(&text);
}

static void read_submit(struct cmd *c, const struct sql_row *row, const struct json *options)
{
	struct job_submit *in = ARENA_NEW(c->arena, struct job_submit);
	struct job_entry *e = ARENA_NEW(c->arena, struct job_entry);

	read_entry(c, row, options, &e->send);
	e->queue = row->target;
	e->execute_at = number(options, "execute_at", 0);
	read_labels(c->arena, options, &e->extra);
	*in = (struct job_submit){ .queue = row->target, .entries = e, .count = 1 };
	c->op = &op_job_submit;
	c->in = in;
}

static void read_publish(struct cmd *c, const struct sql_row *row, const struct json *options)
{
	struct topic_publish *in = ARENA_NEW(c->arena, struct topic_publish);
	struct publish_entry *e = ARENA_NEW(c->arena, struct publish_entry);

	e->message = row->body;
	e->subject = json_get_text(options, "subject");
	e->group = json_get_text(options, "group");
	e->dedup = json_get_text(options, "dedup");
	e->own_id = &row->uuid;
	e->size = row->body.len;
	e->attributes = attributes(c->arena, options, &e->attribute_count, &e->size);
	*in = (struct topic_publish){ .topic = row->target, .entries = e, .count = 1 };
	c->op = &op_topic_publish;
	c->in = in;
}

static void read_cancel(struct cmd *c, const struct sql_row *row, const struct json *options)
{
	struct job_named *in = ARENA_NEW(c->arena, struct job_named);

	in->id = row->uuid;
	in->reason = json_get_text(options, "reason");
	c->op = &op_job_cancel;
	c->in = in;
}

/* As that of a request: what is none is left out. */
static struct str read_trace(const struct json *options)
{
	struct str text = json_get_text(options, "traceparent");
	struct traceparent t;

	return traceparent_read(text, &t) ? text : S_NONE;
}

typedef void read_fn(struct cmd *, const struct sql_row *, const struct json *options);

bool sql_read(struct cmd *c, const struct sql_row *row, struct str *why)
{
	static const struct {
		const char *kind;
		read_fn *read;
	} kinds[] = {
		{ "send", read_send },
		{ "submit_job", read_submit },
		{ "publish", read_publish },
		{ "cancel_job", read_cancel },
	};
	const struct json *options = json_read(c->arena, row->options, why);

	if (!row->has_uuid) {
		*why = S("The id of this row is no UUID of 16 bytes.");
		return false;
	}
	if (options == NULL || options->kind != JSON_OBJECT) {
		*why = S("The options of this row are no JSON object.");
		return false;
	}
	c->trace_parent = read_trace(options);
	c->caller.principal = arena_printf(c->arena, "sql:%.*s", S_ARG(row->role));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!str_is(row->kind, kinds[i].kind))
			continue;
		kinds[i].read(c, row, options);
		return true;
	}
	*why = arena_printf(c->arena, "There is no command %.*s.", S_ARG(row->kind));
	return false;
}
