/* policies.c - /v1/policies: who has to agree, by name and version.
 *
 * A body is the policy itself, or {"policy": ...} or {"template": NAME, "parameters": {...}}
 * with what is about it: four_eyes, note. */
#include "api/rest/job.h"
#include "api/rest/routes.h"
#include "base/limits.h"
#include "domain/policy/versions.h"
#include "wire/hash.h"

struct str rest_policy_name(struct api_call *call, struct str name)
{
	call->resource = name;
	if (!policy_name_valid(name))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "name",
		                   "The name of a policy has 1 to %d letters, digits and - _ . ; this one "
		                   "is '%.*s'.",
		                   POLICY_NAME_MAX, (int)(name.len > 200 ? 200 : name.len),
		                   str_given(name) ? name.at : "");
	return name;
}

static bool fits_in(struct api_call *call, const struct rest_in *rest)
{
	if (rest->request->body.len <= POLICY_BYTES_MAX)
		return true;
	(void)refuse(call->c, REFUSED_INVALID_POLICY, "A policy may have %d bytes; this one has %zu.",
	             POLICY_BYTES_MAX, rest->request->body.len);
	return false;
}

static bool is_wrapped(const struct json *body)
{
	return json_get(body, "policy") != NULL || json_get(body, "template") != NULL;
}

/* The policy as it was sent; NULL: of the template, or the call is refused. */
static const struct json *policy_in(struct api_call *call, const struct json *body,
                                    struct str *template, const struct json **parameters)
{
	if (!is_wrapped(body))
		return body;
	(void)rest_only(call, body, "policy template parameters four_eyes note");
	*template = param_text(call, body, "template");
	*parameters = param_map(call, body, "parameters");
	const struct json *policy = json_get(body, "policy");
	if ((policy != NULL) == str_given(*template))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "Give either policy or template, with the template's parameters.");
	if (*parameters != NULL && policy != NULL)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "parameters",
		                   "parameters are those of a template.");
	return policy;
}

/* ---- put */

/* Of "3.4" or W/"3.4" what is between the quotes. */
static struct str etag_in(const struct rest_in *rest)
{
	struct str tag = http_header(rest->request, "If-Match");

	if (str_starts(tag, S("W/")))
		tag = str_from(tag, 2);
	if (tag.len >= 2 && tag.at[0] == '"' && tag.at[tag.len - 1] == '"')
		return (struct str){ tag.at + 1, tag.len - 2 };
	return tag;
}

void rest_policy_put_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_put *in = CALL_NEW(call, struct policy_put);
	struct refused why;

	call->c->in = in;
	in->name = rest_policy_name(call, rest->args[0]);
	in->if_match = arena_str(call->c->arena, etag_in(rest));
	in->four_eyes = -1;
	if (cmd_refused(call->c) || !fits_in(call, rest))
		return;
	const struct json *tree = policy_in(call, rest->body, &in->template, &in->parameters);
	if (is_wrapped(rest->body)) {
		in->note = rest_short(call, rest->body, "note", POLICY_NOTE_MAX);
		if (param_given(rest->body, "four_eyes"))
			in->four_eyes = param_bool(call, rest->body, "four_eyes", false);
	}
	if (cmd_refused(call->c) || tree == NULL)
		return;
	in->policy = policy_read(call->c->arena, tree, &why);
	if (in->policy == NULL)
		(void)refuse_as(call->c, why);
}

void rest_policy_put_render(const struct api_call *call, struct out *o)
{
	const struct policy_put *in = call->c->in;

	out_text(o, S("name"), in->name);
	out_number(o, S("version"), in->version);
	out_text(o, S("sha256"), str_of(in->policy->sha256_text));
	out_text(o, S("state"), str_of(policy_state_name(in->state)));
	out_bool(o, S("changed"), in->changed);
}

int rest_policy_put_status(const struct api_call *call)
{
	const struct policy_put *in = call->c->in;

	return in->existed ? 200 : 201;
}

static void etag_out(const struct api_call *call, int64_t current, int64_t newest, struct buf *b)
{
	struct str tag = policy_etag(call->c->arena, current, newest);

	buf_printf(b, "ETag: \"%.*s\"\r\n", S_ARG(tag));
}

