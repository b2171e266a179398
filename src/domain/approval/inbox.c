/* inbox.c - what waits for somebody: their own slots, those of their groups, and those of people
 * who have them decide in their place. By deadline, amount or age, merged from one index range
 * for each holder, so a page costs as much as it shows, however many approvals there are.
 *
 * What the person may not decide (SELF_APPROVAL, a group's slot beside their own vote) is not
 * shown; at most INBOX_SCAN_MAX slots are looked at for a page. */
#include "domain/approval/inside.h"
#include "domain/key/rule.h"
#include "domain/news.h"
#include "wire/hash.h"

enum { CHUNK = 32 };

struct place {
	int64_t key, approval, slot;
};

struct stream {
	struct str holder, behalf; /* behalf absent: one's own */
	struct place places[CHUNK];
	int count, at;
	bool ended;
};

struct scan {
	struct store *store;
	struct cmd *c;
	struct approval_inbox *p;
	int64_t now;
	struct stream *streams;
	int stream_count, looks;
	int64_t last_approval; /* shown or set aside: its other slots are not looked at */
};

/* ---- holders */

static void add(struct scan *s, const char *kind, struct str name, struct str behalf)
{
	if (s->stream_count == INBOX_HOLDERS_MAX)
		return;
	s->streams[s->stream_count++] = (struct stream){
		.holder = arena_printf(s->c->arena, "%s:%.*s", kind, S_ARG(name)), .behalf = behalf
	};
}

static enum err add_person(struct scan *s, struct str person, struct str behalf)
{
	struct names groups;

	add(s, "user", person, behalf);
	TRY(who_groups(s->store, s->c->arena, person, s->now, &groups));
	for (int i = 0; i < groups.count; i++)
		add(s, "group", groups.names[i], behalf);
	return OK;
}

static enum err add_principals(struct scan *s)
{
	struct names principals;

	TRY(who_principals(s->store, s->c->arena, s->c->caller.principal, s->now, &principals));
	for (int i = 0; i < principals.count; i++)
		if (!str_given(s->p->behalf) || str_eq(s->p->behalf, principals.names[i]))
			TRY(add_person(s, principals.names[i], principals.names[i]));
	return OK;
}

/* ---- in order */

static enum err take(void *context, const struct value *columns, int count)
{
	struct stream *x = context;

	must(count == 3 && x->count < CHUNK);
	x->places[x->count++] = (struct place){ columns[2].number, columns[0].number,
		                                    columns[1].number };
	return OK;
}

static struct place begin(const struct scan *s)
{
	static const struct place first[] = { { INT64_MIN, 0, 0 },
		                                  { INT64_MAX, INT64_MAX, 0 },
		                                  { 0, 0, 0 } };

	return s->p->has_after ? (struct place){ s->p->after.key, s->p->after.approval, 0 }
	                       : first[s->p->order];
}

static enum err refill(struct scan *s, struct stream *x)
{
	static const enum stmt stmts[] = { STMT_APPROVAL_INBOX_DUE, STMT_APPROVAL_INBOX_AMOUNT,
		                               STMT_APPROVAL_INBOX_AGE };
	struct place after = x->count == 0 ? begin(s) : x->places[x->count - 1];

	x->count = x->at = 0;
	TRY(store_run(s->store, stmts[s->p->order],
	              VALUES(value_text(x->holder), value_int(after.key), value_int(after.approval),
	                     value_int(CHUNK)),
	              take, x));
	x->ended = x->count < CHUNK;
	return OK;
}

static bool comes_first(const struct scan *s, const struct place *a, const struct place *b)
{
	int64_t x = a->key != b->key ? a->key : a->approval;
	int64_t y = a->key != b->key ? b->key : b->approval;

	return s->p->order == INBOX_AMOUNT ? x > y : x < y;
}

/* NULL: that was all. */
static enum err next(struct scan *s, const struct place **found, const struct stream **from)
{
	struct stream *best = NULL;

	for (int i = 0; i < s->stream_count; i++) {
		struct stream *x = &s->streams[i];
		if (x->at == x->count && !x->ended)
			TRY(refill(s, x));
		if (x->at < x->count &&
		    (best == NULL || comes_first(s, &x->places[x->at], &best->places[best->at])))
			best = x;
	}
	*found = best == NULL ? NULL : &best->places[best->at++];
	*from = best;
	return OK;
}

