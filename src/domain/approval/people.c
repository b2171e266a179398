/* people.c - what to call the people whom an answer names: who may read the answer has their ids
 * in it already, and gets no more of the directory by it than name and department.
 *
 * APPROVAL_PEOPLE_MAX ids are looked up, in the order in which people read them: who asks, who
 * is asked, who has acted. Whom the directory does not have is not in it. */
#include "domain/approval/inside.h"
#include "wire/json.h"

struct naming {
	struct store *store;
	struct arena *arena;
	int64_t at;
	struct approval_people *to;
	struct str ids[APPROVAL_PEOPLE_MAX]; /* looked up, also of whom there is nothing */
	int count;
};

static enum err take(void *context, const struct value *columns, int count)
{
	struct naming *n = context;
	struct approval_people *to = n->to;

	must(count == 2 && to->count < n->count);
	to->all[to->count++] = (struct approval_person){ .id = n->ids[n->count - 1],
		                                             .name = arena_str(n->arena, columns[0].bytes),
		                                             .department = arena_str(n->arena,
		                                                                     columns[1].bytes) };
	return OK;
}

static enum err name(struct naming *n, struct str id)
{
	if (!str_given(id) || n->count == APPROVAL_PEOPLE_MAX)
		return OK;
	for (int i = 0; i < n->count; i++)
		if (str_eq(n->ids[i], id))
			return OK;
	n->ids[n->count++] = id;
	return store_run(n->store, STMT_PERSON_CALLED, VALUES(value_text(id), value_int(n->at)), take,
	                 n);
}

static enum err name_slot(struct naming *n, const struct approval_slot *s)
{
	if (strcmp(slot_kind(s), "user") == 0)
		TRY(name(n, slot_name(s)));
	TRY(name(n, s->by));
	return name(n, s->behalf);
}

static enum err name_asker(struct naming *n, const struct approval *a)
{
	TRY(name(n, a->applicant));
	return name(n, a->entered_by);
}

static struct naming *begin(struct store *s, struct cmd *c, int64_t at, struct approval_people **to)
{
	struct naming *n = ARENA_NEW(c->arena, struct naming);

	*to = ARENA_NEW(c->arena, struct approval_people);
	(*to)->all = ARENA_ARRAY(c->arena, struct approval_person, APPROVAL_PEOPLE_MAX);
	*n = (struct naming){ .store = s, .arena = c->arena, .at = at, .to = *to };
	return n;
}

enum err people_of_view(struct store *s, struct cmd *c, struct approval_view *v, int64_t at)
{
	struct naming *n = begin(s, c, at, &v->people);

	TRY(name_asker(n, &v->a));
	for (int i = 0; i < v->slot_count; i++)
		TRY(name_slot(n, &v->slots[i]));
	for (int i = 0; i < v->event_count; i++) {
		TRY(name(n, v->events[i].principal));
		TRY(name(n, v->events[i].behalf));
	}
	return OK;
}

enum err people_of_inbox(struct store *s, struct cmd *c, struct approval_inbox *p, int64_t at)
{
	struct naming *n = begin(s, c, at, &p->people);

	for (int i = 0; i < p->count; i++) {
		TRY(name_asker(n, &p->items[i].a));
		TRY(name(n, p->items[i].behalf));
	}
	return OK;
}

enum err people_of_list(struct store *s, struct cmd *c, struct approval_list *p, int64_t at)
{
	struct naming *n = begin(s, c, at, &p->people);

	for (int i = 0; i < p->count; i++)
		TRY(name_asker(n, &p->list[i]));
	return OK;
}

/* ---- on the day of a vote */

struct calling {
	struct buf json;
	const char *member;
};

static enum err take_called(void *context, const struct value *columns, int count)
{
	struct calling *c = context;

	must(count == 1);
	json_write_member(&c->json, c->member, columns[0].bytes);
	return OK;
}

static enum err call(struct batch *b, struct calling *c, const char *member, struct str id)
{
	c->member = member;
	if (!str_given(id))
		return OK;
	return store_run(b->store, STMT_PERSON_NAME, VALUES(value_text(id)), take_called, c);
}

enum err people_of_vote(struct batch *b, struct str by, struct str behalf, struct str *names)
{
	struct calling c = { .member = NULL };

	buf_add_byte(&c.json, '{');
	enum err fault = call(b, &c, "by", by);
	if (fault == OK)
		fault = call(b, &c, "for", behalf);
	buf_add_byte(&c.json, '}');
	arena_adopt(b->arena, c.json.at);
	*names = c.json.len > 2 ? buf_str(&c.json) : S_NONE;
	return fault;
}
