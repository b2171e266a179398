/* plan.c - what a put makes of a person: before and after, mistakes, what changes. Reads rows,
 * changes nothing; apply.c writes what was planned here. */
#include "base/limits.h"
#include "domain/directory/inside.h"

struct planning {
	struct store *store;
	struct arena *arena;
	struct now now;
	struct person_put *put;
	struct person_plan *plan;
	struct wrong *wrong;
	struct str fields; /* names of those that change, with spaces between */
};

#define WRONG(g, why, field, ...) wrong_set((g)->wrong, (g)->arena, (why), (field), __VA_ARGS__)

/* ---- fields */

/* Given and not empty; an empty one takes away what was there. */
static void set_text(struct str given, struct str *to)
{
	if (str_given(given))
		*to = given.len > 0 ? given : S_NONE;
}

static void plan_names(struct planning *g)
{
	struct person *after = &g->plan->after;

	set_text(g->put->name, &after->name);
	set_text(g->put->kana, &after->kana);
	if (!str_given(after->name))
		WRONG(g, REFUSED_MISSING_PARAMETER, "name",
		      "The person %.*s needs a name: 1 to %d bytes of text.", S_ARG(after->id),
		      PERSON_NAME_MAX);
	if (!text_plain(after->name, PERSON_NAME_MAX))
		WRONG(g, REFUSED_INVALID_PARAMETER, "name",
		      "The name of %.*s must be text without control characters, %d bytes at most.",
		      S_ARG(after->id), PERSON_NAME_MAX);
	if (!text_plain(after->kana, PERSON_NAME_MAX))
		WRONG(g, REFUSED_INVALID_PARAMETER, "kana",
		      "The reading (kana) of %.*s must be text without control characters, %d bytes at "
		      "most.",
		      S_ARG(after->id), PERSON_NAME_MAX);
}

/* One '@' with something on both sides, no spaces: whether mail arrives, only mail can tell. */
static bool email_valid(struct str email)
{
	struct str host = email, local = str_cut(&host, '@');

	return text_plain(email, PERSON_EMAIL_MAX) && local.len > 0 && host.len > 0 &&
	       memchr(host.at, '@', host.len) == NULL && memchr(email.at, ' ', email.len) == NULL &&
	       memchr(email.at, '<', email.len) == NULL && memchr(email.at, ',', email.len) == NULL;
}

static void plan_reach(struct planning *g)
{
	struct person *after = &g->plan->after;

	set_text(g->put->email, &after->email);
	set_text(g->put->locale, &after->locale);
	if (str_given(after->email) && !email_valid(after->email))
		WRONG(g, REFUSED_INVALID_PARAMETER, "email",
		      "'%.*s' is no mail address: one like hanako@example.com is wanted, %d bytes at most.",
		      S_ARG(after->email), PERSON_EMAIL_MAX);
	if (!str_given(after->locale))
		after->locale = S(PERSON_LOCALE);
	if (!str_is(after->locale, "ja") && !str_is(after->locale, "en"))
		WRONG(g, REFUSED_INVALID_PARAMETER, "locale", "locale is ja or en, not '%.*s'.",
		      S_ARG(after->locale));
}

static enum err plan_zone(struct planning *g)
{
	struct person *after = &g->plan->after;
	struct str why;

	set_text(g->put->zone, &after->zone);
	if (!str_given(after->zone))
		after->zone = S(PERSON_ZONE);
	if (str_given(g->put->zone) && str_given(g->put->zone_bytes)) {
		g->plan->zone = g->put->zone_given != NULL ? g->put->zone_given
		                                           : zone_read(g->arena, g->put->zone_bytes, &why);
		must(g->plan->zone != NULL); /* the front door has read it */
		return OK;
	}
	TRY(directory_zone_named(g->store, g->arena, after->zone, &g->plan->zone));
	if (g->plan->zone == NULL) {
		WRONG(g, REFUSED_INVALID_PARAMETER, "zone",
		      "There is no time zone '%.*s' on this server; one like Asia/Tokyo is wanted.",
		      S_ARG(after->zone));
		g->plan->zone = zone_utc();
	}
	return OK;
}

