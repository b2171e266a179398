/* rows.c - approvals and their slots, between rows and structs. */
#include "domain/approval/inside.h"
#include "domain/news.h"
#include "wire/hash.h"

/* ---- approvals */

struct reading {
	struct arena *arena;
	struct approval *to;
	bool found;
};

enum { COLUMNS = 29 };

static void take_texts(struct arena *a, struct approval *to, const struct value *c)
{
	to->policy = arena_str(a, c[5].bytes);
	to->subject = arena_str(a, c[9].bytes);
	to->applicant = arena_str(a, c[10].bytes);
	to->entered_by = arena_str(a, c[11].bytes);
	to->opened_by = arena_str(a, c[12].bytes);
	to->labels = arena_str(a, c[15].bytes);
	to->on_decided = arena_str(a, c[16].bytes);
	to->incident = arena_str(a, c[25].bytes);
}

static void take_numbers(struct approval *to, const struct value *c)
{
	int64_t *const numbers[] = { &to->opened_at, &to->asked_at, &to->due_at,     &to->changed_at,
		                         &to->closed_at, &to->slots,    &to->open_slots, &to->refused };

	to->id = c[0].number;
	to->round = c[3].number;
	to->data_version = c[4].number;
	to->policy_version = c[6].number;
	to->judge_version = c[8].number;
	to->priority = c[13].number;
	to->amount = c[14].kind == VALUE_NULL ? -1 : c[14].number;
	for (int i = 0; i < 8; i++)
		*numbers[i] = c[17 + i].number;
	to->last_step = c[28].number != 0;
}

static enum err take(void *context, const struct value *c, int count)
{
	struct reading *r = context;
	struct approval *to = r->to;

	must(count == COLUMNS && !r->found);
	r->found = true;
	take_texts(r->arena, to, c);
	take_numbers(to, c);
	to->has_corrects = value_read_uuid(c[26], &to->corrects);
	to->has_previous = value_read_uuid(c[27], &to->previous);
	if (!value_read_uuid(c[1], &to->uuid) || !approval_state_read(c[2].bytes, &to->state) ||
	    c[7].bytes.len != SHA256_SIZE || to->open_slots < 0 || to->open_slots > to->slots ||
	    approval_state_final(to->state) != (to->closed_at != 0)) /* A3 */
		return ERR_CORRUPT;
	memcpy(to->policy_sha256, c[7].bytes.at, SHA256_SIZE);
	return OK;
}

static enum err read_one(struct store *s, struct arena *a, enum stmt stmt, struct value key,
                         struct approval *to, bool *found)
{
	struct reading r = { a, to, false };

	*to = (struct approval){ 0 };
	TRY(store_run(s, stmt, VALUES(key), take, &r));
	*found = r.found;
	return OK;
}

enum err approval_read(struct store *s, struct arena *a, const struct uuid *id, struct approval *to,
                       bool *found)
{
	return read_one(s, a, STMT_APPROVAL_READ, value_uuid(id), to, found);
}

enum err approval_read_row(struct store *s, struct arena *a, int64_t id, struct approval *to,
                           bool *found)
{
	return read_one(s, a, STMT_APPROVAL_READ_ROW, value_int(id), to, found);
}

static struct value time_value(int64_t at)
{
	return at == 0 ? value_null() : value_int(at);
}

static struct value amount_value(const struct approval *a)
{
	return a->amount < 0 ? value_null() : value_int(a->amount);
}

static struct value policy_value(const struct approval *a)
{
	return value_blob((struct str){ (const char *)a->policy_sha256, sizeof a->policy_sha256 });
}

static enum err take_id(void *context, const struct value *columns, int count)
{
	must(count == 1 && columns[0].number > 0);
	*(int64_t *)context = columns[0].number;
	return OK;
}

enum err approval_insert(struct batch *b, struct approval *a)
{
	return store_run(b->store, STMT_APPROVAL_INSERT,
	                 VALUES(value_uuid(&a->uuid), value_text(approval_state_name(a->state)),
	                        value_text(a->policy), value_int(a->policy_version), policy_value(a),
	                        value_int(a->judge_version), value_text(a->subject),
	                        value_text(a->applicant), value_text(a->entered_by),
	                        value_text(a->opened_by), value_int(a->priority), amount_value(a),
	                        value_text(a->labels), value_text(a->on_decided),
	                        value_int(a->opened_at), time_value(a->due_at), value_int(a->slots),
	                        value_int(a->open_slots), value_text(a->incident),
	                        value_uuid(a->has_corrects ? &a->corrects : NULL),
	                        value_uuid(a->has_previous ? &a->previous : NULL),
	                        value_int(a->last_step)),
	                 take_id, &a->id);
}