void rest_policy_put_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct policy_put *in = call->c->in;
	int64_t current = in->state == POLICY_IN_FORCE ? in->version : in->before.current;

	(void)body;
	etag_out(call, current, in->version, headers);
}

/* ---- accept, retire */

static int64_t version_in(struct api_call *call, struct str text)
{
	int64_t version = 0;

	if (!str_i64(text, 1, INT32_MAX, &version))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "version",
		                   "A version is a number from 1, not '%.*s'.",
		                   (int)(text.len > 32 ? 32 : text.len), str_given(text) ? text.at : "");
	return version;
}

void rest_policy_accept_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_accept *in = CALL_NEW(call, struct policy_accept);

	call->c->in = in;
	in->name = rest_policy_name(call, rest->args[0]);
	in->version = version_in(call, rest->args[1]);
	(void)rest_only(call, rest->body, "");
}

void rest_policy_named_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_named *in = CALL_NEW(call, struct policy_named);

	call->c->in = in;
	in->name = rest_policy_name(call, rest->args[0]);
}

/* ---- look */

static void hex_out(struct out *o, struct str key, struct str bytes)
{
	struct buf b = { 0 };

	hex_write(&b, (const uint8_t *)bytes.at, bytes.len);
	out_text(o, key, buf_str(&b));
	buf_free(&b);
}

static void given(struct out *o, struct str key, struct str text)
{
	if (str_given(text))
		out_text(o, key, text);
}

static void version_out(struct out *o, const struct policy_version *v)
{
	out_text(o, S("name"), v->name);
	out_number(o, S("version"), v->version);
	out_text(o, S("state"), str_of(policy_state_name(v->state)));
	hex_out(o, S("sha256"), v->sha256);
	out_bool(o, S("four_eyes"), v->four_eyes);
	given(o, S("note"), v->note);
	given(o, S("template"), v->template);
	if (str_given(v->parameters))
		out_json(o, S("parameters"), v->parameters);
	out_text(o, S("proposed_by"), v->proposed_by);
	rest_time(o, S("proposed_at"), v->proposed_at);
	given(o, S("accepted_by"), v->accepted_by);
	rest_time(o, S("accepted_at"), v->accepted_at);
	if (v->current != 0)
		out_number(o, S("current"), v->current);
	out_number(o, S("newest"), v->newest);
	rest_time(o, S("retired_at"), v->retired_at);
}

static void words_out(struct out *o, const struct policy *p)
{
	struct buf b = { 0 };

	out_object(o, S("words"));
	policy_explain(p, POLICY_EN, &b);
	out_text(o, S("en"), buf_str(&b));
	buf_clear(&b);
	policy_explain(p, POLICY_JA, &b);
	out_text(o, S("ja"), buf_str(&b));
	out_end(o);
	buf_free(&b);
}

void rest_policy_accept_render(const struct api_call *call, struct out *o)
{
	const struct policy_accept *in = call->c->in;

	version_out(o, &in->found);
}

void rest_policy_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_get *in = CALL_NEW(call, struct policy_get);
	struct str version = form_get(&rest->query, "version");

	call->c->in = in;
	in->name = rest_policy_name(call, rest->args[0]);
	if (str_given(rest->args[1]) || str_given(version))
		in->version = version_in(call, str_given(rest->args[1]) ? rest->args[1] : version);
}

void rest_policy_get_render(const struct api_call *call, struct out *o)
{
	const struct policy_get *in = call->c->in;
	const struct policy *p = policy_read_stored(call->c->arena, in->found.canonical);

	version_out(o, &in->found);
	out_json(o, S("policy"), in->found.canonical);
	if (p != NULL)
		words_out(o, p);
}

void rest_policy_get_headers(const struct api_call *call, struct str body, struct buf *headers)
{
	const struct policy_get *in = call->c->in;

	(void)body;
	etag_out(call, in->found.current, in->found.newest, headers);
}

void rest_policy_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_list *in = CALL_NEW(call, struct policy_list);

	call->c->in = in;
	in->after = form_get(&rest->query, "cursor");
	in->max = rest_limit(call, rest, 100, LIST_MAX);
}