static void plan_moment(struct planning *g, const char *field, struct str text, int64_t none,
                        int64_t *at)
{
	if (!str_given(text))
		return;
	*at = none;
	if (text.len > 0 && !moment_read(g->plan->zone, text, at))
		WRONG(g, REFUSED_INVALID_PARAMETER, field,
		      "'%.*s' is no day and no time; write 2026-04-01 or 2026-04-01T09:00:00+09:00.",
		      S_ARG(text));
}

static enum err plan_merge(struct planning *g)
{
	struct person *after = &g->plan->after, other;

	set_text(g->put->merged_into, &after->merged_into);
	if (!str_given(after->merged_into) || str_eq(after->merged_into, g->plan->before.merged_into))
		return OK;
	TRY(directory_person(g->store, g->arena, after->merged_into, &other));
	if (!str_given(other.id) || str_eq(other.id, after->id))
		WRONG(g, REFUSED_UNKNOWN_PERSON, "merged_into",
		      "%.*s cannot be merged into '%.*s': name the id of another person that the "
		      "directory has.",
		      S_ARG(after->id), S_ARG(after->merged_into));
	else if (str_given(other.merged_into))
		WRONG(g, REFUSED_CONFLICT, "merged_into",
		      "%.*s was itself merged into %.*s. Merge %.*s into that one.", S_ARG(other.id),
		      S_ARG(other.merged_into), S_ARG(after->id));
	return OK;
}

static void plan_standing(struct planning *g)
{
	struct person *after = &g->plan->after;

	if (g->put->active >= 0)
		after->active = g->put->active != 0;
	if (str_given(after->merged_into)) {
		if (g->put->active == 1)
			WRONG(g, REFUSED_CONFLICT, "active",
			      "%.*s was merged into %.*s and cannot be active. Empty merged_into first.",
			      S_ARG(after->id), S_ARG(after->merged_into));
		after->active = false;
	}
	plan_moment(g, "from", g->put->from, 0, &after->period.from_at);
	plan_moment(g, "until", g->put->until, NEVER, &after->period.until_at);
	if (after->period.from_at >= after->period.until_at)
		WRONG(g, REFUSED_INVALID_PARAMETER, "until",
		      "The period of %.*s ends before it begins. until is the first moment at which they "
		      "do not take part any more.",
		      S_ARG(after->id));
}

/* A mail address is how a provider of logins knows somebody, and who is made inactive is logged
 * out: both are left to people who may as much. */
static void plan_above(struct planning *g)
{
	const struct person *before = &g->plan->before, *after = &g->plan->after;
	bool mail = !str_eq(before->email, after->email);

	if (!g->put->above || !g->plan->existed ||
	    (!mail && before->active == after->active &&
	     before->period.from_at == after->period.from_at &&
	     before->period.until_at == after->period.until_at))
		return;
	WRONG(g, REFUSED_NOT_ALLOWED, mail ? "email" : "active",
	      "%.*s may more than you do. Their %s is changed by somebody who may as much.",
	      S_ARG(after->id), mail ? "mail address" : "taking part");
}

/* ---- attributes */

static bool attribute_valid(struct planning *g, const struct json *v)
{
	if (!str_alphanumeric(v->key, "_.-") || v->key.len == 0 ||
	    v->key.len > PERSON_ATTRIBUTE_NAME_MAX)
		WRONG(g, REFUSED_INVALID_PARAMETER, "attributes",
		      "'%.*s' is no name of an attribute: 1 to %d letters, digits and _ . - are.",
		      (int)(v->key.len > PERSON_ATTRIBUTE_NAME_MAX ? PERSON_ATTRIBUTE_NAME_MAX
		                                                   : v->key.len),
		      v->key.at, PERSON_ATTRIBUTE_NAME_MAX);
	else if (!json_is(v, JSON_NULL) &&
	         (!json_is(v, JSON_STRING) || !text_plain(v->text, PERSON_ATTRIBUTE_VALUE_MAX)))
		WRONG(g, REFUSED_INVALID_PARAMETER, "attributes",
		      "The attribute %.*s must be a text of at most %d bytes, or null to take it away.",
		      S_ARG(v->key), PERSON_ATTRIBUTE_VALUE_MAX);
	return !is_wrong(g->wrong);
}

