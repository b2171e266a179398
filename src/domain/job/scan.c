/* scan.c - a page of jobs that fit a filter, newest first.
 *
 *     streams of ids, each newest first        merged           looked at
 *     job_open   (queue)        9 7 4 ...  \
 *     job_ended  (queue, FAILED)  8 5 ...   --> 9 8 7 5 4 ... --> row --> fits? --> page
 *
 * Ids are made of the time, so their order is that of creation and a span of time is a
 * range of ids. One part of the filter chooses the indexes, the one that leaves least; the
 * others are asked of each row. So a page costs as many rows as it looks at, however many
 * jobs there are. */
#include "base/limits.h"
#include "domain/job/inside.h"

enum {
	CHUNK = 64,        /* ids read ahead of one stream */
	STREAMS_MAX = 256, /* queues with open jobs; more: all jobs are looked through */
};

struct stream {
	enum stmt stmt;
	struct value keys[2]; /* behind the first three parameters */
	int key_count;
	struct uuid ids[CHUNK];
	int count, at;
	bool ended; /* what is in `ids` is the last of it */
};

struct scan {
	struct store *store;
	struct cmd *c;
	struct job_list *list;
	const char *action;
	struct uuid before, from; /* ids below, and from */
	struct stream *streams;
	int stream_count;
	int looks; /* left */
	struct str refused_queue, allowed_queue;
};

/* ---- ids and times */

