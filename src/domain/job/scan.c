/* scan.c - a page of jobs that fit a filter, newest first.
 *
 *     streams of keys, each newest first      merged          looked at
 *     job_bad  (FAILED)      9 7 4 ...  \
 *     job_bad  (CANCELED)      8 5 ...   --> 9 8 7 5 4 ... --> row --> fits? --> page
 *
 * One part of the filter chooses the indexes, the one that leaves least; the others are asked
 * of each row. So a page costs as many rows as it looks at, however many jobs there are.
 *
 * There are two orders, and a page and its cursor belong to one of them. By id: ids are made of
 * the time, so it is that of creation, and a span of time is a range of ids. By place: the ids
 * of messages, in which a queue's jobs lie side by side (job.body_id), as they came into it. */
#include "base/limits.h"
#include "domain/job/inside.h"

enum {
	CHUNK = 64,        /* keys read ahead of one stream */
	STREAMS_MAX = 256, /* tracked queues whose open jobs are merged; more: all are looked through */
	QUEUE_SHIFT = 40,  /* message id: queue id << 40 | position */
};

struct stream {
	enum stmt stmt;
	struct uuid before, from; /* keys below, and from */
	struct value keys[2];     /* behind the first three parameters */
	int key_count;
	struct uuid chunk[CHUNK];
	int count, at;
	bool ended; /* what is in `chunk` is the last of it */
};

struct scan {
	struct store *store;
	struct cmd *c;
	struct job_list *list;
	const char *action;
	bool by_place;
	struct uuid before, from; /* of all streams */
	struct stream *streams;
	int stream_count;
	bool more_queues; /* than STREAMS_MAX */
	int looks;        /* left */
	struct str refused_queue, allowed_queue;
};

/* ---- keys: ids, or places as their first eight bytes */