/* Where the state stays as it was, as after most votes, no index has to follow. */
static enum err store_moves(struct batch *b, const struct approval *a, bool *done)
{
	*done = false;
	if (a->closed_at != 0 || a->state == APPROVAL_INCIDENT)
		return OK;
	TRY(store_run(b->store, STMT_APPROVAL_MOVES,
	              VALUES(value_int(a->id), value_text(approval_state_name(a->state)),
	                     value_int(a->open_slots), value_int(a->changed_at), value_int(a->slots)),
	              NULL, NULL));
	*done = store_changes(b->store) == 1;
	return OK;
}

enum err approval_store(struct batch *b, const struct approval *a)
{
	bool done;

	must(a->open_slots >= 0 && a->open_slots <= a->slots);       /* A2 */
	must(approval_state_final(a->state) == (a->closed_at != 0)); /* A3 */
	must((a->state == APPROVAL_INCIDENT) == str_given(a->incident));
	TRY(store_moves(b, a, &done));
	if (done)
		return OK;
	return store_run(b->store, STMT_APPROVAL_STANDS,
	                 VALUES(value_int(a->id), value_text(approval_state_name(a->state)),
	                        value_int(a->open_slots), value_int(a->changed_at),
	                        time_value(a->closed_at), value_text(a->incident), value_int(a->slots)),
	                 NULL, NULL);
}

enum err approval_store_round(struct batch *b, const struct approval *a)
{
	return store_run(b->store, STMT_APPROVAL_AGAIN,
	                 VALUES(value_int(a->id), value_int(a->round), value_int(a->data_version),
	                        value_int(a->asked_at), time_value(a->due_at), value_int(a->slots),
	                        value_int(a->open_slots), amount_value(a), value_int(a->policy_version),
	                        policy_value(a), value_int(a->judge_version)),
	                 NULL, NULL);
}

enum err approval_store_version(struct batch *b, const struct approval *a)
{
	return store_run(b->store, STMT_APPROVAL_VERSION,
	                 VALUES(value_int(a->id), value_int(a->data_version), amount_value(a),
	                        value_int(a->changed_at)),
	                 NULL, NULL);
}

/* ---- slots */

struct slots_reading {
	struct arena *arena;
	struct approval_slot *slots;
	int count, room;
};

static bool take_decision(struct str text, enum decision *to)
{
	*to = DECISION_NONE;
	return !str_given(text) || decision_read(text, to);
}

static enum err take_slot(void *context, const struct value *c, int count)
{
	struct slots_reading *r = context;

	must(count == 17);
	if (r->count == r->room)
		return ERR_CORRUPT;
	struct approval_slot *s = &r->slots[r->count++];
	s->slot = c[0].number;
	s->holder = arena_str(r->arena, c[1].bytes);
	s->seat = (int)c[3].number;
	s->post = arena_str(r->arena, c[4].bytes);
	s->by = arena_str(r->arena, c[6].bytes);
	s->behalf = arena_str(r->arena, c[7].bytes);
	s->decided_at = c[8].number;
	s->data_version = c[9].number;
	s->comment = arena_str(r->arena, c[10].bytes);
	s->reason = arena_str(r->arena, c[11].bytes);
	s->weight = c[12].number;
	s->veto = (c[13].number & 1) != 0;
	s->required = (c[13].number & 2) != 0;
	s->members = arena_str(r->arena, c[14].bytes);
	s->order = c[15].number;
	s->names = arena_str(r->arena, c[16].bytes);
	return s->slot == r->count && slot_state_read(c[2].bytes, &s->state) &&
	               take_decision(c[5].bytes, &s->decision)
	           ? OK
	           : ERR_CORRUPT;
}

