/* param.c - reading parameters: right kind, absent, or refused. */
#include "api/call.h"

bool call_refuse(struct api_call *call, struct refused r)
{
	if (r.why != REFUSED_NONE && !cmd_refused(call->c))
		call->c->refused = r;
	return cmd_refused(call->c);
}

static const struct json *member(const struct json *params, const char *name)
{
	const struct json *v = json_get(params, name);

	return json_is(v, JSON_NULL) ? NULL : v;
}

bool param_given(const struct json *params, const char *name)
{
	return member(params, name) != NULL;
}

void param_missing(struct api_call *call, const char *name)
{
	(void)refuse_field(call->c, REFUSED_MISSING_PARAMETER, name,
	                   "The request must contain the parameter %s.", name);
}

static void wrong_kind(struct api_call *call, const char *name, const struct json *v,
                       const char *wanted)
{
	(void)refuse_field(call->c, REFUSED_MALFORMED_INPUT, name,
	                   "The parameter %s must be a %s, not a %s.", name, wanted,
	                   json_kind_name(v->kind));
}

static const struct json *of_kind(struct api_call *call, const struct json *params,
                                  const char *name, enum json_kind kind, const char *wanted)
{
	const struct json *v = member(params, name);

	if (v == NULL || v->kind == kind)
		return v;
	wrong_kind(call, name, v, wanted);
	return NULL;
}

struct str param_text(struct api_call *call, const struct json *params, const char *name)
{
	struct str text = json_text(of_kind(call, params, name, JSON_STRING, "string"));

	/* Bodies of SQS have a rule and a refusal of their own. */
	if (call->form == API_REST && str_has_nul(text)) {
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s holds the character U+0000, which no text here may have.", name);
		return S_NONE;
	}
	return text;
}

struct str param_text_needed(struct api_call *call, const struct json *params, const char *name)
{
	struct str text = param_text(call, params, name);

	if (text.len == 0)
		param_missing(call, name);
	return text;
}

/* In a form a number is a text like all others. */
int64_t param_int(struct api_call *call, const struct json *params, const char *name,
                  int64_t otherwise)
{
	const struct json *v = member(params, name);
	int64_t n;

	if (v == NULL)
		return otherwise;
	if (v->kind != (call->form == API_QUERY ? JSON_STRING : JSON_NUMBER)) {
		wrong_kind(call, name, v, "number");
		return otherwise;
	}
	if (str_i64(v->text, INT64_MIN + 1, INT64_MAX, &n))
		return n;
	/* JSON of the wrong kind cannot be read, a field of a form holds a wrong value. */
	(void)refuse(call->c,
	             call->form == API_QUERY ? REFUSED_INVALID_PARAMETER : REFUSED_MALFORMED_INPUT,
	             "Value %.*s for parameter %s is invalid. Reason: Must be an integer.",
	             S_ARG(v->text), name);
	return otherwise;
}

bool param_bool(struct api_call *call, const struct json *params, const char *name, bool otherwise)
{
	const struct json *v = member(params, name);

	if (v == NULL)
		return otherwise;
	if (v->kind == JSON_TRUE || (call->form == API_QUERY && str_is(v->text, "true")))
		return true;
	if (v->kind != JSON_FALSE && !(call->form == API_QUERY && str_is(v->text, "false")))
		wrong_kind(call, name, v, "boolean");
	return false;
}

const struct json *param_list(struct api_call *call, const struct json *params, const char *name)
{
	return of_kind(call, params, name, JSON_ARRAY, "list");
}

const struct json *param_map(struct api_call *call, const struct json *params, const char *name)
{
	return of_kind(call, params, name, JSON_OBJECT, "map");
}

const struct str *param_texts(struct api_call *call, const struct json *params, const char *name,
                              int *count)
{
	const struct json *list = param_list(call, params, name);

	*count = 0;
	if (list == NULL)
		return NULL;
	struct str *texts = CALL_ARRAY(call, struct str, list->count);
	JSON_EACH (list, v) {
		if (v->kind == JSON_NULL)
			continue;
		if (v->kind != JSON_STRING)
			wrong_kind(call, name, v, "list of strings");
		else
			texts[(*count)++] = v->text;
	}
	return texts;
}
