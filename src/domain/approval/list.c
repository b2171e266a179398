/* list.c - a page of approvals that fit a filter, newest first.
 *
 * One part of the filter chooses the index, the one that leaves least; the others are asked of
 * each row. So a page costs as many rows as it looks at, at most APPROVAL_SCAN_MAX: it may be
 * short, and there may still be more behind its cursor. */
#include "domain/approval/inside.h"

enum { CHUNK = 64 };

struct stream {
	enum stmt stmt;
	struct value keys[2];
	int key_count;
	int64_t ids[CHUNK];
	int count, at;
	bool ended;
};

struct scan {
	struct store *store;
	struct cmd *c;
	struct approval_list *p;
	struct stream stream[APPROVAL_STATES];
	int streams, looks;
	int64_t before, from, now;
};

/* ---- which rows */

static struct stream *add(struct scan *s, enum stmt stmt)
{
	struct stream *x = &s->stream[s->streams++];

	must(s->streams <= APPROVAL_STATES);
	x->stmt = stmt;
	return x;
}

static void key(struct stream *x, struct value v)
{
	must(x->key_count < 2);
	x->keys[x->key_count++] = v;
}

static void choose(struct scan *s)
{
	const struct approval_list *p = s->p;
	struct stream *x;

	if (p->label_count > 0) {
		x = add(s, STMT_APPROVAL_IDS_LABEL);
		key(x, value_text(p->labels[0].name));
		key(x, value_text(p->labels[0].value));
	} else if (str_given(p->applicant)) {
		key(add(s, STMT_APPROVAL_IDS_APPLICANT), value_text(p->applicant));
	} else if (p->states != 0) {
		for (int i = 0; i < APPROVAL_STATES; i++)
			if (p->states & 1u << i)
				key(add(s, STMT_APPROVAL_IDS_STATE),
				    value_text(approval_state_name((enum approval_state)i)));
	} else if (str_given(p->policy)) {
		key(add(s, STMT_APPROVAL_IDS_POLICY), value_text(p->policy));
	} else {
		add(s, STMT_APPROVAL_IDS);
	}
}

static enum err take_id(void *context, const struct value *columns, int count)
{
	struct stream *x = context;

	must(count == 1 && x->count < CHUNK);
	x->ids[x->count++] = columns[0].number;
	return OK;
}

static enum err refill(struct scan *s, struct stream *x)
{
	int64_t before = x->count == 0 ? s->before : x->ids[x->count - 1];
	struct value values[4] = { value_int(before), value_int(CHUNK), x->keys[0], x->keys[1] };

	x->count = x->at = 0;
	TRY(store_run(s->store, x->stmt, values, 2 + x->key_count, take_id, x));
	x->ended = x->count < CHUNK;
	return OK;
}

/* The newest of all streams; 0: there is none. */
static enum err next_id(struct scan *s, int64_t *id)
{
	struct stream *best = NULL;

	for (int i = 0; i < s->streams; i++) {
		struct stream *x = &s->stream[i];
		if (x->at == x->count && !x->ended)
			TRY(refill(s, x));
		if (x->at < x->count && (best == NULL || x->ids[x->at] > best->ids[best->at]))
			best = x;
	}
	*id = best == NULL ? 0 : best->ids[best->at++];
	return OK;
}

/* ---- whether one fits */

static bool has_label(struct arena *arena, const struct approval *a, const struct label *label)
{
	struct str why;
	const struct json *labels = str_given(a->labels) ? json_read(arena, a->labels, &why) : NULL;
	const struct json *v = json_get(labels, arena_str(arena, label->name).at);

	return v != NULL && str_eq(json_text(v), label->value);
}

static bool contains(struct str text, struct str part)
{
	return part.len == 0 || (text.len >= part.len && memmem(text.at, text.len, part.at, part.len));
}

static bool has_text(const struct approval *a, struct str q)
{
	char id[37];

	uuid_text(a->uuid, id);
	return !str_given(q) || contains(a->subject, q) || contains(a->applicant, q) ||
	       contains(a->policy, q) || contains(a->labels, q) || str_starts(str_of(id), q);
}