/* ---- whether it is theirs to decide */

static bool own_request(const struct scan *s, const struct stream *x, const struct approval *a)
{
	struct str who = s->c->caller.principal, place = str_given(x->behalf) ? x->behalf : who;

	return approval_asked_for(a, who) || approval_asked_for(a, place);
}

static bool has_voted(struct str person, const struct approval_slot *slots, int count)
{
	for (int i = 0; i < count; i++)
		if (slots[i].state == SLOT_DECIDED && str_eq(slots[i].by, person))
			return true;
	return false;
}

static enum err fits(struct scan *s, const struct stream *x, const struct inbox_item *item,
                     const struct approval_slot *slots, int count, bool *fit)
{
	const struct policy *policy;
	const char *why;

	*fit = true;
	TRY(approval_policy(s->store, s->c->arena, &item->a, &policy));
	if ((policy->self != SELF_ALLOW && own_request(s, x, &item->a)) ||
	    (policy->distinct_person && has_voted(s->c->caller.principal, slots, count)))
		*fit = false;
	else if (str_given(x->behalf))
		return who_delegated(s->store, s->c->arena, x->behalf, s->c->caller.principal, &item->a,
		                     policy->distinct_person ? slots : NULL, count, s->now, fit, &why);
	return OK;
}

static enum err look_at(struct scan *s, const struct place *at, const struct stream *x)
{
	struct approval_inbox *p = s->p;
	struct inbox_item *item = &p->items[p->count];
	struct approval_slot *slots;
	bool found, fit;
	int count;

	*item = (struct inbox_item){ .behalf = x->behalf };
	TRY(approval_read_row(s->store, s->c->arena, at->approval, &item->a, &found));
	if (!found)
		return ERR_CORRUPT;
	TRY(approval_slots(s->store, s->c->arena, &item->a, &slots, &count));
	if (at->slot > count)
		return ERR_CORRUPT;
	item->slot = slots[at->slot - 1];
	TRY(fits(s, x, item, slots, count, &fit));
	if (fit)
		p->count++;
	return OK;
}

static enum err page(struct scan *s)
{
	struct approval_inbox *p = s->p;
	const struct place *at;
	const struct stream *x;
	struct inbox_place last = { 0 };

	for (;;) {
		TRY(next(s, &at, &x));
		if (at == NULL)
			return OK;
		if (at->approval == s->last_approval)
			continue;
		if (p->count == p->max || s->looks-- == 0) {
			p->more = true;
			p->next = last;
			return OK;
		}
		last = (struct inbox_place){ at->key, at->approval };
		s->last_approval = at->approval;
		TRY(look_at(s, at, x));
	}
}

static enum err begin_scan(struct scan *s, int room)
{
	struct approval_inbox *p = s->p;

	must(p->max >= 1 && p->max <= APPROVAL_LIST_MAX);
	s->looks = INBOX_SCAN_MAX;
	s->streams = ARENA_ARRAY(s->c->arena, struct stream, INBOX_HOLDERS_MAX);
	p->items = ARENA_ARRAY(s->c->arena, struct inbox_item, room + 1);
	if (!str_given(p->behalf))
		TRY(add_person(s, s->c->caller.principal, S_NONE));
	return p->own ? OK : add_principals(s);
}

static enum err inbox_read(struct store *store, struct cmd *c, struct now now)
{
	struct approval_inbox *p = c->in;
	struct scan s = { .store = store, .c = c, .p = p, .now = now.wall_ms };

	TRY(begin_scan(&s, p->max));
	TRY(page(&s));
	return p->named ? people_of_inbox(store, c, p, now.wall_ms) : OK;
}

const struct op op_approval_inbox = { .name = "approval_inbox",
	                                  .lane = LANE_READ,
	                                  .read = inbox_read };

/* ---- watched: one approval at a time */