static int cmp(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* The lowest id of that millisecond. */
static struct uuid id_at(int64_t wall_ms)
{
	struct uuid id = { 0 };

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
	return id;
}

static void set_range(struct scan *s)
{
	const struct job_filter *f = &s->list->filter;

	s->from = f->from > 0 ? id_at(f->from) : (struct uuid){ 0 };
	memset(s->before.bytes, 0xff, sizeof s->before.bytes);
	if (f->to > 0)
		s->before = id_at(f->to);
	if (s->list->before != NULL && cmp(s->list->before, &s->before) < 0)
		s->before = *s->list->before;
}

/* ---- streams */

static struct stream *add(struct scan *s, enum stmt stmt)
{
	must(s->stream_count < STREAMS_MAX);
	struct stream *x = &s->streams[s->stream_count++];

	x->stmt = stmt;
	return x;
}

static void add_key(struct stream *x, struct value v)
{
	must(x->key_count < 2);
	x->keys[x->key_count++] = v;
}

static enum err take_id(void *context, const struct value *columns, int count)
{
	struct stream *x = context;

	must(count == 1 && x->count < CHUNK);
	if (columns[0].bytes.len != sizeof x->ids[0].bytes)
		return ERR_CORRUPT;
	memcpy(x->ids[x->count++].bytes, columns[0].bytes.at, sizeof x->ids[0].bytes);
	return OK;
}

static enum err refill(struct scan *s, struct stream *x)
{
	struct uuid before = x->count == 0 ? s->before : x->ids[x->count - 1];
	struct value values[5] = { value_blob(uuid_bytes(&before)), value_blob(uuid_bytes(&s->from)),
		                       value_int(CHUNK), x->keys[0], x->keys[1] };

	x->count = x->at = 0;
	TRY(store_run(s->store, x->stmt, values, 3 + x->key_count, take_id, x));
	x->ended = x->count < CHUNK;
	return OK;
}

/* The newest id of all streams, which is taken out; *some false: there is none. */
static enum err next_id(struct scan *s, struct uuid *id, bool *some)
{
	struct stream *best = NULL;

	for (int i = 0; i < s->stream_count; i++) {
		struct stream *x = &s->streams[i];
		if (x->at == x->count && !x->ended)
			TRY(refill(s, x));
		if (x->at < x->count && (best == NULL || cmp(&x->ids[x->at], &best->ids[best->at]) > 0))
			best = x;
	}
	*some = best != NULL;
	if (best != NULL)
		*id = best->ids[best->at++];
	return OK;
}

/* ---- which streams */

enum {
	OPEN = 1u << JOB_PENDING | 1u << JOB_RUNNING,
	BAD = 1u << JOB_FAILED | 1u << JOB_CANCELED,
	ENDED = BAD | 1u << JOB_SUCCEEDED,
};

static void add_queue(struct scan *s, struct str queue, unsigned states)
{
	if (states & OPEN)
		add_key(add(s, STMT_JOB_IDS_OPEN), value_text(queue));
	for (enum job_state state = JOB_SUCCEEDED; state <= JOB_CANCELED; state++)
		if (states & ENDED & 1u << state) {
			struct stream *x = add(s, STMT_JOB_IDS_ENDED);
			add_key(x, value_text(queue));
			add_key(x, value_text(job_state_name(state)));
		}
}

static enum err take_text(void *context, const struct value *columns, int count)
{
	struct scan *s = context;

	must(count == 1);
	struct str queue = arena_str(s->c->arena, columns[0].bytes);
	if (s->stream_count < STREAMS_MAX)
		add_key(add(s, STMT_JOB_IDS_OPEN), value_text(queue));
	else
		s->stream_count++; /* too many */
	return OK;
}

/* Open jobs of every queue: a stream for each. */
static enum err add_open(struct scan *s)
{
	struct str after = S("");
	int before;

	do {
		before = s->stream_count;
		TRY(store_run(s->store, STMT_JOB_OPEN_QUEUE, VALUES(value_text(after)), take_text, s));
		if (before < s->stream_count && s->stream_count <= STREAMS_MAX)
			after = s->streams[s->stream_count - 1].keys[0].bytes;
	} while (before < s->stream_count && s->stream_count <= STREAMS_MAX);
	return OK;
}

/* No other filter leaves few: by state where an index knows it, else through all. */
static enum err add_states(struct scan *s, unsigned states)
{
	if (states != 0 && (states & 1u << JOB_SUCCEEDED) == 0) {
		for (enum job_state state = JOB_FAILED; state <= JOB_CANCELED; state++)
			if (states & 1u << state)
				add_key(add(s, STMT_JOB_IDS_BAD), value_text(job_state_name(state)));
		if (states & OPEN)
			TRY(add_open(s));
	}
	if (s->stream_count == 0 || s->stream_count > STREAMS_MAX) {
		memset(s->streams, 0, sizeof *s->streams * STREAMS_MAX);
		s->stream_count = 0;
		add(s, STMT_JOB_IDS_ALL);
	}
	return OK;
}

/* A trace is named after its first job where that began it: that one is in no index. */
static void add_trace(struct scan *s, const struct uuid *trace)
{
	struct stream *self = add(s, STMT_JOB_IDS_ALL);

	self->ended = true;
	if (cmp(trace, &s->before) < 0 && cmp(trace, &s->from) >= 0)
		self->ids[self->count++] = *trace;
	add_key(add(s, STMT_JOB_IDS_TRACE), value_blob(uuid_bytes(trace)));
}

static enum err add_streams(struct scan *s)
{
	const struct job_filter *f = &s->list->filter;

	s->streams = ARENA_ARRAY(s->c->arena, struct stream, STREAMS_MAX);
	if (f->trace != NULL) {
		add_trace(s, f->trace);
	} else if (f->parent != NULL) {
		add_key(add(s, STMT_JOB_IDS_PARENT), value_blob(uuid_bytes(f->parent)));
	} else if (f->group != NULL) {
		add_key(add(s, STMT_JOB_IDS_GROUP), value_blob(uuid_bytes(f->group)));
	} else if (f->label_count > 0) {
		struct stream *x = add(s, STMT_JOB_IDS_LABEL);
		add_key(x, value_text(f->labels[0].name));
		add_key(x, value_text(f->labels[0].value));
	} else if (str_given(f->queue)) {
		add_queue(s, f->queue, f->states == 0 ? OPEN | ENDED : f->states);
	} else {
		TRY(add_states(s, f->states));
	}
	return OK;
}

/* ---- does it fit */

static bool is_id(struct str bytes, const struct uuid *id)
{
	return id == NULL || str_eq(bytes, uuid_bytes(id));
}

static bool of_trace(const struct job_row *j, const struct uuid *trace)
{
	return trace == NULL ||
	       (str_given(j->trace_id) ? is_id(j->trace_id, trace) : cmp(&j->id, trace) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool begins(struct str s, struct str with)
{
	for (size_t i = 0; i < with.len; i++)
		if (i == s.len || lower(s.at[i]) != lower(with.at[i]))
			return false;
	return true;
}

static bool holds(struct str s, struct str what)
{
	for (size_t i = 0; i + what.len <= s.len; i++)
		if (begins(str_from(s, i), what))
			return true;
	return false;
}

static bool speaks_of(const struct job_row *j, struct str q)
{
	char id[37];

	if (!str_given(q))
		return true;
	uuid_text(j->id, id);
	return begins(str_of(id), q) || holds(j->queue, q) || holds(j->labels, q) ||
	       holds(j->worker, q) || holds(j->requested_by, q) || holds(j->error, q) ||
	       holds(j->progress_text, q);
}

static bool fits(const struct job_filter *f, const struct job_row *j)
{
	return (f->states == 0 || f->states & 1u << j->state) &&
	       (!str_given(f->queue) || str_eq(f->queue, j->queue)) && of_trace(j, f->trace) &&
	       is_id(j->parent, f->parent) && is_id(j->group, f->group) && speaks_of(j, f->q);
}

static enum err take_any(void *context, const struct value *columns, int count)
{
	(void)columns;
	must(count == 1);
	*(bool *)context = true;
	return OK;
}

static enum err has_labels(struct scan *s, const struct job_row *j, bool *has)
{
	const struct job_filter *f = &s->list->filter;

	*has = true;
	for (int i = 0; i < f->label_count && *has; i++) {
		*has = false;
		TRY(store_run(s->store, STMT_JOB_LABEL_HAS,
		              VALUES(value_text(f->labels[i].name), value_text(f->labels[i].value),
		                     value_blob(uuid_bytes(&j->id))),
		              take_any, has));
	}
	return OK;
}

/* Neighbours are mostly of one queue. */
static bool may_see(struct scan *s, struct str queue)
{
	if (str_given(s->allowed_queue) && str_eq(queue, s->allowed_queue))
		return true;
	if (str_given(s->refused_queue) && str_eq(queue, s->refused_queue))
		return false;
	bool may = cmd_may(s->c, str_of(s->action), queue);
	*(may ? &s->allowed_queue : &s->refused_queue) = arena_str(s->c->arena, queue);
	return may;
}

/* ---- the page */

struct one {
	struct arena *arena;
	struct job_row row;
	bool found;
};

static enum err take_row(void *context, const struct value *columns, int count)
{
	struct one *one = context;

	one->found = true;
	return job_row_from_row(one->arena, columns, count, &one->row);
}

/* Most rows that are looked at do not fit: they are read into memory that is used again. */
static enum err look_at(struct scan *s, struct arena *scratch, struct uuid id, bool *taken)
{
	struct one one = { .arena = scratch };
	struct value key = value_blob(uuid_bytes(&id));

	*taken = false;
	TRY(store_run(s->store, STMT_JOB_BRIEF, &key, 1, take_row, &one));
	if (!one.found || !fits(&s->list->filter, &one.row) || !may_see(s, one.row.queue))
		return OK;
	TRY(has_labels(s, &one.row, taken));
	if (!*taken)
		return OK;
	one.arena = s->c->arena;
	TRY(store_run(s->store, STMT_JOB_BRIEF, &key, 1, take_row, &one));
	s->list->jobs[s->list->count++] = one.row;
	return OK;
}

static enum err fill(struct scan *s, struct arena *scratch)
{
	struct job_list *p = s->list;
	struct uuid id, last = { 0 };
	bool some = true, taken;

	for (bool first = true;; first = false) {
		TRY(next_id(s, &id, &some));
		if (!some)
			return OK;
		if (!first && cmp(&id, &last) == 0)
			continue; /* it has moved from one index to another */
		must(first || cmp(&id, &last) < 0);
		p->more = p->count == p->max || s->looks == 0;
		if (p->more) {
			p->next = last;
			return OK;
		}
		last = id;
		s->looks--;
		arena_reset(scratch);
		TRY(look_at(s, scratch, id, &taken));
	}
}

enum err job_scan(struct store *store, struct cmd *c, struct job_list *list, const char *action,
                  int looks)
{
	struct scan s = { .store = store, .c = c, .list = list, .action = action, .looks = looks };

	must(list->max >= 1 && list->max <= JOB_LIST_MAX && looks >= 1 && looks <= JOB_SCAN_MAX);
	list->count = 0; /* it may run again after a rollback */
	list->more = false;
	if (list->jobs == NULL)
		list->jobs = ARENA_ARRAY(c->arena, struct job_row, list->max);
	set_range(&s);
	TRY(add_streams(&s));
	struct arena *scratch = arena_open();
	enum err fault = fill(&s, scratch);
	arena_close(scratch);
	return fault;
}
