/* policy_templates.c - /v1/policy-templates: policies with places to fill in. */
#include "api/rest/job.h"
#include "api/rest/routes.h"
#include "base/limits.h"
#include "domain/policy/template.h"

void rest_policy_template_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_template_put *in = CALL_NEW(call, struct policy_template_put);
	struct refused why;

	call->c->in = in;
	in->name = rest_policy_name(call, rest->args[0]);
	in->note = rest_short(call, rest->body, "note", POLICY_NOTE_MAX);
	if (rest->request->body.len > POLICY_BYTES_MAX)
		(void)refuse(call->c, REFUSED_INVALID_POLICY, "A template may have %d bytes, not %zu.",
		             POLICY_BYTES_MAX, rest->request->body.len);
	if (cmd_refused(call->c))
		return;
	in->body = json_written(call->c->arena, rest->body);
	if (!policy_template_fits(call->c->arena, rest->body, &why))
		(void)refuse_as(call->c, why);
	else if (in->body.len > POLICY_BYTES_MAX)
		(void)refuse(call->c, REFUSED_INVALID_POLICY, "A template may have %d bytes, not %zu.",
		             POLICY_BYTES_MAX, in->body.len);
}

void rest_policy_template_put_render(const struct api_call *call, struct out *o)
{
	const struct policy_template_put *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_number(o, S("version"), in->version);
}

int rest_policy_template_put_status(const struct api_call *call)
{
	const struct policy_template_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

static void template_out(const struct api_call *call, struct out *o,
                         const struct policy_template *t)
{
	struct str why;
	const struct json *body = json_read(call->c->arena, t->body, &why);
	struct buf part = { 0 };

	out_text(o, S("name"), t->name);
	out_number(o, S("version"), t->version);
	JSON_EACH (body, m) {
		buf_clear(&part);
		json_write(&part, m);
		out_json(o, m->key, buf_str(&part));
	}
	buf_free(&part);
	out_text(o, S("changed_by"), t->changed_by);
	rest_time(o, S("created_at"), t->created_at);
	rest_time(o, S("changed_at"), t->changed_at);
}

void rest_policy_template_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_template_get *in = CALL_NEW(call, struct policy_template_get);

	call->c->in = in;
	in->name = rest_policy_name(call, rest->args[0]);
}

void rest_policy_template_get_render(const struct api_call *call, struct out *o)
{
	const struct policy_template_get *in = call->c->in;

	template_out(call, o, &in->found);
}

void rest_policy_template_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_template_list *in = CALL_NEW(call, struct policy_template_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 100, LIST_MAX);
}

void rest_policy_template_list_render(const struct api_call *call, struct out *o)
{
	const struct policy_template_list *in = call->c->in;

	out_list(o, S("templates"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		template_out(call, o, &in->list[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"), in->list[in->count - 1].name);
}
