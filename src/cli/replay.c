/* replay.c - follows the records of an approval. */
#include "cli/replay.h"

void replay_start(struct replay *r, struct arena *a)
{
	*r = (struct replay){ .arena = a, .slots = json_new(a, JSON_ARRAY) };
}

/* ---- following */

static struct json *copy_of(struct arena *a, const struct json *v)
{
	struct json *to = v->kind == JSON_STRING || v->kind == JSON_NUMBER
	                      ? json_new_text(a, v->kind, arena_str(a, v->text))
	                      : json_new(a, v->kind);

	JSON_EACH (v, child)
		json_add(to, arena_str(a, child->key), copy_of(a, child));
	return to;
}

static bool same_number(const struct json *a, const struct json *b)
{
	return json_is(a, JSON_NUMBER) && json_is(b, JSON_NUMBER) && str_eq(a->text, b->text);
}

/* A slot as it is now, in the place of what was known of it. */
static void put_slot(struct replay *r, const struct json *slot)
{
	struct json *all = json_new(r->arena, JSON_ARRAY);
	bool replaced = false;

	JSON_EACH (r->slots, old) {
		bool it = same_number(json_get(old, "slot"), json_get(slot, "slot"));
		json_add(all, S_NONE, copy_of(r->arena, it ? slot : old));
		replaced = replaced || it;
	}
	if (!replaced)
		json_add(all, S_NONE, copy_of(r->arena, slot));
	r->slots = all;
}

/* The slots with these numbers ended with the round. */
static void close_slots(struct replay *r, const struct json *numbers)
{
	JSON_EACH (numbers, n)
		for (struct json *s = r->slots->first; s != NULL; s = s->next)
			if (same_number(json_get(s, "slot"), n))
				for (struct json *m = s->first; m != NULL; m = m->next)
					if (str_is(m->key, "state"))
						m->text = S("CLOSED");
}

/* All slots are told anew when a round begins; an addition tells those that are new. */
static bool begins_round(struct str action)
{
	return str_is(action, "approval.opened") || str_is(action, "approval.resubmitted") ||
	       str_is(action, "approval.edited") || str_is(action, "approval.resumed");
}

void replay_follow(struct replay *r, int64_t seq, int64_t at, struct str action,
                   const struct json *detail)
{
	const struct json *slots = json_get(detail, "slots");

	r->begun = r->begun || str_is(action, "approval.opened");
	r->records++;
	r->last = seq;
	r->at = at;
	if (json_is(slots, JSON_ARRAY) && begins_round(action))
		r->slots = json_new(r->arena, JSON_ARRAY);
	if (!str_is(action, "approval.reminded"))
		JSON_EACH (slots, s)
			put_slot(r, s);
	if (json_is(json_get(detail, "slot"), JSON_OBJECT))
		put_slot(r, json_get(detail, "slot"));
	if (str_is(action, "approval.closed"))
		close_slots(r, json_get(detail, "closed"));
	if (str_given(json_get_text(detail, "state")))
		r->state = arena_str(r->arena, json_get_text(detail, "state"));
	r->incident = str_is(r->state, "INCIDENT")
	                  ? (str_is(action, "approval.incident")
	                         ? arena_str(r->arena, json_get_text(detail, "incident"))
	                         : r->incident)
	                  : S_NONE;
	if (json_is(json_get(detail, "round"), JSON_NUMBER))
		r->round = copy_of(r->arena, json_get(detail, "round"));
	if (json_is(json_get(detail, "data_version"), JSON_NUMBER))
		r->data_version = copy_of(r->arena, json_get(detail, "data_version"));
}

struct json *replay_state(const struct replay *r)
{
	struct json *o = json_new(r->arena, JSON_OBJECT);

	json_add(o, S("state"), json_new_text(r->arena, JSON_STRING, r->state));
	if (r->round != NULL)
		json_add(o, S("round"), copy_of(r->arena, r->round));
	if (r->data_version != NULL)
		json_add(o, S("data_version"), copy_of(r->arena, r->data_version));
	if (str_given(r->incident))
		json_add(o, S("incident"), json_new_text(r->arena, JSON_STRING, r->incident));
	json_add(o, S("slots"), copy_of(r->arena, r->slots));
	return o;
}

/* ---- comparing */

/* What a log and an answer both tell of a slot. A weight of 1 is left out of the log. */
static const char *const members[] = { "user",       "group",        "vacant", "post",
	                                   "state",      "decision",     "by",     "for",
	                                   "decided_at", "data_version", "reason", "veto",
	                                   "required",   "added",        "weight" };

static struct str text_of(struct arena *a, const struct json *v, const char *name)
{
	struct buf b = { 0 };

	if (v == NULL)
		return str_is(str_of(name), "weight") ? S("1") : S("nothing");
	json_write(&b, v);
	struct str text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return text;
}

static struct str differs(const struct replay *r, const char *what, const struct json *log,
                          const struct json *rows, const char *name)
{
	struct str a = text_of(r->arena, json_get(log, name), name);
	struct str b = text_of(r->arena, json_get(rows, name), name);

	return str_eq(a, b) ? S_NONE
	                    : arena_printf(r->arena, "%s%s is %.*s in the log and %.*s in the rows",
	                                   what, name, S_ARG(a), S_ARG(b));
}

static const struct json *slot_in(const struct json *slots, const struct json *number)
{
	JSON_EACH (slots, s)
		if (same_number(json_get(s, "slot"), number))
			return s;
	return NULL;
}

static struct str slot_differs(const struct replay *r, const struct json *log,
                               const struct json *rows)
{
	struct str number = json_get(log, "slot") == NULL ? S("?") : json_get(log, "slot")->text;
	const char *what = arena_printf(r->arena, "slot %.*s: ", S_ARG(number)).at;
	struct str found = S_NONE;

	if (rows == NULL)
		return arena_printf(r->arena, "slot %.*s is in the log, not in the rows", S_ARG(number));
	for (size_t i = 0; i < sizeof members / sizeof *members && !str_given(found); i++)
		found = differs(r, what, log, rows, members[i]);
	return found;
}

struct str replay_differs(const struct replay *r, const struct json *approval)
{
	const struct json *log = replay_state(r), *slots = json_get(approval, "slots");
	struct str found = differs(r, "", log, approval, "state");

	if (!str_given(found))
		found = differs(r, "", log, approval, "round");
	if (!str_given(found))
		found = differs(r, "", log, approval, "data_version");
	if (!str_given(found))
		found = differs(r, "", log, approval, "incident");
	JSON_EACH (r->slots, s)
		if (!str_given(found))
			found = slot_differs(r, s, slot_in(slots, json_get(s, "slot")));
	if (!str_given(found) && json_is(slots, JSON_ARRAY) && slots->count != r->slots->count)
		found = S("there are slots in the rows that the log does not know");
	return found;
}
