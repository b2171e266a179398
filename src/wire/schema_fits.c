/* schema_fits.c - does a value fit? The first rule that fails is told.
 *
 * Every node that is asked about a value costs a step, and so does everything that is
 * walked over. The stack is bounded by SCHEMA_DEPTH_MAX; what goes deeper counts as out
 * of steps. Sentences and paths are cut: a key of the value may be as long as it. */
#include <stdio.h>

#include "base/limits.h"
#include "wire/schema_node.h"

struct run {
	struct arena *arena;
	struct schema_fault *fault;
	struct pattern_work *work; /* made when the first pattern is met */
	int64_t steps;             /* left */
	int depth;                 /* of nodes being asked */
	int quiet;                 /* above 0: a failure is not the end, so it is not told */
};

/* Where in the value: a list on the stack. */
struct place {
	const struct place *up;
	struct str key;
	int64_t index; /* of an element, where `key` is absent */
};

static bool fits(struct run *, const struct node *, const struct json *, const struct place *);

/* ---- saying why */

enum { PLACES_MAX = JSON_DEPTH_MAX + 2, PATH_MAX_LEN = 1024, SHOWN_MAX = 60, RULE_MAX = 200 };

/* Not longer than `max`, between two characters. */
static struct str cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && ((unsigned char)s.at[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.at, max };
}

static struct str path_of(struct arena *a, const struct place *p)
{
	const struct place *places[PLACES_MAX];
	struct buf b = { 0 };
	int n = 0;

	for (; p->up != NULL && n < PLACES_MAX; p = p->up)
		places[n++] = p;
	while (n-- > 0)
		if (str_given(places[n]->key))
			schema_pointer_add(&b, cut(places[n]->key, PATH_MAX_LEN));
		else
			buf_printf(&b, "/%lld", (long long)places[n]->index);
	struct str path = arena_str(a, cut(buf_str(&b), PATH_MAX_LEN));
	buf_free(&b);
	return path;
}

/* Always false. */
static bool told(struct run *r, const struct place *at, const char *rule, struct str text)
{
	if (r->quiet == 0 && r->fault->rule.at == NULL)
		*r->fault = (struct schema_fault){ path_of(r->arena, at), str_of(rule), text };
	return false;
}

#define TELL(r, at, rule, ...) \
	((r)->quiet > 0 ? false : told((r), (at), (rule), arena_printf((r)->arena, __VA_ARGS__)))

/* As it could stand in a sentence. */
static struct str shown(struct run *r, const struct json *v)
{
	struct buf b = { 0 };

	if (v->kind == JSON_ARRAY || v->kind == JSON_OBJECT)
		return str_of(v->kind == JSON_ARRAY ? "this array" : "this object");
	if (v->kind == JSON_NUMBER)
		return v->text.len > SHOWN_MAX ? S("this number") : v->text;
	if (v->kind != JSON_STRING)
		return str_of(v->kind == JSON_NULL ? "null" : v->kind == JSON_TRUE ? "true" : "false");
	json_write_text(&b, cut(v->text, SHOWN_MAX));
	struct str text = arena_printf(r->arena, "%.*s%s", S_ARG(buf_str(&b)),
	                               v->text.len > SHOWN_MAX ? "..." : "");
	buf_free(&b);
	return text;
}

/* ---- any value */

static struct str type_words(struct arena *a, unsigned types)
{
	static const char *const words[] = { "null",     "a boolean", "an integer", "a number",
		                                 "a string", "an array",  "an object" };
	struct str all = S("");

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (types & 1u << i) {
			bool last = types >> (i + 1) == 0;
			all = arena_printf(a, "%.*s%s%s", S_ARG(all),
			                   all.len == 0 ? ""
			                   : last       ? " or "
			                                : ", ",
			                   words[i]);
		}
	return all;
}

static unsigned types_of(struct run *r, const struct json *v)
{
	switch (v->kind) {
	case JSON_NULL:
		return TYPE_NULL;
	case JSON_FALSE:
	case JSON_TRUE:
		return TYPE_BOOLEAN;
	case JSON_NUMBER:
		return TYPE_NUMBER | (decimal_whole(decimal_read(r->arena, v->text)) ? TYPE_INTEGER : 0);
	case JSON_STRING:
		return TYPE_STRING;
	case JSON_ARRAY:
		return TYPE_ARRAY;
	case JSON_OBJECT:
		return TYPE_OBJECT;
	}
	return 0;
}

