/* fill.c - a template's places, filled in. Pure. */
#include "base/limits.h"
#include "base/near.h"
#include "domain/form/form.h"
#include "domain/policy/template.h"

struct filling {
	struct arena *arena;
	const struct json *declared; /* parameters by name */
	const struct json *given;    /* NULL: none */
	struct refused why;
	bool used[POLICY_PARAMETERS_MAX];
};

#define WRONG(f, ...) wrong((f), refused_as((f)->arena, REFUSED_INVALID_PARAMETER, __VA_ARGS__))

static const struct json *wrong(struct filling *f, struct refused why)
{
	if (f->why.why == REFUSED_NONE)
		f->why = why;
	return NULL;
}

/* ---- declarations */

static bool is_type(const struct json *value, struct str type)
{
	int64_t n;

	if (str_is(type, "number"))
		return json_is(value, JSON_NUMBER) && str_i64(value->text, INT32_MIN, INT32_MAX, &n);
	if (str_is(type, "text"))
		return json_is(value, JSON_STRING);
	if (str_is(type, "flag"))
		return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
	return str_is(type, "members") && json_is(value, JSON_ARRAY);
}

static bool number_of(const struct json *v, int64_t otherwise, int64_t *to)
{
	*to = otherwise;
	return v == NULL || (v->kind == JSON_NUMBER && str_i64(v->text, INT32_MIN, INT32_MAX, to));
}

static bool in_range(const struct json *declared, const struct json *value)
{
	int64_t min, max, n;

	if (!json_is(value, JSON_NUMBER))
		return true;
	return number_of(json_get(declared, "min"), INT32_MIN, &min) &&
	       number_of(json_get(declared, "max"), INT32_MAX, &max) && number_of(value, 0, &n) &&
	       min <= n && n <= max;
}

static void check_declaration(struct filling *f, const struct json *d)
{
	static const char *const known[] = { "type", "default", "min", "max", "about" };
	struct str type = json_get_text(d, "type");
	int64_t n;

	JSON_EACH (d, m) {
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= str_is(m->key, known[i]);
		if (!found)
			WRONG(f,
			      "The parameter %.*s has a member %.*s; type, default, min, max and about are "
			      "known.",
			      S_ARG(d->key), S_ARG(m->key));
	}
	if (!str_is(type, "number") && !str_is(type, "text") && !str_is(type, "flag") &&
	    !str_is(type, "members"))
		WRONG(f, "The type of parameter %.*s must be number, text, flag or members.",
		      S_ARG(d->key));
	if (!number_of(json_get(d, "min"), 0, &n) || !number_of(json_get(d, "max"), 0, &n))
		WRONG(f, "min and max of parameter %.*s must be whole numbers.", S_ARG(d->key));
	const struct json *v = json_get(d, "default");
	if (v != NULL && (!is_type(v, type) || !in_range(d, v)))
		WRONG(f, "The default of parameter %.*s is not of its type or range.", S_ARG(d->key));
}

static void check_declarations(struct filling *f, const struct json *body)
{
	JSON_EACH (body, m)
		if (!str_is(m->key, "parameters") && !str_is(m->key, "policy") && !str_is(m->key, "note") &&
		    !str_is(m->key, "form"))
			WRONG(f, "A template has parameters, policy, form and note, but no %.*s.",
			      S_ARG(m->key));
	if (!json_is(f->declared, JSON_OBJECT) || f->declared->count > POLICY_PARAMETERS_MAX)
		WRONG(f, "parameters must be an object of at most %d parameters.", POLICY_PARAMETERS_MAX);
	else
		JSON_EACH (f->declared, d)
			check_declaration(f, d);
	if (!json_is(json_get(body, "policy"), JSON_OBJECT))
		WRONG(f, "policy must be an object: a policy with {\"parameter\": NAME} in some places.");
}

/* ---- values */

static const struct json *member(const struct json *object, struct str name, int *at)
{
	int i = 0;

	JSON_EACH (object, m) {
		if (str_eq(m->key, name)) {
			*at = i;
			return m;
		}
		i++;
	}
	return NULL;
}

static void check_given(struct filling *f)
{
	int at;

	if (f->given != NULL && !json_is(f->given, JSON_OBJECT))
		WRONG(f, "parameters must be an object: names to values.");
	JSON_EACH (json_is(f->given, JSON_OBJECT) ? f->given : NULL, g) {
		const struct json *d = member(f->declared, g->key, &at);
		if (d == NULL)
			WRONG(f, "The template has no parameter %.*s.", S_ARG(g->key));
		else if (!is_type(g, json_get_text(d, "type")) || !in_range(d, g))
			WRONG(f, "The parameter %.*s must be of type %.*s and within its bounds.",
			      S_ARG(g->key), S_ARG(json_get_text(d, "type")));
	}
}

