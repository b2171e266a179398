/* filter.c - filter policies from JSON to rules.
 *
 *     {"store": ["a", {"prefix": "b"}], "$or": [{"x": [1]}, {"y": [2]}]}
 *
 * Sentences of refusal are Amazon's where they are known. Limits: FILTER_KEYS_MAX keys
 * at the top, FILTER_COMBINATIONS_MAX combinations (values times depth, multiplied over
 * the keys, added over alternatives), FILTER_VALUES_MAX values in all. */
#include "domain/topic/filter.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/topic/filter_rule.h"

struct compiler {
	struct arena *arena;
	enum filter_scope scope;
	struct str why; /* the first complaint stands; given: no policy comes of it */
	int values;
	int64_t combinations;
};

#define COMPLAIN(compiler, ...) \
	do { \
		if (!str_given((compiler)->why)) \
			(compiler)->why = arena_printf((compiler)->arena, "FilterPolicy: " __VA_ARGS__); \
	} while (0)

bool filter_number(struct str text, double *out)
{
	char copy[64];
	char *end;

	if (text.len == 0 || text.len >= sizeof copy)
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	*out = strtod(copy, &end);
	return end == copy + text.len && isfinite(*out);
}

int filter_address(struct str text, uint8_t to[16])
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof copy)
		return 0;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, to) == 1)
		return 4;
	return inet_pton(AF_INET6, copy, to) == 1 ? 16 : 0;
}

static struct str text_of(const struct json *v)
{
	switch (v->kind) {
	case JSON_NULL:
		return S("null");
	case JSON_TRUE:
		return S("true");
	case JSON_FALSE:
		return S("false");
	case JSON_NUMBER:
	case JSON_STRING:
		return v->text;
	case JSON_ARRAY:
		return S("[");
	case JSON_OBJECT:
		return S("{");
	}
	return S("");
}

static void simple_rule(struct compiler *k, const struct json *v, struct rule *r)
{
	switch (v->kind) {
	case JSON_STRING:
		r->kind = RULE_TEXT;
		r->text = arena_str(k->arena, v->text);
		break;
	case JSON_NUMBER:
		r->kind = RULE_NUMBER;
		if (!filter_number(v->text, &r->number))
			COMPLAIN(k, "The number %.*s is too large", S_ARG(v->text));
		break;
	case JSON_TRUE:
		r->kind = RULE_TRUE;
		break;
	case JSON_FALSE:
		r->kind = RULE_FALSE;
		break;
	case JSON_NULL:
		r->kind = RULE_NULL;
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		COMPLAIN(k, "Match value must be String, number, true, false, or null");
		break;
	}
}

static void text_rule(struct compiler *k, enum rule_kind kind, const struct json *operand,
                      struct rule *r)
{
	r->kind = kind;
	if (operand->kind != JSON_STRING)
		COMPLAIN(k, "%.*s match pattern must be a string", S_ARG(operand->key));
	else
		r->text = arena_str(k->arena, operand->text);
}

/* Cuts at stars; `\*` and `\\` stand for themselves. */
static void wildcard_pieces(struct compiler *k, struct str pattern, struct rule *r)
{
	struct str *pieces = ARENA_ARRAY(k->arena, struct str, pattern.len + 1);
	char *at = arena_get(k->arena, pattern.len + 1);
	bool star_before = false;

	pieces[0] = (struct str){ at, 0 };
	for (size_t i = 0; i < pattern.len; i++) {
		char c = pattern.at[i];
		bool star = c == '*';
		if (star && star_before)
			COMPLAIN(k, "Consecutive wildcard characters at pos %zu", i - 1);
		star_before = star;
		if (star) {
			pieces[++r->piece_count] = (struct str){ at, 0 };
			continue;
		}
		if (c == '\\' && (++i == pattern.len || (pattern.at[i] != '*' && pattern.at[i] != '\\')))
			COMPLAIN(k, "Invalid escape character at pos %zu", i - 1);
		else
			*at++ = pattern.at[i];
		pieces[r->piece_count].len = (size_t)(at - pieces[r->piece_count].at);
	}
	r->piece_count++;
	r->pieces = pieces;
}

