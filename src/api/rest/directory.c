/* directory.c - /v1/departments, /v1/posts, /v1/people-groups. */
#include "api/rest/job.h"
#include "api/rest/people.h"
#include "base/limits.h"

void rest_directory_named_parse(struct api_call *call, const struct rest_in *rest)
{
	struct directory_named *in = CALL_NEW(call, struct directory_named);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
}

/* ---- departments */

void rest_department_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct department_put *in = CALL_NEW(call, struct department_put);

	call->c->in = in;
	in->code = call->resource = rest->args[0];
	(void)rest_only(call, rest->body, "name parent head");
	in->name = param_text(call, rest->body, "name");
	in->parent = param_text(call, rest->body, "parent");
	in->head = param_text(call, rest->body, "head");
}

int rest_department_put_status(const struct api_call *call)
{
	const struct department_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_department_put_render(const struct api_call *call, struct out *o)
{
	const struct department_put *in = call->c->in;

	out_text(o, S("code"), in->code);
	out_bool(o, S("created"), !in->existed);
}

static void show_department(struct out *o, const struct department_info *d)
{
	out_text(o, S("code"), d->code);
	out_text(o, S("name"), d->name);
	rest_given(o, "parent", d->parent);
	rest_given(o, "head", d->head);
	out_number(o, S("departments"), d->children);
	out_number(o, S("people"), d->people);
	rest_time(o, S("created_at"), d->created_at);
	rest_time(o, S("changed_at"), d->changed_at);
}

void rest_department_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct department_list *in = CALL_NEW(call, struct department_list);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	in->max = 1;
}

void rest_department_get_render(const struct api_call *call, struct out *o)
{
	const struct department_list *in = call->c->in;

	show_department(o, &in->all[0]);
}

void rest_department_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct department_list *in = CALL_NEW(call, struct department_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->parent = form_get(&rest->query, "parent");
	in->max = rest_limit(call, rest, 100, PEOPLE_LIST_MAX);
}

void rest_department_list_render(const struct api_call *call, struct out *o)
{
	const struct department_list *in = call->c->in;

	out_list(o, S("departments"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show_department(o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->all[in->count - 1].code);
}

/* ---- posts */

void rest_post_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct post_put *in = CALL_NEW(call, struct post_put);

	call->c->in = in;
	in->code = call->resource = rest->args[0];
	(void)rest_only(call, rest->body, "name rank");
	in->name = param_text(call, rest->body, "name");
	in->rank = rest_bounded(call, rest->body, "rank", 1, POST_RANK_MAX, -1);
}

int rest_post_put_status(const struct api_call *call)
{
	const struct post_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_post_put_render(const struct api_call *call, struct out *o)
{
	const struct post_put *in = call->c->in;

	out_text(o, S("code"), in->code);
	out_bool(o, S("created"), !in->existed);
}

static void show_post(struct out *o, const struct post_info *p)
{
	out_text(o, S("code"), p->code);
	out_text(o, S("name"), p->name);
	out_number(o, S("rank"), p->rank);
	out_number(o, S("people"), p->people);
	rest_time(o, S("created_at"), p->created_at);
	rest_time(o, S("changed_at"), p->changed_at);
}

void rest_post_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct post_list *in = CALL_NEW(call, struct post_list);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	in->max = 1;
}

void rest_post_get_render(const struct api_call *call, struct out *o)
{
	const struct post_list *in = call->c->in;

	show_post(o, &in->all[0]);
}

void rest_post_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct post_list *in = CALL_NEW(call, struct post_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 100, PEOPLE_LIST_MAX);
}

void rest_post_list_render(const struct api_call *call, struct out *o)
{
	const struct post_list *in = call->c->in;

	out_list(o, S("posts"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show_post(o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->all[in->count - 1].code);
}

/* ---- groups of people */

void rest_people_group_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct people_group_put *in = CALL_NEW(call, struct people_group_put);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	(void)rest_only(call, rest->body, "title members");
	in->title = param_text(call, rest->body, "title");
	in->members = rest_belongings(call, rest->body, "members", "person", PEOPLE_GROUP_MEMBERS_MAX,
	                              &in->member_count);
}

int rest_people_group_put_status(const struct api_call *call)
{
	const struct people_group_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

void rest_people_group_put_render(const struct api_call *call, struct out *o)
{
	const struct people_group_put *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_bool(o, S("created"), !in->existed);
}

static void show_group(struct out *o, const struct people_group_info *g)
{
	out_text(o, S("name"), g->name);
	rest_given(o, "title", g->title);
	out_number(o, S("people"), g->people);
	rest_time(o, S("created_at"), g->created_at);
	rest_time(o, S("changed_at"), g->changed_at);
}

void rest_people_group_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct people_group_list *in = CALL_NEW(call, struct people_group_list);

	call->c->in = in;
	in->name = call->resource = rest->args[0];
	in->max = 1;
}

/* Their periods in UTC: members may have any zone. */
void rest_people_group_get_render(const struct api_call *call, struct out *o)
{
	const struct people_group_list *in = call->c->in;

	show_group(o, &in->all[0]);
	rest_belongings_write(call, o, "members", "person", zone_utc(), in->members, in->member_count);
}

void rest_people_group_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct people_group_list *in = CALL_NEW(call, struct people_group_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 100, PEOPLE_LIST_MAX);
}

void rest_people_group_list_render(const struct api_call *call, struct out *o)
{
	const struct people_group_list *in = call->c->in;

	out_list(o, S("groups"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		show_group(o, &in->all[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->all[in->count - 1].name);
}