static bool type_fits(struct run *r, const struct node *n, const struct json *v,
                      const struct place *at)
{
	if (n->types == 0 || (n->types & types_of(r, v)) != 0)
		return true;
	return TELL(r, at, "type", "must be %.*s, not %.*s", S_ARG(type_words(r->arena, n->types)),
	            S_ARG(v->kind == JSON_NUMBER ? shown(r, v) : type_words(r->arena, types_of(r, v))));
}

static bool choice_fits(struct run *r, const struct node *n, const struct json *v,
                        const struct place *at)
{
	if (n->constant != NULL && !schema_equal(r->arena, n->constant, v, &r->steps))
		return TELL(r, at, "const", "must be %.*s, not %.*s", S_ARG(shown(r, n->constant)),
		            S_ARG(shown(r, v)));
	if (n->choices == NULL)
		return true;
	JSON_EACH (n->choices, choice)
		if (schema_equal(r->arena, choice, v, &r->steps))
			return true;
	return TELL(r, at, "enum", "is %.*s, which is not one of the values that are listed",
	            S_ARG(shown(r, v)));
}

/* ---- numbers and strings */

static bool number_fits(struct run *r, const struct node *n, const struct json *v,
                        const struct place *at)
{
	struct decimal d = decimal_read(r->arena, v->text);
	struct str is = shown(r, v);

	if (n->minimum != NULL && decimal_cmp(d, *n->minimum) < 0)
		return TELL(r, at, "minimum", "is %.*s, which is too small", S_ARG(is));
	if (n->maximum != NULL && decimal_cmp(d, *n->maximum) > 0)
		return TELL(r, at, "maximum", "is %.*s, which is too large", S_ARG(is));
	if (n->above != NULL && decimal_cmp(d, *n->above) <= 0)
		return TELL(r, at, "exclusiveMinimum", "is %.*s, which is too small", S_ARG(is));
	if (n->below != NULL && decimal_cmp(d, *n->below) >= 0)
		return TELL(r, at, "exclusiveMaximum", "is %.*s, which is too large", S_ARG(is));
	if (n->multiple_of != NULL && !decimal_divides(*n->multiple_of, d))
		return TELL(r, at, "multipleOf", "is %.*s, which is not a multiple", S_ARG(is));
	return true;
}

static int64_t characters(struct str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xc0) != 0x80;
	return n;
}

/* False also when it gave up. */
static bool matches(struct run *r, const struct pattern *p, struct str text)
{
	enum pattern_result result;

	if (r->work == NULL)
		r->work = pattern_work_new();
	result = pattern_find(p, r->work, text, &r->steps);
	if (result == PATTERN_GAVE_UP)
		r->steps = -1;
	return result == PATTERN_FOUND;
}

static bool string_fits(struct run *r, const struct node *n, const struct json *v,
                        const struct place *at)
{
	int64_t length = n->length_min >= 0 || n->length_max >= 0 ? characters(v->text) : 0;

	if (n->length_min >= 0 && length < n->length_min)
		return TELL(r, at, "minLength", "has %lld characters, at least %lld are needed",
		            (long long)length, (long long)n->length_min);
	if (n->length_max >= 0 && length > n->length_max)
		return TELL(r, at, "maxLength", "has %lld characters, at most %lld are possible",
		            (long long)length, (long long)n->length_max);
	if (n->is_format != NULL && !n->is_format(v->text))
		return TELL(r, at, "format", "is %.*s, which is not of the format %.*s", S_ARG(shown(r, v)),
		            S_ARG(cut(n->format, RULE_MAX)));
	if (n->pattern != NULL && !matches(r, n->pattern, v->text))
		return TELL(r, at, "pattern", "is %.*s, which does not match %.*s", S_ARG(shown(r, v)),
		            S_ARG(cut(pattern_text(n->pattern), RULE_MAX)));
	return true;
}

/* ---- arrays */

static bool elements_fit(struct run *r, const struct node *n, const struct json *v,
                         const struct place *at)
{
	struct place here = { .up = at };

	JSON_EACH (v, element) {
		const struct node *by = n->item;
		if (n->tuple.at != NULL)
			by = here.index < n->tuple.count ? n->tuple.at[here.index] : n->item_more;
		if (by == NULL)
			return true; /* and so are those behind it */
		if (!fits(r, by, element, &here))
			return false;
		here.index++;
	}
	return true;
}