static void attribute_add(struct json *all, struct arena *a, struct str key, struct str text)
{
	(void)json_add(all, key, json_new_text(a, JSON_STRING, text));
}

/* Those before, without those that are given now; then these. */
static void plan_attributes(struct planning *g)
{
	const struct json *given = g->put->attributes, *before = NULL;
	struct json *all = json_new(g->arena, JSON_OBJECT);
	struct str why;

	if (given == NULL)
		return;
	if (str_given(g->plan->before.attributes))
		before = json_read(g->arena, g->plan->before.attributes, &why);
	JSON_EACH (before, v) {
		const struct json *now = NULL;
		JSON_EACH (given, w)
			now = str_eq(w->key, v->key) ? w : now;
		if (now == NULL)
			attribute_add(all, g->arena, v->key, v->text);
		else if (json_is(now, JSON_STRING))
			attribute_add(all, g->arena, v->key, now->text);
	}
	JSON_EACH (given, v) {
		bool had = false;
		if (!attribute_valid(g, v))
			return;
		JSON_EACH (before, w)
			had = had || str_eq(w->key, v->key);
		if (!had && json_is(v, JSON_STRING))
			attribute_add(all, g->arena, v->key, v->text);
	}
	if (all->count > PERSON_ATTRIBUTES_MAX)
		WRONG(g, REFUSED_OVER_LIMIT, "attributes", "%u attributes are too many: %d at most.",
		      all->count, PERSON_ATTRIBUTES_MAX);
	g->plan->after.attributes = all->count > 0 ? json_written(g->arena, all) : S_NONE;
}

/* ---- where they belong */

static bool overlap(struct period a, struct period b)
{
	return a.from_at < b.until_at && b.from_at < a.until_at;
}

static void check_pairs(struct planning *g, const struct belonging *list, int count,
                        const char *field)
{
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++) {
			const struct belonging *a = &list[i], *b = &list[j];
			if (!overlap(a->period, b->period))
				continue;
			if (a->main && b->main)
				WRONG(g, REFUSED_INVALID_PARAMETER, field,
				      "%.*s would have two main appointments at the same time, %.*s and %.*s. End "
				      "one where the other begins, or leave one without main.",
				      S_ARG(g->put->id), S_ARG(b->where), S_ARG(a->where));
			if (str_eq(a->where, b->where) && str_eq(a->post, b->post))
				WRONG(g, REFUSED_INVALID_PARAMETER, field,
				      "%.*s stands twice for the same time with %.*s. Leave one out.",
				      S_ARG(a->where), S_ARG(g->put->id));
		}
}

static enum err check_appointment(struct planning *g, const struct belonging *b)
{
	bool there;

	TRY(directory_has_department(g->store, b->where, &there));
	if (!there)
		WRONG(g, REFUSED_UNKNOWN_DEPARTMENT, "appointments",
		      "There is no department %.*s. Put /v1/departments/%.*s first, or correct the code.",
		      S_ARG(b->where), S_ARG(b->where));
	if (!str_given(b->post))
		return OK;
	TRY(directory_has_post(g->store, b->post, &there));
	if (!there)
		WRONG(g, REFUSED_UNKNOWN_POST, "appointments",
		      "There is no post %.*s. Put /v1/posts/%.*s first, or correct the code.",
		      S_ARG(b->post), S_ARG(b->post));
	return OK;
}

static enum err plan_appointments(struct planning *g)
{
	struct person_put *put = g->put;

	if (put->appointments == NULL)
		return OK;
	if (put->appointment_count > APPOINTMENTS_MAX) {
		WRONG(g, REFUSED_OVER_LIMIT, "appointments", "%d appointments are too many: %d at most.",
		      put->appointment_count, APPOINTMENTS_MAX);
		return OK;
	}
	belongings_read(g->arena, g->plan->zone, put->appointments, put->appointment_count,
	                "appointments", g->wrong);
	for (int i = 0; i < put->appointment_count && !is_wrong(g->wrong); i++)
		TRY(check_appointment(g, &put->appointments[i]));
	if (!is_wrong(g->wrong))
		check_pairs(g, put->appointments, put->appointment_count, "appointments");
	return OK;
}

