/* schema.c - what the bodies of a queue must look like: kept, checked, told.
 *
 * The attribute `schema` is the truth; every change of it is kept as a numbered version in
 * the same transaction. What is in the queue already, and what is moved into it (dead
 * letters, redrives), is not looked at again: a stricter schema loses no message. */
#include "wire/schema.h"

#include "base/limits.h"
#include "domain/queue/memory.h"
#include "wire/hash.h"

/* ---- kept */

enum err queue_schema_note(struct batch *b, struct queue *q, struct str text)
{
	uint8_t digest[SHA256_SIZE];
	bool some = text.len > 0;

	must(node_linked(&q->touched)); /* Q1 */
	sha256(text, digest);
	TRY(store_run(b->store, STMT_QUEUE_SCHEMA_INSERT,
	              VALUES(value_int(q->id), value_text(some ? text : S_NONE),
	                     value_blob(some ? (struct str){ (const char *)digest, sizeof digest }
	                                     : S_NONE),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	return store_run(b->store, STMT_QUEUE_SCHEMA_PRUNE,
	                 VALUES(value_int(q->id), value_int(SCHEMA_VERSIONS_MAX)), NULL, NULL);
}

static enum err take_version(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

/* Reads it anew only when it has changed: that takes a while. */
enum err queue_schema_load(struct queue *q, struct store *store)
{
	struct str text = q->settings.schema, why = S_NONE;

	if (q->schema != NULL && !str_eq(schema_text(q->schema), text))
		q->schema = schema_free(q->schema);
	q->schema_version = 0;
	if (!str_given(text))
		return OK;
	if (q->schema == NULL)
		q->schema = schema_read(q->settings_arena, text, &why);
	if (q->schema == NULL)
		return ERR_CORRUPT; /* it was read when it was set */
	return store_run(store, STMT_QUEUE_SCHEMA_NEWEST, VALUES(value_int(q->id)), take_version,
	                 &q->schema_version);
}

/* ---- checked */

/* The sentence lies in `to`; everything else that is needed for it is freed at once. */
static struct refused mismatch(struct arena *to, const struct queue *q,
                               const struct schema_fault *f)
{
	return refused_as(to, REFUSED_SCHEMA_MISMATCH,
	                  "The body does not fit version %lld of the schema of the queue %.*s: "
	                  "%s%.*s %.*s (rule %.*s).",
	                  (long long)q->schema_version, S_ARG(q->name), f->path.len > 0 ? "" : "it",
	                  S_ARG(f->path), S_ARG(f->text), S_ARG(f->rule));
}

struct refused queue_schema_refusal(struct arena *to, const struct queue *q, struct str body)
{
	struct refused r = { .why = REFUSED_NONE };
	struct schema_fault fault;
	struct str why = S_NONE;

	if (q->schema == NULL)
		return r;
	struct arena *scratch = arena_open();
	const struct json *value = json_read(scratch, body, &why);
	if (value == NULL)
		r = refused_as(to, REFUSED_SCHEMA_MISMATCH,
		               "The queue %.*s has a schema, so bodies must be JSON. %.*s", S_ARG(q->name),
		               S_ARG(why));
	else if (!schema_fits(q->schema, value, scratch, &fault))
		r = mismatch(to, q, &fault);
	arena_close(scratch);
	return r;
}

/* ---- told (read lane: rows only) */

struct page {
	struct arena *arena;
	struct queue_schemas *to;
};

static enum err take_id(void *context, const struct value *columns, int count)
{
	must(count >= 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static enum err take_schema(void *context, const struct value *columns, int count)
{
	struct page *page = context;
	struct queue_schemas *p = page->to;

	must(count == 4 && p->count <= p->max);
	p->more = p->count == p->max;
	if (!p->more)
		p->versions[p->count++] = (struct schema_version){
			.version = columns[0].number,
			.schema = arena_str(page->arena, columns[1].bytes),
			.sha256 = arena_str(page->arena, columns[2].bytes),
			.created_at = columns[3].number,
		};
	return OK;
}

static enum err schemas_read(struct store *store, struct cmd *c, struct now now)
{
	struct queue_schemas *p = c->in;
	struct page page = { c->arena, p };
	int64_t id = 0;

	(void)now;
	must(p->max >= 1 && p->max <= SCHEMA_VERSIONS_MAX && p->count == 0);
	TRY(store_run(store, STMT_QUEUE_BY_NAME, VALUES(value_text(p->queue)), take_id, &id));
	if (id == 0)
		return refuse(c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	p->versions = ARENA_ARRAY(c->arena, struct schema_version, p->max);
	return store_run(store, STMT_QUEUE_SCHEMA_PAGE,
	                 VALUES(value_int(id), value_int(p->below), value_int(p->max + 1)), take_schema,
	                 &page);
}

const struct op op_queue_schemas = { .name = "queue_schemas",
	                                 .lane = LANE_READ,
	                                 .read = schemas_read };
