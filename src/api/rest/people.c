/* people.c - /v1/people: put, shown, listed, deleted. */
#include "api/rest/people.h"

#include "api/rest/job.h"
#include "api/state.h"
#include "base/limits.h"

/* ---- belongings */

static void read_one(struct api_call *call, const struct json *v, const char *name, const char *key,
                     struct belonging *b)
{
	bool posts = strcmp(key, "department") == 0;

	if (json_is(v, JSON_STRING)) {
		b->where = v->text;
		return;
	}
	if (!json_is(v, JSON_OBJECT)) {
		(void)refuse_field(call->c, REFUSED_MALFORMED_INPUT, name,
		                   "%s must be a list of texts or objects, as [{\"%s\": \"...\"}].", name,
		                   key);
		return;
	}
	(void)rest_only(call, v,
	                posts                       ? "department post main from until"
	                : strcmp(key, "group") == 0 ? "group from until"
	                                            : "person from until");
	b->where = param_text_needed(call, v, key);
	b->from = param_text(call, v, "from");
	b->until = param_text(call, v, "until");
	if (posts) {
		b->post = param_text(call, v, "post");
		b->main = param_bool(call, v, "main", false);
		if (b->post.len == 0)
			b->post = S_NONE;
	}
}

struct belonging *rest_belongings(struct api_call *call, const struct json *body, const char *name,
                                  const char *key, int max, int *count)
{
	const struct json *list = param_list(call, body, name);

	*count = 0;
	if (list == NULL)
		return NULL;
	if (list->count > (uint32_t)max) {
		(void)refuse_field(call->c, REFUSED_OVER_LIMIT, name, "%u %s are too many: %d at most.",
		                   list->count, name, max);
		return NULL;
	}
	struct belonging *all = CALL_ARRAY(call, struct belonging, list->count + 1);
	JSON_EACH (list, v)
		read_one(call, v, name, key, &all[(*count)++]);
	return all;
}

void rest_period(const struct api_call *call, struct out *o, const struct zone *zone,
                 struct period p)
{
	if (p.from_at != 0)
		out_text(o, S("from"), moment_text(call->c->arena, zone, p.from_at));
	if (p.until_at != NEVER)
		out_text(o, S("until"), moment_text(call->c->arena, zone, p.until_at));
}

void rest_belongings_write(const struct api_call *call, struct out *o, const char *name,
                           const char *key, const struct zone *zone, const struct belonging *list,
                           int count)
{
	out_list(o, str_of(name), S_NONE);
	for (int i = 0; i < count; i++) {
		out_item(o, S_NONE);
		out_text(o, str_of(key), list[i].where);
		if (str_given(list[i].post))
			out_text(o, S("post"), list[i].post);
		if (list[i].main)
			out_bool(o, S("main"), true);
		rest_period(call, o, zone, list[i].period);
		out_end(o);
	}
	out_end(o);
}

struct uuid rest_uuid_in_path(struct api_call *call, struct str text)
{
	struct uuid id = { 0 };

	if (!uuid_read(text, &id))
		(void)refuse(call->c, REFUSED_NOT_FOUND, "'%.*s' is no id.",
		             (int)(text.len > 64 ? 64 : text.len), text.at);
	return id;
}

/* ---- put */

static void read_zone(struct api_call *call, struct person_put *in)
{
	struct str why = S_NONE;

	if (in->zone.len == 0 || str_is(in->zone, "UTC") || cmd_refused(call->c))
		return;
	if (call->api->config.zone == NULL)
		why = S("This server knows no time zone but UTC.");
	else if (call->api->config.zone(call->c->arena, in->zone, &in->zone_bytes, &in->zone_release,
	                                &why) != OK)
		why = S("The file of this time zone cannot be read on the server.");
	if (!str_given(in->zone_bytes) || zone_read(call->c->arena, in->zone_bytes, &why) == NULL)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "zone", "%.*s", S_ARG(why));
}