static int cmp(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static struct uuid key_of(uint64_t number, int bytes)
{
	struct uuid key = { 0 };

	for (int i = 0; i < bytes; i++)
		key.bytes[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
	return key;
}

/* The lowest id of that millisecond. */
static struct uuid id_at(int64_t wall_ms)
{
	return key_of((uint64_t)wall_ms, 6);
}

static struct uuid place(int64_t body_id)
{
	must(body_id >= 0);
	return key_of((uint64_t)body_id, 8);
}

int64_t job_place_number(const struct uuid *key)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | key->bytes[i];
	return (int64_t)(n & INT64_MAX);
}

struct uuid job_place_of(int64_t number)
{
	return place(number);
}

static struct value bound(const struct scan *s, const struct uuid *key)
{
	return s->by_place ? value_int(job_place_number(key)) : value_uuid(key);
}

/* ---- streams */

static struct stream *add(struct scan *s, enum stmt stmt)
{
	must(s->stream_count < STREAMS_MAX);
	struct stream *x = &s->streams[s->stream_count++];

	x->stmt = stmt;
	x->before = s->before;
	x->from = s->from;
	return x;
}

static void add_key(struct stream *x, struct value v)
{
	must(x->key_count < 2);
	x->keys[x->key_count++] = v;
}

static enum err take_key(void *context, const struct value *columns, int count)
{
	struct stream *x = context;
	struct uuid *key = &x->chunk[x->count++];

	must(count == 1 && x->count <= CHUNK);
	if (columns[0].kind == VALUE_INT && columns[0].number >= 0)
		*key = place(columns[0].number);
	else if (!value_read_uuid(columns[0], key))
		return ERR_CORRUPT;
	return OK;
}

static enum err refill(struct scan *s, struct stream *x)
{
	struct uuid before = x->count == 0 ? x->before : x->chunk[x->count - 1];
	struct value values[5] = { bound(s, &before), bound(s, &x->from), value_int(CHUNK), x->keys[0],
		                       x->keys[1] };

	x->count = x->at = 0;
	TRY(store_run(s->store, x->stmt, values, 3 + x->key_count, take_key, x));
	x->ended = x->count < CHUNK;
	return OK;
}

/* The newest key of all streams, which is taken out; *some false: there is none. */
static enum err next_key(struct scan *s, struct uuid *key, bool *some)
{
	struct stream *best = NULL;

	for (int i = 0; i < s->stream_count; i++) {
		struct stream *x = &s->streams[i];
		if (x->at == x->count && !x->ended)
			TRY(refill(s, x));
		if (x->at < x->count && (best == NULL || cmp(&x->chunk[x->at], &best->chunk[best->at]) > 0))
			best = x;
	}
	*some = best != NULL;
	if (best != NULL)
		*key = best->chunk[best->at++];
	return OK;
}

/* ---- which streams */

enum {
	OPEN = 1u << JOB_PENDING | 1u << JOB_RUNNING,
	BAD = 1u << JOB_FAILED | 1u << JOB_CANCELED,
};

static void add_bad(struct scan *s, enum stmt stmt, unsigned states)
{
	for (enum job_state state = JOB_FAILED; state <= JOB_CANCELED; state++)
		if (states & 1u << state)
			add_key(add(s, stmt), value_int(state == JOB_FAILED ? 1 : 2));
}

static struct uuid lower_of(struct uuid a, struct uuid b)
{
	return cmp(&a, &b) < 0 ? a : b;
}

/* Only what lies in that queue. */
static void narrow(struct stream *x, int64_t queue_id)
{
	x->from = place(queue_id << QUEUE_SHIFT);
	x->before = lower_of(x->before, place((queue_id + 1) << QUEUE_SHIFT));
}

/* The jobs of one queue. Those that are open are messages, those that ended badly have an
 * index; for the others all that it ever had are looked through. */
static void add_queue(struct scan *s, int64_t queue_id, unsigned states)
{
	int first = s->stream_count;

	if (states == 0 || states & 1u << JOB_SUCCEEDED) {
		add(s, STMT_JOB_PLACES);
	} else {
		if (states & OPEN)
			add(s, STMT_JOB_PLACES_OPEN);
		add_bad(s, STMT_JOB_PLACES_BAD, states);
	}
	for (int i = first; i < s->stream_count; i++)
		narrow(&s->streams[i], queue_id);
}

static enum err take_queue(void *context, const struct value *columns, int count)
{
	struct scan *s = context;

	must(count == 1);
	if (s->stream_count < STREAMS_MAX)
		narrow(add(s, STMT_JOB_PLACES_OPEN), columns[0].number);
	else
		s->more_queues = true;
	return OK;
}

/* Open jobs of every queue: a stream for each. Too many: none. */
static enum err add_open(struct scan *s)
{
	TRY(store_run(s->store, STMT_JOB_TRACKED_QUEUES, NO_VALUES, take_queue, s));
	if (!s->more_queues)
		return OK;
	memset(s->streams, 0, sizeof *s->streams * STREAMS_MAX);
	s->stream_count = 0;
	return OK;
}

/* A trace is named after its first job where that began it: that one is in no index. */
static void add_trace(struct scan *s, const struct uuid *trace)
{
	struct stream *self = add(s, STMT_JOB_IDS);

	self->ended = true;
	if (cmp(trace, &s->before) < 0 && cmp(trace, &s->from) >= 0)
		self->chunk[self->count++] = *trace;
	add_key(add(s, STMT_JOB_IDS_TRACE), value_uuid(trace));
}

static enum err take_number(void *context, const struct value *columns, int count)
{
	must(count >= 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static bool spans_time(const struct job_filter *f)
{
	return f->from > 0 || f->to > 0;
}

/* In the order of places; none: it does not help. */
static enum err add_places(struct scan *s)
{
	const struct job_filter *f = &s->list->filter;
	int64_t queue_id = 0;

	if (str_given(f->queue)) {
		TRY(store_run(s->store, STMT_QUEUE_BY_NAME, VALUES(value_text(f->queue)), take_number,
		              &queue_id));
		if (queue_id != 0)
			add_queue(s, queue_id, f->states);
		return OK;
	}
	return f->states != 0 && (f->states & ~(unsigned)OPEN) == 0 ? add_open(s) : OK;
}

static void add_ids(struct scan *s)
{
	const struct job_filter *f = &s->list->filter;

	if (f->trace != NULL) {
		add_trace(s, f->trace);
	} else if (f->parent != NULL) {
		add_key(add(s, STMT_JOB_IDS_PARENT), value_uuid(f->parent));
	} else if (f->group != NULL) {
		add_key(add(s, STMT_JOB_IDS_GROUP), value_uuid(f->group));
	} else if (f->label_count > 0) {
		struct stream *x = add(s, STMT_JOB_IDS_LABEL);
		add_key(x, value_text(f->labels[0].name));
		add_key(x, value_text(f->labels[0].value));
	} else if (f->states != 0 && (f->states & ~(unsigned)BAD) == 0) {
		add_bad(s, STMT_JOB_IDS_BAD, f->states);
	} else {
		add(s, STMT_JOB_IDS);
	}
}

/* Keys below this one, and from that one, in the order chosen. */
static void set_range(struct scan *s, bool by_place)
{
	const struct job_filter *f = &s->list->filter;

	s->by_place = by_place;
	s->from = !by_place && f->from > 0 ? id_at(f->from) : (struct uuid){ 0 };
	memset(s->before.bytes, 0xff, sizeof s->before.bytes);
	if (!by_place && f->to > 0)
		s->before = id_at(f->to);
	if (by_place)
		s->before = place(INT64_MAX);
	if (s->list->before != NULL)
		s->before = lower_of(s->before, s->list->before->key);
}

static enum err add_streams(struct scan *s)
{
	const struct job_filter *f = &s->list->filter;
	bool few = f->trace != NULL || f->parent != NULL || f->group != NULL || f->label_count > 0;

	s->streams = ARENA_ARRAY(s->c->arena, struct stream, STREAMS_MAX);
	if (!few && !spans_time(f)) {
		set_range(s, true);
		TRY(add_places(s));
	}
	if (s->stream_count == 0) {
		set_range(s, false);
		add_ids(s);
	}
	if (s->list->before != NULL && s->list->before->by_place != s->by_place)
		return refuse(s->c, REFUSED_INVALID_PARAMETER,
		              "This cursor belongs to a page of another query. Begin without one.");
	return OK;
}

/* ---- does it fit */

static bool is_id(struct str bytes, const struct uuid *id)
{
	return id == NULL || str_eq(bytes, value_uuid(id).bytes);
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
		                     value_uuid(&j->id)),
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
static enum err look_at(struct scan *s, struct arena *scratch, const struct uuid *at, bool *taken)
{
	enum stmt brief = s->by_place ? STMT_JOB_BRIEF_AT : STMT_JOB_BRIEF;
	struct one one = { .arena = scratch };
	struct value key = bound(s, at);

	*taken = false;
	TRY(store_run(s->store, brief, &key, 1, take_row, &one));
	if (!one.found || !fits(&s->list->filter, &one.row) || !may_see(s, one.row.queue))
		return OK;
	TRY(has_labels(s, &one.row, taken));
	if (!*taken)
		return OK;
	one.arena = s->c->arena;
	TRY(store_run(s->store, brief, &key, 1, take_row, &one));
	s->list->jobs[s->list->count++] = one.row;
	return OK;
}

static enum err fill(struct scan *s, struct arena *scratch)
{
	struct job_list *p = s->list;
	struct uuid key, last = { 0 };
	bool some = true, taken;

	for (bool first = true;; first = false) {
		TRY(next_key(s, &key, &some));
		if (!some)
			return OK;
		if (!first && cmp(&key, &last) == 0)
			continue; /* it is in two of them */
		must(first || cmp(&key, &last) < 0);
		p->more = p->count == p->max || s->looks == 0;
		if (p->more) {
			p->next = (struct job_place){ last, s->by_place };
			return OK;
		}
		last = key;
		s->looks--;
		arena_reset(scratch);
		TRY(look_at(s, scratch, &key, &taken));
	}
}

/* Text is looked for in all that a row has to say, which may be 16 KiB of an error. */
int job_scan_turn(const struct job_list *list)
{
	return str_given(list->filter.q) ? JOB_SCAN_TEXT_MAX : JOB_SCAN_MAX;
}

enum err job_scan_check(struct store *store, struct cmd *c, struct job_list *list)
{
	struct scan s = { .store = store, .c = c, .list = list };

	return add_streams(&s);
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
	TRY(add_streams(&s));
	if (cmd_refused(c))
		return OK;
	struct arena *scratch = arena_open();
	enum err fault = fill(&s, scratch);
	arena_close(scratch);
	return fault;
}