/* Whether they are other people and groups than those the watcher knows. */
static bool take_holders(const struct scan *s, struct inbox_watch *w)
{
	uint8_t hash[SHA256_SIZE];

	w->holders = ARENA_ARRAY(s->c->arena, struct uuid, s->stream_count + 1);
	w->holder_count = s->stream_count;
	for (int i = 0; i < s->stream_count; i++)
		w->holders[i] = news_key(s->streams[i].holder);
	sha256((struct str){ (const char *)w->holders, sizeof *w->holders * (size_t)w->holder_count },
	       hash);
	memcpy(w->who.bytes, hash, sizeof w->who.bytes);
	return memcmp(&w->known, &w->who, sizeof w->who) != 0;
}

/* The slot that a page would show, of the first holder whom it asks. */
static const struct stream *asked_by(const struct scan *s, const struct approval_slot *slots,
                                     int count, int *slot)
{
	for (int i = 0; i < s->stream_count; i++)
		for (int k = 0; k < count; k++)
			if (slots[k].state == SLOT_WAITING && str_eq(slots[k].holder, s->streams[i].holder)) {
				*slot = k;
				return &s->streams[i];
			}
	return NULL;
}

/* It is not (or not any more) theirs to decide: that is told to whom it asks or has asked. */
static enum err take_gone(struct scan *s, struct inbox_watch *w, const struct approval *a,
                          const struct approval_slot *slots, int count)
{
	unsigned facts;

	TRY(who_facts(s->store, s->c, a, slots, count, s->now, &facts));
	if (s->c->grant == NULL || (facts & FACT_OWN) != 0)
		w->gone[w->gone_count++] = a->uuid;
	return OK;
}

static enum err look_at_one(struct scan *s, struct inbox_watch *w, const struct uuid *id)
{
	struct approval_inbox *p = s->p;
	struct inbox_item *item = &p->items[p->count];
	struct approval_slot *slots;
	bool found, fit = false;
	int count, slot = 0;

	*item = (struct inbox_item){ 0 };
	TRY(approval_read(s->store, s->c->arena, id, &item->a, &found));
	if (!found)
		return OK;
	TRY(approval_slots(s->store, s->c->arena, &item->a, &slots, &count));
	const struct stream *x = asked_by(s, slots, count, &slot);
	if (x != NULL) {
		item->behalf = x->behalf;
		item->slot = slots[slot];
		TRY(fits(s, x, item, slots, count, &fit));
	}
	if (!fit)
		return take_gone(s, w, &item->a, slots, count);
	p->count++;
	return OK;
}

enum err inbox_mine(struct store *store, struct cmd *c, struct approval_view *v, int64_t at)
{
	struct approval_inbox page = { .max = 1 };
	struct scan s = { .store = store, .c = c, .p = &page, .now = at };
	struct inbox_item item = { .a = v->a };
	bool fit = false;
	int slot = 0;

	must(v->mine == 0);
	TRY(begin_scan(&s, 1));
	const struct stream *x = asked_by(&s, v->slots, v->slot_count, &slot);
	if (x == NULL)
		return OK;
	TRY(fits(&s, x, &item, v->slots, v->slot_count, &fit));
	if (!fit)
		return OK;
	v->mine = v->slots[slot].slot;
	v->mine_behalf = x->behalf;
	return OK;
}

static enum err watch_read(struct store *store, struct cmd *c, struct now now)
{
	struct inbox_watch *w = c->in;
	struct scan s = { .store = store, .c = c, .p = &w->page, .now = now.wall_ms };

	must(w->touched_count >= 0 && w->touched_count <= WATCH_TOUCHED_MAX);
	TRY(begin_scan(&s, w->page.max > WATCH_TOUCHED_MAX ? w->page.max : WATCH_TOUCHED_MAX));
	bool others = take_holders(&s, w);
	if (w->holders_only)
		return OK;
	w->whole = w->whole || others;
	if (w->whole)
		return page(&s);
	w->gone = ARENA_ARRAY(c->arena, struct uuid, w->touched_count + 1);
	for (int i = 0; i < w->touched_count; i++)
		TRY(look_at_one(&s, w, &w->touched[i]));
	return OK;
}

const struct op op_inbox_watch = { .name = "inbox_watch", .lane = LANE_READ, .read = watch_read };