static enum err check_group(struct planning *g, const struct belonging *b)
{
	int64_t others;
	bool there;

	TRY(directory_has_group(g->store, b->where, &there));
	if (!there)
		WRONG(g, REFUSED_UNKNOWN_PEOPLE_GROUP, "groups",
		      "There is no group of people %.*s. Put /v1/people-groups/%.*s first, or correct the "
		      "name.",
		      S_ARG(b->where), S_ARG(b->where));
	if (g->put->many)
		return OK; /* of a file the sum of all is looked at */
	TRY(ask_number(g->store, STMT_PEOPLE_GROUP_SIZE,
	               VALUES(value_text(b->where), value_text(g->put->id)), &others));
	if (others >= PEOPLE_GROUP_MEMBERS_MAX)
		WRONG(g, REFUSED_OVER_LIMIT, "groups", "The group %.*s has %d members, and that is full.",
		      S_ARG(b->where), PEOPLE_GROUP_MEMBERS_MAX);
	return OK;
}

static enum err plan_groups(struct planning *g)
{
	struct person_put *put = g->put;

	if (put->groups == NULL)
		return OK;
	if (put->group_count > PERSON_GROUPS_MAX) {
		WRONG(g, REFUSED_OVER_LIMIT, "groups", "%d groups are too many: %d at most.",
		      put->group_count, PERSON_GROUPS_MAX);
		return OK;
	}
	belongings_read(g->arena, g->plan->zone, put->groups, put->group_count, "groups", g->wrong);
	for (int i = 0; i < put->group_count && !is_wrong(g->wrong); i++)
		TRY(check_group(g, &put->groups[i]));
	if (!is_wrong(g->wrong))
		check_pairs(g, put->groups, put->group_count, "groups");
	return OK;
}

/* ---- what changes */

static bool told(struct planning *g, struct buf *to, const char *field, struct str from,
                 struct str until)
{
	if (str_eq(from, until) && str_given(from) == str_given(until))
		return false;
	g->fields = arena_printf(g->arena, "%.*s%s%s", S_ARG(g->fields), g->fields.len > 0 ? " " : "",
	                         field);
	json_write_name(to, field);
	buf_add_byte(to, '{');
	json_write_member(to, "from", from);
	json_write_member(to, "to", until);
	buf_add_byte(to, '}');
	return true;
}

static struct str moment_or_none(struct planning *g, int64_t at, int64_t none)
{
	return at == none || !g->plan->existed ? S_NONE : moment_text(g->arena, g->plan->zone, at);
}

static void tell_person(struct planning *g, struct buf *to)
{
	const struct person *b = &g->plan->before, *a = &g->plan->after;
	bool any = !g->plan->existed;
	int64_t none = 0;

	any |= told(g, to, "name", b->name, a->name);
	any |= told(g, to, "kana", b->kana, a->kana);
	any |= told(g, to, "email", b->email, a->email);
	any |= told(g, to, "locale", b->locale, a->locale);
	any |= told(g, to, "zone", b->zone, a->zone);
	any |= told(g, to, "active", g->plan->existed ? b->active ? S("true") : S("false") : S_NONE,
	            a->active ? S("true") : S("false"));
	any |= told(g, to, "merged_into", b->merged_into, a->merged_into);
	any |= told(g, to, "attributes", b->attributes, a->attributes);
	any |= told(g, to, "from", moment_or_none(g, b->period.from_at, none),
	            a->period.from_at == 0 ? S_NONE
	                                   : moment_text(g->arena, g->plan->zone, a->period.from_at));
	any |= told(g, to, "until", moment_or_none(g, b->period.until_at, NEVER),
	            a->period.until_at == NEVER
	                ? S_NONE
	                : moment_text(g->arena, g->plan->zone, a->period.until_at));
	g->plan->person_changed = any;
}