static void wildcard_rule(struct compiler *k, const struct json *operand, struct rule *r)
{
	text_rule(k, RULE_WILDCARD, operand, r);
	if (str_given(k->why))
		return;
	if (r->text.len > FILTER_WILDCARD_MAX) {
		COMPLAIN(k, "A wildcard pattern can not be longer than %d bytes", FILTER_WILDCARD_MAX);
		return;
	}
	wildcard_pieces(k, operand->text, r);
}

static void exists_rule(struct compiler *k, const struct json *operand, struct rule *r)
{
	if (operand->kind != JSON_TRUE && operand->kind != JSON_FALSE)
		COMPLAIN(k, "exists match pattern must be either true or false.");
	r->kind = operand->kind == JSON_TRUE ? RULE_EXISTS : RULE_MISSING;
}

static void cidr_rule(struct compiler *k, const struct json *operand, struct rule *r)
{
	uint64_t bits;

	text_rule(k, RULE_CIDR, operand, r);
	if (str_given(k->why))
		return;
	struct str rest = r->text;
	struct str address = str_cut(&rest, '/');
	r->address_size = filter_address(address, r->address);
	if (!str_given(rest)) {
		COMPLAIN(k, "Malformed CIDR, one '/' required");
	} else if (r->address_size == 0) {
		COMPLAIN(k, "Nonstandard IP address: %.*s", S_ARG(address));
	} else if (!str_u64(rest, (uint64_t)r->address_size * 8, &bits)) {
		COMPLAIN(k, "Malformed CIDR, mask bits must be an integer between 0 and %d",
		         r->address_size * 8);
	} else {
		r->bits = (int)bits;
	}
}

/* One "operator, number" of a numeric rule; returns what stands behind it. */
static const struct json *numeric_operand(struct compiler *k, const struct json *operator,
                                          double * value)
{
	const struct json *operand = operator->next;
	struct str name = operator->text;

	if (!json_is(operand, JSON_NUMBER) || !filter_number(operand->text, value)) {
		COMPLAIN(k, "Value of %.*s must be numeric", S_ARG(str_is(name, "=") ? S("equals") : name));
		return NULL;
	}
	return operand->next;
}

static void numeric_top(struct compiler *k, const struct json *operator, struct rule * r)
{
	if (!json_is(operator, JSON_STRING) ||
	    (!str_is(operator->text, "<") && !str_is(operator->text, "<="))) {
		COMPLAIN(k, "Bad numeric range operator: %.*s", S_ARG(text_of(operator)));
		return;
	}
	r->below_only = operator->text.len == 1;
	const struct json *rest = numeric_operand(k, operator, & r->top);
	if (!str_given(k->why) && r->top <= r->bottom)
		COMPLAIN(k, "Bottom must be less than top");
	if (rest != NULL)
		COMPLAIN(k, "Too many terms in numeric range expression");
}

static void numeric_rule(struct compiler *k, const struct json *operand, struct rule *r)
{
	const struct json *operator= operand->first;
	double value = 0;

	*r = (struct rule){ .kind = RULE_RANGE, .bottom = -INFINITY, .top = INFINITY };
	if (operand->kind != JSON_ARRAY || operator== NULL) {
		COMPLAIN(k, "Invalid member in numeric match: ]");
		return;
	}
	if (operator->kind != JSON_STRING) {
		COMPLAIN(k, "Invalid member in numeric match: %.*s", S_ARG(text_of(operator)));
		return;
	}
	struct str name = operator->text;
	bool up = str_is(name, ">") || str_is(name, ">="),
		 down = str_is(name, "<") || str_is(name, "<=");
	if (!up && !down && !str_is(name, "=")) {
		COMPLAIN(k, "Unrecognized numeric range operator: %.*s", S_ARG(name));
		return;
	}
	const struct json *rest = numeric_operand(k, operator, & value);
	if (!down)
		r->bottom = value;
	if (!up)
		r->top = value;
	r->above_only = up && name.len == 1;
	r->below_only = down && name.len == 1;
	if (rest != NULL && !up)
		COMPLAIN(k, "Too many elements in numeric expression");
	else if (rest != NULL)
		numeric_top(k, rest, r);
}

static void count_value(struct compiler *k)
{
	if (++k->values > FILTER_VALUES_MAX)
		COMPLAIN(k, "Filter policy is too complex");
}