static void list_out(const struct policy_list *in, struct out *o, struct str key)
{
	out_list(o, key, S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		version_out(o, &in->list[i]);
		if (str_given(in->list[i].canonical))
			out_json(o, S("policy"), in->list[i].canonical);
		out_end(o);
	}
	out_end(o);
}

void rest_policy_list_render(const struct api_call *call, struct out *o)
{
	const struct policy_list *in = call->c->in;

	list_out(in, o, S("policies"));
	if (in->more)
		out_text(o, S("cursor"), in->list[in->count - 1].name);
}

void rest_policy_versions_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_list *in = CALL_NEW(call, struct policy_list);
	struct str cursor = form_get(&rest->query, "cursor");

	call->c->in = in;
	in->name = rest_policy_name(call, rest->args[0]);
	in->below = str_given(cursor) ? version_in(call, cursor) : INT64_MAX;
	in->max = rest_limit(call, rest, 20, 100);
}

void rest_policy_versions_render(const struct api_call *call, struct out *o)
{
	const struct policy_list *in = call->c->in;
	struct buf cursor = { 0 };

	list_out(in, o, S("versions"));
	if (in->more) {
		buf_add_i64(&cursor, in->list[in->count - 1].version);
		out_text(o, S("cursor"), buf_str(&cursor));
		buf_free(&cursor);
	}
}

/* ---- check */

void rest_policy_check_parse(struct api_call *call, const struct rest_in *rest)
{
	struct policy_checking *in = CALL_NEW(call, struct policy_checking);

	call->c->in = in;
	if (fits_in(call, rest))
		in->tree = policy_in(call, rest->body, &in->template, &in->parameters);
}

static void fault_out(struct out *o, const struct policy_fault *f)
{
	out_item(o, S_NONE);
	out_text(o, S("code"), str_of(f->code));
	out_text(o, S("path"), f->path);
	out_bool(o, S("impossible"), f->impossible);
	out_text(o, S("en"), f->en);
	out_text(o, S("ja"), f->ja);
	out_end(o);
}

void rest_policy_check_render(const struct api_call *call, struct out *o)
{
	const struct policy_checking *in = call->c->in;

	out_bool(o, S("valid"), in->policy != NULL);
	if (in->policy != NULL) {
		out_text(o, S("sha256"), str_of(in->policy->sha256_text));
		out_number(o, S("seats"), in->policy->seat_count);
		words_out(o, in->policy);
		out_json(o, S("policy"), in->policy->canonical);
	}
	out_list(o, S("reasons"), S_NONE);
	for (const struct policy_fault *f = in->faults; f != NULL; f = f->next)
		fault_out(o, f);
	out_end(o);
}

/* ---- similar */

void rest_policy_similar_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest;
	call->c->in = CALL_NEW(call, struct policy_similar);
}

static int group_end(const struct policy_similar *in, int from)
{
	int to = from;

	while (to < in->count && str_eq(in->list[to].shape, in->list[from].shape))
		to++;
	return to;
}

static bool all_same(const struct policy_similar *in, int from, int to)
{
	return str_eq(in->list[from].sha256, in->list[to - 1].sha256); /* they are sorted */
}

void rest_policy_similar_render(const struct api_call *call, struct out *o)
{
	const struct policy_similar *in = call->c->in;

	out_list(o, S("groups"), S_NONE);
	for (int i = 0, end; i < in->count; i = end) {
		end = group_end(in, i);
		out_item(o, S_NONE);
		out_bool(o, S("identical"), all_same(in, i, end));
		out_list(o, S("policies"), S_NONE);
		for (int k = i; k < end; k++) {
			const struct policy *p = policy_read_stored(call->c->arena, in->list[k].canonical);
			out_item(o, S_NONE);
			out_text(o, S("name"), in->list[k].name);
			out_number(o, S("version"), in->list[k].version);
			hex_out(o, S("sha256"), in->list[k].sha256);
			if (p != NULL)
				words_out(o, p);
			out_end(o);
		}
		out_end(o);
		out_end(o);
	}
	out_end(o);
	out_bool(o, S("more"), in->more);
}