static bool fits(const struct scan *s, struct arena *scratch, const struct approval *a)
{
	const struct approval_list *p = s->p;

	if ((p->states != 0 && !(p->states & 1u << a->state)) || (p->to > 0 && a->opened_at >= p->to) ||
	    a->opened_at < p->from)
		return false;
	if ((str_given(p->applicant) && !str_eq(p->applicant, a->applicant)) ||
	    (str_given(p->policy) && !str_eq(p->policy, a->policy)))
		return false;
	for (int i = 0; i < p->label_count; i++)
		if (!has_label(scratch, a, &p->labels[i]))
			return false;
	return has_text(a, p->q);
}

/* What the caller may see of it, by rights that depend on what it is to them. */
static enum err may_see(struct scan *s, struct arena *scratch, const struct approval *a, bool *may)
{
	struct approval_slot *slots;
	unsigned facts;
	int count;

	*may = approval_allowed(s->c, "ListApprovals", a, 0);
	if (*may)
		return OK;
	TRY(approval_slots(s->store, scratch, a, &slots, &count));
	TRY(who_facts(s->store, s->c, a, slots, count, s->now, &facts));
	*may = approval_allowed(s->c, "ListApprovals", a, facts);
	return OK;
}

/* ---- the page */

static enum err look_at(struct scan *s, struct arena *scratch, int64_t id)
{
	struct approval_list *p = s->p;
	struct approval a;
	bool found, may;

	arena_reset(scratch);
	TRY(approval_read_row(s->store, scratch, id, &a, &found));
	if (!found || !fits(s, scratch, &a))
		return OK;
	TRY(may_see(s, scratch, &a, &may));
	if (!may)
		return OK;
	return approval_read_row(s->store, s->c->arena, id, &p->list[p->count++], &found);
}

static enum err page(struct scan *s, struct arena *scratch)
{
	struct approval_list *p = s->p;
	int64_t id = 0;

	for (;;) {
		int64_t last = id;
		TRY(next_id(s, &id));
		if (id == 0 || id < s->from)
			return OK;
		if (p->count == p->max || s->looks == 0) {
			p->more = true;
			p->next = last;
			return OK;
		}
		s->looks--;
		TRY(look_at(s, scratch, id));
	}
}

/* Ids of rows are given in the order of opening, and UUIDs are made of its time. */
static enum err id_at(struct store *s, int64_t wall_ms, int64_t otherwise, int64_t *id)
{
	struct uuid first = { 0 };

	*id = 0;
	for (int i = 0; i < 6; i++)
		first.bytes[i] = (uint8_t)((uint64_t)wall_ms >> (8 * (5 - i)));
	struct stream found = { 0 };
	TRY(store_run(s, STMT_APPROVAL_ID_AT, VALUES(value_uuid(&first)), take_id, &found));
	*id = found.count == 0 ? otherwise : found.ids[0];
	return OK;
}

static enum err list_read(struct store *store, struct cmd *c, struct now now)
{
	struct approval_list *p = c->in;
	struct scan *s = ARENA_NEW(c->arena, struct scan);
	int64_t bound;

	must(p->max >= 1 && p->max <= APPROVAL_LIST_MAX);
	*s = (struct scan){
		.store = store, .c = c, .p = p, .looks = APPROVAL_SCAN_MAX, .now = now.wall_ms
	};
	p->list = ARENA_ARRAY(c->arena, struct approval, p->max);
	s->before = p->before > 0 ? p->before : INT64_MAX;
	if (p->to > 0) {
		TRY(id_at(store, p->to, INT64_MAX, &bound));
		s->before = bound < s->before ? bound : s->before;
	}
	if (p->from > 0)
		TRY(id_at(store, p->from, INT64_MAX, &s->from));
	choose(s);
	struct arena *scratch = arena_open();
	enum err fault = page(s, scratch);
	arena_close(scratch);
	TRY(fault);
	return p->named ? people_of_list(store, c, p, now.wall_ms) : OK;
}

const struct op op_approval_list = { .name = "approval_list",
	                                 .lane = LANE_READ,
	                                 .read = list_read };