/* {"anything-but": {"prefix": "a"}} and its kin, each with one text or several. */
static void none_of_pattern(struct compiler *k, const struct json *pattern, struct rule *r)
{
	static const struct {
		const char *name;
		enum rule_kind kind;
	} known[] = { { "prefix", RULE_PREFIX },
		          { "suffix", RULE_SUFFIX },
		          { "wildcard", RULE_WILDCARD },
		          { "equals-ignore-case", RULE_NOCASE } };
	size_t i = 0;

	if (pattern->count != 1) {
		COMPLAIN(k, "Only one key allowed in match expression");
		return;
	}
	const struct json *operand = pattern->first;
	while (i < sizeof known / sizeof known[0] && !str_is(operand->key, known[i].name))
		i++;
	if (i == sizeof known / sizeof known[0]) {
		COMPLAIN(k, "Unsupported anything-but pattern: %.*s", S_ARG(operand->key));
		return;
	}
	bool several = operand->kind == JSON_ARRAY;
	struct rule *values = ARENA_ARRAY(k->arena, struct rule, several ? operand->count + 1 : 1);
	for (const struct json *v = several ? operand->first : operand; v != NULL;
	     v = several ? v->next : NULL) {
		struct json named = *v;
		named.key = operand->key;
		count_value(k);
		if (known[i].kind == RULE_WILDCARD)
			wildcard_rule(k, &named, &values[r->value_count++]);
		else
			text_rule(k, known[i].kind, &named, &values[r->value_count++]);
	}
	r->values = values;
	if (r->value_count == 0)
		COMPLAIN(k, "Empty arrays are not allowed");
}

static void none_of_rule(struct compiler *k, const struct json *operand, struct rule *r)
{
	r->kind = RULE_NONE_OF;
	if (operand->kind == JSON_OBJECT) {
		none_of_pattern(k, operand, r);
		return;
	}
	bool several = operand->kind == JSON_ARRAY;
	struct rule *values = ARENA_ARRAY(k->arena, struct rule, several ? operand->count + 1 : 1);
	for (const struct json *v = several ? operand->first : operand; v != NULL;
	     v = several ? v->next : NULL) {
		count_value(k);
		simple_rule(k, v, &values[r->value_count++]);
	}
	r->values = values;
	if (r->value_count == 0)
		COMPLAIN(k, "Empty arrays are not allowed");
}

static const char *const operators[] = { "prefix",   "suffix",       "equals-ignore-case",
	                                     "wildcard", "exists",       "cidr",
	                                     "numeric",  "anything-but", NULL };

static bool is_operator(struct str key)
{
	for (int i = 0; operators[i] != NULL; i++)
		if (str_is(key, operators[i]))
			return true;
	return false;
}

static void operator_rule(struct compiler *k, const struct json *object, struct rule *r)
{
	if (object->count != 1) {
		COMPLAIN(k, "Only one key allowed in match expression");
		return;
	}
	const struct json *operand = object->first;
	struct str name = operand->key;
	if (str_is(name, "prefix"))
		text_rule(k, RULE_PREFIX, operand, r);
	else if (str_is(name, "suffix"))
		text_rule(k, RULE_SUFFIX, operand, r);
	else if (str_is(name, "equals-ignore-case"))
		text_rule(k, RULE_NOCASE, operand, r);
	else if (str_is(name, "wildcard"))
		wildcard_rule(k, operand, r);
	else if (str_is(name, "exists"))
		exists_rule(k, operand, r);
	else if (str_is(name, "cidr"))
		cidr_rule(k, operand, r);
	else if (str_is(name, "numeric"))
		numeric_rule(k, operand, r);
	else if (str_is(name, "anything-but"))
		none_of_rule(k, operand, r);
	else
		COMPLAIN(k, "Unrecognized match type %.*s", S_ARG(name));
}

static void compile_rules(struct compiler *k, const struct json *list, struct clause *c)
{
	struct rule *rules = ARENA_ARRAY(k->arena, struct rule, list->count + 1);

	if (list->count == 0)
		COMPLAIN(k, "Empty arrays are not allowed");
	JSON_EACH (list, v) {
		struct rule *r = &rules[c->rule_count++];
		count_value(k);
		if (str_given(k->why))
			return;
		if (v->kind == JSON_OBJECT)
			operator_rule(k, v, r);
		else
			simple_rule(k, v, r);
	}
	c->kind = CLAUSE_RULES;
	c->rules = rules;
}