void rest_person_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct person_put *in = CALL_NEW(call, struct person_put);
	const struct json *body = rest->body;

	call->c->in = in;
	in->id = call->resource = rest->args[0];
	(void)rest_only(call, body,
	                "name kana email locale zone active from until merged_into attributes "
	                "appointments groups");
	in->name = param_text(call, body, "name");
	in->kana = param_text(call, body, "kana");
	in->email = param_text(call, body, "email");
	in->locale = param_text(call, body, "locale");
	in->zone = param_text(call, body, "zone");
	in->from = param_text(call, body, "from");
	in->until = param_text(call, body, "until");
	in->merged_into = param_text(call, body, "merged_into");
	in->attributes = param_map(call, body, "attributes");
	in->active = param_given(body, "active") ? param_bool(call, body, "active", true) : -1;
	in->appointments = rest_belongings(call, body, "appointments", "department", APPOINTMENTS_MAX,
	                                   &in->appointment_count);
	in->groups = rest_belongings(call, body, "groups", "group", PERSON_GROUPS_MAX,
	                             &in->group_count);
	read_zone(call, in);
	in->above = rest_above(call, in->id);
}

int rest_person_put_status(const struct api_call *call)
{
	const struct person_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_person_put_render(const struct api_call *call, struct out *o)
{
	const struct person_put *in = call->c->in;

	out_text(o, S("id"), in->id);
	out_bool(o, S("created"), !in->existed);
	out_bool(o, S("changed"), in->changed);
}

/* ---- show */

static void show(const struct api_call *call, struct out *o, const struct person *p,
                 const struct zone *zone)
{
	out_text(o, S("id"), p->id);
	out_text(o, S("name"), p->name);
	rest_given(o, "kana", p->kana);
	rest_given(o, "email", p->email);
	out_text(o, S("locale"), p->locale);
	out_text(o, S("zone"), p->zone);
	out_bool(o, S("active"), p->active);
	if (zone != NULL)
		rest_period(call, o, zone, p->period);
	rest_given(o, "merged_into", p->merged_into);
	if (str_given(p->attributes))
		out_json(o, S("attributes"), p->attributes);
	rest_time(o, S("created_at"), p->created_at);
	rest_time(o, S("changed_at"), p->changed_at);
}

void rest_person_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct person_get *in = CALL_NEW(call, struct person_get);
	struct str at = form_get(&rest->query, "at");

	call->c->in = in;
	in->id = call->resource = rest->args[0];
	if (str_given(at) && !time_read_rfc3339(at, &in->at))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "at",
		                   "at must be a time with its zone, as 2027-04-01T00:00:00+09:00, not "
		                   "'%.*s'.",
		                   (int)(at.len > 64 ? 64 : at.len), at.at);
}

void rest_person_get_render(const struct api_call *call, struct out *o)
{
	const struct person_get *in = call->c->in;
	const struct person_view *v = &in->view;

	show(call, o, &v->person, v->zone);
	out_bool(o, S("takes_part"), in->standing == STANDING_ACTIVE);
	rest_given(o, "department", in->department);
	rest_given(o, "superior", in->superior);
	rest_belongings_write(call, o, "appointments", "department", v->zone, v->appointments,
	                      v->appointment_count);
	rest_belongings_write(call, o, "groups", "group", v->zone, v->groups, v->group_count);
}

void rest_person_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct person_list *in = CALL_NEW(call, struct person_list);
	struct str active = form_get(&rest->query, "active");

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 50, PEOPLE_LIST_MAX);
	in->q = form_get(&rest->query, "q");
	in->active = !str_given(active) ? -1 : str_is(active, "true");
	if (str_given(active) && !str_is(active, "true") && !str_is(active, "false"))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "active",
		                   "active is true or false.");
	if (in->q.len > PEOPLE_Q_MAX || (str_given(in->q) && !str_utf8(in->q)))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "q",
		                   "q is a text of at most %d bytes.", PEOPLE_Q_MAX);
}

/* Periods are shown with one person: their zone may be any. */
void rest_person_list_render(const struct api_call *call, struct out *o)
{
	const struct person_list *in = call->c->in;

	out_list(o, S("people"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show(call, o, &in->people[i], NULL);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->people[in->count - 1].id);
}

void rest_person_delete_parse(struct api_call *call, const struct rest_in *rest)
{
	struct person_named *in = CALL_NEW(call, struct person_named);

	call->c->in = in;
	in->id = call->resource = rest->args[0];
}