static bool contains(struct run *r, const struct node *n, const struct json *v,
                     const struct place *at)
{
	struct place here = { .up = at };
	bool found = false;

	r->quiet++;
	JSON_EACH (v, element) {
		found = found || fits(r, n->contains, element, &here);
		here.index++;
	}
	r->quiet--;
	return found || TELL(r, at, "contains", "has no element of the kind that is needed");
}

static bool array_fits(struct run *r, const struct node *n, const struct json *v,
                       const struct place *at)
{
	if (n->items_min >= 0 && v->count < (uint64_t)n->items_min)
		return TELL(r, at, "minItems", "has %u elements, at least %lld are needed", v->count,
		            (long long)n->items_min);
	if (n->items_max >= 0 && v->count > (uint64_t)n->items_max)
		return TELL(r, at, "maxItems", "has %u elements, at most %lld are possible", v->count,
		            (long long)n->items_max);
	if (n->distinct && !schema_distinct(r->arena, v, &r->steps))
		return TELL(r, at, "uniqueItems", "has two equal elements");
	if ((n->item != NULL || n->tuple.at != NULL) && !elements_fit(r, n, v, at))
		return false;
	return n->contains == NULL || contains(r, n, v, at);
}

/* ---- objects */

/* Index into n->named, -1: nothing is said about that name. */
static int named_index(const struct node *n, struct str key)
{
	int low = 0, high = n->named_count;

	while (low < high) {
		int middle = low + (high - low) / 2;
		int order = str_cmp(n->named[middle].name, key);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static bool has_member(struct run *r, const struct json *object, struct str key)
{
	JSON_EACH (object, m)
		if (--r->steps < 0 || str_eq(m->key, key))
			return true;
	return false;
}

static bool together_fits(struct run *r, const struct named *named, const struct json *object,
                          const struct place *at)
{
	JSON_EACH (named->together, name)
		if (!has_member(r, object, name->text))
			return TELL(r, at, "dependencies", "has %.*s, which needs %.*s beside it",
			            S_ARG(cut(named->name, RULE_MAX)), S_ARG(cut(name->text, RULE_MAX)));
	return true;
}

static bool name_fits(struct run *r, const struct node *n, struct str key, const struct place *at)
{
	const struct json name = { .kind = JSON_STRING, .text = key };

	r->quiet++;
	bool fitting = fits(r, n->names, &name, at);
	r->quiet--;
	return fitting || TELL(r, at, "propertyNames", "has a name that is not possible");
}

static bool member_fits(struct run *r, const struct node *n, const struct named *named,
                        const struct json *m, const struct place *here)
{
	bool known = named != NULL && named->node != NULL;

	if (n->names != NULL && !name_fits(r, n, m->key, here))
		return false;
	if (known && !fits(r, named->node, m, here))
		return false;
	for (int i = 0; i < n->matched_count; i++) {
		if (!matches(r, n->matched[i].pattern, m->key))
			continue;
		known = true;
		if (!fits(r, n->matched[i].node, m, here))
			return false;
	}
	if (known || n->more == NULL)
		return true;
	if (n->more->kind == NODE_NEVER)
		return TELL(r, here, "additionalProperties", "is not among the members that are possible");
	return fits(r, n->more, m, here);
}

static bool required_fit(struct run *r, const struct node *n, const bool *seen,
                         const struct place *at)
{
	for (int i = 0; i < n->named_count; i++)
		if (n->named[i].required && !seen[i])
			return TELL(r, at, "required", "must have the member %.*s",
			            S_ARG(cut(n->named[i].name, RULE_MAX)));
	return true;
}

static bool members_fit(struct run *r, const struct node *n, const struct json *v,
                        const struct place *at)
{
	bool few[64] = { false };
	bool *seen = n->named_count <= 64 ? few : ARENA_ARRAY(r->arena, bool, n->named_count);
	struct place here = { .up = at };

	JSON_EACH (v, m) {
		int i = named_index(n, m->key);
		const struct named *named = i < 0 ? NULL : &n->named[i];
		here.key = m->key;
		r->steps--;
		if (named != NULL)
			seen[i] = true;
		if (!member_fits(r, n, named, m, &here))
			return false;
		if (named != NULL && named->together != NULL && !together_fits(r, named, v, at))
			return false;
		if (named != NULL && named->then != NULL && !fits(r, named->then, v, at))
			return false;
	}
	r->steps -= n->some_required ? n->named_count : 0;
	return !n->some_required || required_fit(r, n, seen, at);
}

static bool object_fits(struct run *r, const struct node *n, const struct json *v,
                        const struct place *at)
{
	if (n->members_min >= 0 && v->count < (uint64_t)n->members_min)
		return TELL(r, at, "minProperties", "has %u members, at least %lld are needed", v->count,
		            (long long)n->members_min);
	if (n->members_max >= 0 && v->count > (uint64_t)n->members_max)
		return TELL(r, at, "maxProperties", "has %u members, at most %lld are possible", v->count,
		            (long long)n->members_max);
	if (n->named_count == 0 && n->matched_count == 0 && n->more == NULL && n->names == NULL)
		return true;
	return members_fit(r, n, v, at);
}

/* ---- schemas about the same value */

static int how_many(struct run *r, const struct nodes *list, const struct json *v,
                    const struct place *at, int enough)
{
	int n = 0;

	r->quiet++;
	for (int i = 0; i < list->count && n < enough; i++)
		n += fits(r, list->at[i], v, at);
	r->quiet--;
	return n;
}

static bool fits_quietly(struct run *r, const struct node *n, const struct json *v,
                         const struct place *at)
{
	return how_many(r, &(struct nodes){ &n, 1 }, v, at, 1) == 1;
}

static bool condition_fits(struct run *r, const struct node *n, const struct json *v,
                           const struct place *at)
{
	const struct node *then;

	if (n->condition == NULL)
		return true;
	then = fits_quietly(r, n->condition, v, at) ? n->yes : n->otherwise;
	return then == NULL || fits(r, then, v, at);
}

static bool combined_fit(struct run *r, const struct node *n, const struct json *v,
                         const struct place *at)
{
	for (int i = 0; i < n->all.count; i++)
		if (!fits(r, n->all.at[i], v, at))
			return false;
	/* Of a single possibility the reason can be told. */
	if (n->any.count == 1 && !fits(r, n->any.at[0], v, at))
		return false;
	if (n->any.count > 1 && how_many(r, &n->any, v, at, 1) == 0)
		return TELL(r, at, "anyOf", "fits none of the %d schemas that are possible", n->any.count);
	if (n->one.count > 0) {
		int found = how_many(r, &n->one, v, at, 2);
		if (found != 1)
			return TELL(r, at, "oneOf", "fits %s of %d schemas, not just one",
			            found == 0 ? "none" : "more than one", n->one.count);
	}
	if (n->no != NULL && fits_quietly(r, n->no, v, at))
		return TELL(r, at, "not", "fits a schema that it must not fit");
	return condition_fits(r, n, v, at);
}

static bool of_kind_fits(struct run *r, const struct node *n, const struct json *v,
                         const struct place *at)
{
	switch (v->kind) {
	case JSON_NUMBER:
		return number_fits(r, n, v, at);
	case JSON_STRING:
		return string_fits(r, n, v, at);
	case JSON_ARRAY:
		return array_fits(r, n, v, at);
	case JSON_OBJECT:
		return object_fits(r, n, v, at);
	default:
		return true;
	}
}

static bool asked(struct run *r, const struct node *n, const struct json *v, const struct place *at)
{
	switch (n->kind) {
	case NODE_ANY:
		return true;
	case NODE_NEVER:
		return TELL(r, at, "false", "is not possible here");
	case NODE_REF:
		return fits(r, n->ref, v, at);
	case NODE_RULES:
		break;
	}
	return type_fits(r, n, v, at) && choice_fits(r, n, v, at) && of_kind_fits(r, n, v, at) &&
	       combined_fit(r, n, v, at);
}

/* Once steps are used up nothing fits any more, so that all of it ends soon; schema_fits
 * then does not trust the answer. */
static bool fits(struct run *r, const struct node *n, const struct json *v, const struct place *at)
{
	if (r->depth == SCHEMA_DEPTH_MAX)
		r->steps = -1;
	if (--r->steps < 0)
		return false;
	r->depth++;
	bool fitting = asked(r, n, v, at);
	r->depth--;
	return fitting;
}

bool schema_fits(const struct schema *s, const struct json *value, struct arena *arena,
                 struct schema_fault *fault)
{
	struct run r = { .arena = arena, .fault = fault, .steps = SCHEMA_STEPS_MAX };
	const struct place top = { .up = NULL };

	*fault = (struct schema_fault){ 0 };
	bool fitting = fits(&r, s->root, value, &top);
	pattern_work_free(r.work);
	must(r.quiet == 0 && r.depth == 0);
	if (r.steps >= 0)
		return fitting;
	*fault = (struct schema_fault){ S(""), S("limit"),
		                            S("takes too long to check; make it smaller, or the schema "
		                              "simpler") };
	return false;
}