/* "$or" is only special when it lists at least two objects, none of which could be a rule. */
static bool is_or(const struct json *v)
{
	if (!str_is(v->key, "$or") || v->kind != JSON_ARRAY || v->count < 2)
		return false;
	JSON_EACH (v, alternative) {
		if (alternative->kind != JSON_OBJECT || alternative->count == 0)
			return false;
		JSON_EACH (alternative, member)
			if (is_operator(member->key))
				return false;
	}
	return true;
}

static struct clause *compile_object(struct compiler *, const struct json *object, int depth,
                                     int64_t *combinations);

static int64_t times(int64_t a, int64_t b)
{
	int64_t much = (int64_t)FILTER_COMBINATIONS_MAX + 1;

	return a > much || b > much ? much : a * b;
}

static void compile_or(struct compiler *k, const struct json *list, int depth,
                       int64_t *combinations, struct clause *c)
{
	int64_t sum = 0;

	c->kind = CLAUSE_OR;
	c->groups = ARENA_ARRAY(k->arena, struct clause *, list->count);
	JSON_EACH (list, alternative) {
		int64_t own = 1;
		c->groups[c->group_count++] = compile_object(k, alternative, depth, &own);
		sum += own;
	}
	*combinations = times(*combinations, sum);
}

static void compile_nested(struct compiler *k, const struct json *object, int depth,
                           int64_t *combinations, struct clause *c)
{
	if (k->scope == FILTER_ATTRIBUTES)
		COMPLAIN(k, "Filter policy scope MessageAttributes does not support nested filter policy");
	else if (object->count == 0)
		COMPLAIN(k, "Empty objects are not allowed");
	if (str_given(k->why))
		return;
	c->kind = CLAUSE_NESTED;
	c->groups = ARENA_ARRAY(k->arena, struct clause *, 1);
	c->groups[c->group_count++] = compile_object(k, object, depth + 1, combinations);
}

/* Depth is bounded by JSON_DEPTH_MAX: the tree has been read. */
static struct clause *compile_object(struct compiler *k, const struct json *object, int depth,
                                     int64_t *combinations)
{
	struct clause *first = NULL, **place = &first;

	JSON_EACH (object, v) {
		struct clause *c = *place = ARENA_NEW(k->arena, struct clause);
		place = &c->next;
		c->key = arena_str(k->arena, v->key);
		if (str_given(k->why))
			break;
		if (is_or(v)) {
			compile_or(k, v, depth, combinations, c);
		} else if (v->kind == JSON_ARRAY) {
			compile_rules(k, v, c);
			*combinations = times(*combinations, (int64_t)v->count * depth);
		} else if (v->kind == JSON_OBJECT) {
			compile_nested(k, v, depth, combinations, c);
		} else {
			COMPLAIN(k, "\"%.*s\" must be an object or an array", S_ARG(v->key));
		}
	}
	return first;
}

struct filter *filter_compile(struct arena *a, struct str policy, enum filter_scope scope,
                              struct str *why)
{
	struct compiler k = { .arena = a, .scope = scope, .combinations = 1 };
	struct str syntax = S_NONE;
	struct json *tree = policy.len <= FILTER_POLICY_MAX ? json_read(a, policy, &syntax) : NULL;

	*why = S_NONE;
	if (!json_is(tree, JSON_OBJECT)) {
		*why = policy.len > FILTER_POLICY_MAX ? S("FilterPolicy: Filter policy is too long")
		                                      : S("FilterPolicy: failed to parse JSON");
		return NULL;
	}
	if (tree->count > FILTER_KEYS_MAX)
		COMPLAIN(&k, "Filter policy can not have more than %d keys", FILTER_KEYS_MAX);
	struct filter *f = ARENA_NEW(a, struct filter);
	f->first = compile_object(&k, tree, 1, &k.combinations);
	if (k.combinations > FILTER_COMBINATIONS_MAX)
		COMPLAIN(&k, "Filter policy is too complex");
	*why = k.why;
	return str_given(k.why) ? NULL : f;
}