static const struct json *value_of(struct filling *f, struct str name)
{
	int at, given_at;
	const struct json *d = member(f->declared, name, &at);

	if (d == NULL)
		return WRONG(f, "The policy names a parameter %.*s that the template does not have.",
		             S_ARG(name));
	must(at < POLICY_PARAMETERS_MAX);
	f->used[at] = true;
	const struct json *g = f->given == NULL ? NULL : member(f->given, name, &given_at);
	const struct json *v = g != NULL ? g : json_get(d, "default");
	return v != NULL ? v
	                 : WRONG(f, "The parameter %.*s is needed: it has no default.", S_ARG(name));
}

static bool is_place(const struct json *v)
{
	return json_is(v, JSON_OBJECT) && v->count == 1 && str_is(v->first->key, "parameter") &&
	       json_is(v->first, JSON_STRING);
}

/* What was given is taken as it is: places in it are none. */
static void copy_value(struct filling *f, struct json *under, struct str key, const struct json *v)
{
	struct json *to = json_add(under, key, json_new_text(f->arena, v->kind, v->text));

	JSON_EACH (v, child)
		copy_value(f, to, child->key, child);
}

/* A copy of what is there; `under` gets it. */
static void copy(struct filling *f, struct json *under, struct str key, const struct json *v)
{
	if (is_place(v)) {
		const struct json *value = value_of(f, json_text(v->first));
		bool spread = json_is(value, JSON_ARRAY) && under->kind == JSON_ARRAY;
		if (spread)
			JSON_EACH (value, one)
				copy_value(f, under, S_NONE, one);
		else if (value != NULL)
			copy_value(f, under, key, value);
		return;
	}
	struct json *to = json_add(under, key, json_new_text(f->arena, v->kind, v->text));
	JSON_EACH (v, child)
		copy(f, to, child->key, child);
}

static void check_used(struct filling *f)
{
	int i = 0;

	JSON_EACH (f->declared, d)
		if (i < POLICY_PARAMETERS_MAX && !f->used[i++])
			WRONG(f, "The parameter %.*s is used nowhere in the policy.", S_ARG(d->key));
}

const struct json *policy_template_fill(struct arena *a, const struct json *body,
                                        const struct json *given, struct refused *why)
{
	struct filling f = { .arena = a, .declared = json_get(body, "parameters"), .given = given };
	struct json *root = json_new(a, JSON_OBJECT);

	check_declarations(&f, body);
	if (f.why.why == REFUSED_NONE)
		check_given(&f);
	if (f.why.why == REFUSED_NONE) {
		copy(&f, root, S("policy"), json_get(body, "policy"));
		check_used(&f);
	}
	*why = f.why;
	return f.why.why == REFUSED_NONE ? json_get(root, "policy") : NULL;
}

static bool all_have_defaults(const struct json *declared)
{
	JSON_EACH (declared, d)
		if (json_get(d, "default") == NULL)
			return false;
	return true;
}

/* Values that are of the right types, so that the places at least are found. */
static const struct json *samples(struct arena *a, const struct json *declared)
{
	struct json *values = json_new(a, JSON_OBJECT);

	JSON_EACH (declared, d) {
		struct str type = json_get_text(d, "type");
		const struct json *low = json_get(d, "min");
		if (json_get(d, "default") != NULL)
			continue;
		if (str_is(type, "number"))
			json_add(values, d->key,
			         json_new_text(a, JSON_NUMBER, low == NULL ? S("1") : low->text));
		else if (str_is(type, "text"))
			json_add(values, d->key, json_new_text(a, JSON_STRING, S("x")));
		else
			json_add(values, d->key, json_new(a, str_is(type, "flag") ? JSON_TRUE : JSON_ARRAY));
	}
	return values;
}

bool policy_template_fits(struct arena *a, const struct json *body, struct refused *why)
{
	const struct json *declared = json_get(body, "parameters");
	const struct json *values = json_is(declared, JSON_OBJECT) ? samples(a, declared) : NULL;
	const struct json *tree = policy_template_fill(a, body, values, why);

	if (tree == NULL)
		return false;
	const struct json *form = json_get(body, "form");
	if (form != NULL && !form_fits(a, form, why))
		return false;
	return !all_have_defaults(declared) || policy_read(a, tree, why) != NULL;
}