enum err approval_slots(struct store *s, struct arena *arena, const struct approval *a,
                        struct approval_slot **slots, int *count)
{
	int room = (int)a->slots + APPROVAL_ADDED_MAX;
	struct slots_reading r = { arena, ARENA_ARRAY(arena, struct approval_slot, room), 0,
		                       (int)a->slots };

	must(a->slots >= 0 && a->slots <= APPROVAL_SLOTS_MAX);
	TRY(store_run(s, STMT_APPROVAL_SLOTS, VALUES(value_int(a->id)), take_slot, &r));
	*slots = r.slots;
	*count = r.count;
	return r.count == a->slots ? OK : ERR_CORRUPT;
}

static struct value decision_value(enum decision d)
{
	return d == DECISION_NONE ? value_null() : value_text(decision_name(d));
}

enum err slot_insert(struct batch *b, const struct approval *a, const struct approval_slot *s)
{
	must(s->slot >= 1 && s->slot <= a->slots && str_given(s->holder));
	news_of_holder(b, &a->uuid, s->holder);
	return store_run(b->store, STMT_APPROVAL_SLOT_PUT,
	                 VALUES(value_int(a->id), value_int(s->slot), value_text(s->holder),
	                        value_text(slot_state_name(s->state)), value_int(s->seat),
	                        value_text(s->post), value_int(a->due_at == 0 ? INT64_MAX : a->due_at),
	                        value_int(a->amount), decision_value(s->decision), value_text(s->by),
	                        value_text(s->behalf), time_value(s->decided_at),
	                        time_value(s->data_version), value_text(s->comment),
	                        value_text(s->reason), value_int(s->weight),
	                        value_int((s->veto ? 1 : 0) | (s->required ? 2 : 0)),
	                        value_text(s->members), time_value(s->order), value_text(s->names)),
	                 NULL, NULL);
}

enum err slot_update(struct batch *b, const struct approval *a, const struct approval_slot *s)
{
	must((s->state == SLOT_DECIDED) == (s->decision != DECISION_NONE)); /* A5 */
	must((s->state == SLOT_DECIDED) == str_given(s->by));
	news_of_holder(b, &a->uuid, s->holder);
	TRY(store_run(b->store, STMT_APPROVAL_SLOT_SET,
	              VALUES(value_int(a->id), value_int(s->slot),
	                     value_text(slot_state_name(s->state)), decision_value(s->decision),
	                     value_text(s->by), value_text(s->behalf), time_value(s->decided_at),
	                     time_value(s->data_version), value_text(s->comment), value_text(s->reason),
	                     time_value(s->order), value_text(s->names)),
	              NULL, NULL));
	must(store_changes(b->store) == 1);
	return OK;
}

enum err slot_replace(struct batch *b, const struct approval *a, const struct approval_slot *s)
{
	TRY(store_run(b->store, STMT_APPROVAL_SLOT_DROP, VALUES(value_int(a->id), value_int(s->slot)),
	              NULL, NULL));
	must(store_changes(b->store) == 1);
	return slot_insert(b, a, s);
}

void slots_news(struct batch *b, const struct approval *a, const struct approval_slot *slots,
                int count)
{
	for (int i = 0; i < count; i++)
		if (slots[i].state == SLOT_WAITING)
			news_of_holder(b, &a->uuid, slots[i].holder);
}

/* ---- data */

struct data_reading {
	struct arena *arena;
	struct str *to;
};

static enum err take_data(void *context, const struct value *c, int count)
{
	struct data_reading *r = context;

	must(count == 1);
	*r->to = arena_str(r->arena, c[0].bytes);
	return OK;
}

enum err approval_data(struct store *s, struct arena *a, int64_t id, int64_t version,
                       struct str *data)
{
	struct data_reading r = { a, data };

	*data = S_NONE;
	TRY(store_run(s, STMT_APPROVAL_DATA_READ, VALUES(value_int(id), value_int(version)), take_data,
	              &r));
	return str_given(*data) ? OK : ERR_CORRUPT;
}

enum err approval_data_put(struct batch *b, const struct approval *a, struct str data,
                           struct str by)
{
	return store_run(b->store, STMT_APPROVAL_DATA_PUT,
	                 VALUES(value_int(a->id), value_int(a->data_version), value_text(data),
	                        value_int(b->now.wall_ms), value_text(by)),
	                 NULL, NULL);
}