static bool tell_belongings(struct planning *g, struct buf *to, const char *field,
                            const struct belonging *before, int count,
                            const struct belonging *after, int after_count)
{
	struct str from = belongings_text(g->arena, g->plan->zone, before, count);
	struct str until = belongings_text(g->arena, g->plan->zone, after, after_count);

	return told(g, to, field, from, until);
}

/* What may be kept for ever: which fields, and whether somebody takes part. */
static void tell_fields(struct planning *g)
{
	struct buf text = { 0 };

	buf_add_byte(&text, '{');
	json_write_member(&text, "changed", g->fields);
	json_write_member(&text, "active", g->plan->after.active ? S("true") : S("false"));
	buf_add_byte(&text, '}');
	arena_adopt(g->arena, text.at);
	g->plan->fields = buf_str(&text);
}

static enum err tell(struct planning *g)
{
	struct belonging *places = NULL, *groups = NULL;
	struct buf text = { 0 };
	int place_count = 0, group_count = 0;

	if (g->put->appointments != NULL)
		TRY(person_appointments(g->store, g->arena, g->put->id, &places, &place_count));
	if (g->put->groups != NULL)
		TRY(person_groups(g->store, g->arena, g->put->id, &groups, &group_count));
	buf_add_byte(&text, '{');
	tell_person(g, &text);
	if (places != NULL)
		g->plan->appointments_changed = tell_belongings(g, &text, "appointments", places,
		                                                place_count, g->put->appointments,
		                                                g->put->appointment_count);
	if (groups != NULL)
		g->plan->groups_changed = tell_belongings(g, &text, "groups", groups, group_count,
		                                          g->put->groups, g->put->group_count);
	buf_add_byte(&text, '}');
	arena_adopt(g->arena, text.at);
	g->plan->changes = buf_str(&text);
	tell_fields(g);
	return OK;
}

/* ---- all of it */

static enum err plan_new(struct planning *g)
{
	int64_t count;

	g->plan->after = (struct person){
		.id = g->put->id, .active = true, .period = { 0, NEVER }, .created_at = g->now.wall_ms
	};
	if (!person_id_valid(g->put->id))
		WRONG(g, REFUSED_INVALID_PARAMETER, "id",
		      "'%.*s' is no id of a person: 1 to %d bytes of letters, digits and . _ @ - are (no "
		      "full-width forms, no signs), and neither ringi nor anonymous.",
		      (int)(g->put->id.len > PERSON_ID_MAX ? PERSON_ID_MAX : g->put->id.len), g->put->id.at,
		      PERSON_ID_MAX);
	if (g->put->many)
		return OK;
	TRY(ask_number(g->store, STMT_PERSON_COUNT, NO_VALUES, &count));
	if (count >= PEOPLE_MAX)
		WRONG(g, REFUSED_OVER_LIMIT, "id",
		      "There are %d people, and that is as many as there can be.", PEOPLE_MAX);
	return OK;
}

enum err person_plan(struct store *s, struct arena *a, struct now now, struct person_put *put,
                     struct person_plan *plan, struct wrong *wrong)
{
	struct planning g = { s, a, now, put, plan, wrong, S_NONE };

	*plan = (struct person_plan){ 0 };
	TRY(directory_person(s, a, put->id, &plan->before));
	plan->existed = str_given(plan->before.id);
	plan->after = plan->before;
	if (!plan->existed)
		TRY(plan_new(&g));
	plan_names(&g);
	plan_reach(&g);
	TRY(plan_zone(&g));
	TRY(plan_merge(&g));
	plan_standing(&g);
	plan_above(&g);
	plan_attributes(&g);
	TRY(plan_appointments(&g));
	TRY(plan_groups(&g));
	if (is_wrong(wrong))
		return OK;
	plan->left = person_standing(&plan->before, now.wall_ms) == STANDING_ACTIVE &&
	             person_standing(&plan->after, now.wall_ms) != STANDING_ACTIVE;
	return tell(&g);
}
