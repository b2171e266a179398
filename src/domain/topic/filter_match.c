/* filter_match.c - does a message match a compiled filter policy?
 *
 * A list in the message matches when one of its elements does; inside a list of
 * objects one and the same element must satisfy a whole nested policy. */
#include <string.h>

#include "base/limits.h"
#include "domain/topic/filter_rule.h"

struct match {
	int64_t steps; /* left */
};

/* What a comparison costs; false: too much was asked. */
static bool step(struct match *m, size_t bytes)
{
	m->steps -= 1 + (int64_t)(bytes / 64);
	return m->steps >= 0;
}

/* First and last piece are anchored, the others found from left to right. */
static bool wildcard_matches(const struct rule *r, struct str text)
{
	struct str first = r->pieces[0], last = r->pieces[r->piece_count - 1];

	must(r->piece_count >= 1);
	if (r->piece_count == 1)
		return str_eq(first, text);
	if (text.len < first.len + last.len || !str_starts(text, first) || !str_ends(text, last))
		return false;
	text = (struct str){ text.at + first.len, text.len - first.len - last.len };
	for (int i = 1; i < r->piece_count - 1; i++) {
		if (r->pieces[i].len == 0)
			continue;
		const char *found = memmem(text.at, text.len, r->pieces[i].at, r->pieces[i].len);
		if (found == NULL)
			return false;
		text = str_from(text, (size_t)(found - text.at) + r->pieces[i].len);
	}
	return true;
}

static bool range_matches(const struct rule *r, const struct json *v)
{
	double n;

	if (v->kind != JSON_NUMBER || !filter_number(v->text, &n))
		return false;
	return (r->above_only ? n > r->bottom : n >= r->bottom) &&
	       (r->below_only ? n < r->top : n <= r->top);
}

static bool number_matches(const struct rule *r, const struct json *v)
{
	double n;

	return v->kind == JSON_NUMBER && filter_number(v->text, &n) && !(n < r->number) &&
	       !(n > r->number);
}

static bool cidr_matches(const struct rule *r, struct str text)
{
	uint8_t address[16];

	if (filter_address(text, address) != r->address_size)
		return false;
	must(r->bits >= 0 && r->bits <= 8 * r->address_size);
	int whole = r->bits / 8, rest = r->bits % 8;
	if (memcmp(address, r->address, (size_t)whole) != 0)
		return false;
	return rest == 0 || (address[whole] ^ r->address[whole]) >> (8 - rest) == 0;
}

static bool text_matches(const struct rule *r, struct str text)
{
	switch (r->kind) {
	case RULE_TEXT:
		return str_eq(r->text, text);
	case RULE_PREFIX:
		return str_starts(text, r->text);
	case RULE_SUFFIX:
		return str_ends(text, r->text);
	case RULE_NOCASE:
		return str_eq_nocase(r->text, text);
	case RULE_WILDCARD:
		return wildcard_matches(r, text);
	case RULE_CIDR:
		return cidr_matches(r, text);
	default:
		return false;
	}
}

static bool rule_matches(struct match *, const struct rule *, const struct json *);

static bool none_matches(struct match *m, const struct rule *r, const struct json *v)
{
	must(r->value_count > 0); /* filter.c refuses an empty list */
	for (int i = 0; i < r->value_count; i++)
		if (rule_matches(m, &r->values[i], v))
			return false;
	return m->steps >= 0; /* not known when the steps ran out: no match */
}

/* `v` is no list and no object. */
static bool rule_matches(struct match *m, const struct rule *r, const struct json *v)
{
	if (!step(m, v->text.len))
		return false;
	switch (r->kind) {
	case RULE_NUMBER:
		return number_matches(r, v);
	case RULE_RANGE:
		return range_matches(r, v);
	case RULE_TRUE:
		return v->kind == JSON_TRUE;
	case RULE_FALSE:
		return v->kind == JSON_FALSE;
	case RULE_NULL:
		return v->kind == JSON_NULL;
	case RULE_EXISTS:
		return true;
	case RULE_MISSING:
		return false;
	case RULE_NONE_OF:
		return none_matches(m, r, v);
	default:
		return v->kind == JSON_STRING && text_matches(r, v->text);
	}
}

static bool has_rule(const struct clause *c, enum rule_kind kind)
{
	for (int i = 0; i < c->rule_count; i++)
		if (c->rules[i].kind == kind)
			return true;
	return false;
}

/* One value against all rules: any of them. Objects are no leaves, so they match nothing. */
static bool leaf_matches(struct match *m, const struct clause *c, const struct json *v)
{
	if (v->kind == JSON_ARRAY) {
		JSON_EACH (v, element)
			if (!step(m, 0) || leaf_matches(m, c, element))
				return m->steps >= 0;
		return false;
	}
	if (v->kind == JSON_OBJECT)
		return false;
	for (int i = 0; i < c->rule_count; i++)
		if (rule_matches(m, &c->rules[i], v))
			return true;
	return false; /* also when the steps ran out: each further rule says so at once */
}

static bool rules_match(struct match *m, const struct clause *c, const struct json *v)
{
	if (v == NULL || v->kind == JSON_OBJECT)
		return has_rule(c, RULE_MISSING);
	if (v->kind == JSON_ARRAY && has_rule(c, RULE_EXISTS))
		return true;
	return leaf_matches(m, c, v);
}

static const struct json *member(struct match *m, const struct json *object, struct str key)
{
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	JSON_EACH (object, v)
		if (!step(m, 0) || str_eq(v->key, key))
			return m->steps >= 0 ? v : NULL;
	return NULL;
}

static bool clauses_match(struct match *m, const struct clause *first, const struct json *v);

static bool nested_matches(struct match *m, const struct clause *first, const struct json *v)
{
	if (!json_is(v, JSON_ARRAY))
		return clauses_match(m, first, v);
	JSON_EACH (v, element)
		if (!step(m, 0) || nested_matches(m, first, element))
			return m->steps >= 0;
	return false;
}

static bool clause_matches(struct match *m, const struct clause *c, const struct json *object)
{
	if (c->kind == CLAUSE_OR) {
		for (int i = 0; i < c->group_count; i++)
			if (clauses_match(m, c->groups[i], object))
				return true;
		return false;
	}
	const struct json *v = member(m, object, c->key);
	return c->kind == CLAUSE_RULES ? rules_match(m, c, v) : nested_matches(m, c->groups[0], v);
}

/* All of them; an object that is none has no members. */
static bool clauses_match(struct match *m, const struct clause *first, const struct json *object)
{
	for (const struct clause *c = first; c != NULL; c = c->next)
		if (!clause_matches(m, c, object) || m->steps < 0)
			return false;
	return true;
}

bool filter_matches(const struct filter *f, const struct json *document)
{
	struct match m = { .steps = FILTER_STEPS_MAX };

	return json_is(document, JSON_OBJECT) && clauses_match(&m, f->first, document);
}

struct json *filter_attributes(struct arena *a, const struct attribute_value *attributes, int count)
{
	struct json *object = json_new(a, JSON_OBJECT);

	for (int i = 0; i < count; i++) {
		const struct attribute_value *v = &attributes[i];
		struct str why = S_NONE;
		struct json *list = NULL;
		if (str_starts(v->type, S("Binary")))
			continue;
		if (str_is(v->type, "String.Array"))
			list = json_read(a, v->value, &why);
		if (json_is(list, JSON_ARRAY))
			json_add(object, v->name, list);
		else
			json_add(object, v->name,
			         json_new_text(a, str_starts(v->type, S("Number")) ? JSON_NUMBER : JSON_STRING,
			                       v->value));
	}
	return object;
}
