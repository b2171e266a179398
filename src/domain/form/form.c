/* form.c - forms are checked, and data by them. */
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "domain/form/inside.h"
#include "wire/decimal.h"
#include "wire/schema.h"

void form_wrong(struct forming *f, struct str path, const struct json *component,
                const char *format, ...)
{
	char text[512];
	struct str key = json_get_text(component, "key");
	va_list list;

	if (!FORM_GOOD(f))
		return;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (key.len > 0 && key.len <= FORM_KEY_MAX)
		f->why = refused_as(f->arena, REFUSED_INVALID_PARAMETER, "%.*s (%.*s): %s", S_ARG(path),
		                    S_ARG(key), text);
	else
		f->why = refused_as(f->arena, REFUSED_INVALID_PARAMETER, "%.*s: %s", S_ARG(path), text);
	must(!FORM_GOOD(f));
}

/* The compiled schema, owned by the caller; NULL and a refusal. */
static struct schema *compile(struct forming *f, const struct json *form)
{
	struct json *tree = form_schema(f, form);
	struct str why;

	if (tree == NULL)
		return NULL;
	struct schema *schema = schema_read(f->arena, json_written(f->arena, tree), &why);
	if (schema == NULL)
		f->why = refused_as(f->arena, REFUSED_INVALID_PARAMETER,
		                    "form: what it asks for can't be checked: %.*s", S_ARG(why));
	return schema;
}

bool form_fits(struct arena *a, const struct json *form, struct refused *why)
{
	struct forming f = { .arena = a };
	struct schema *schema = compile(&f, form);

	must((schema == NULL) == !FORM_GOOD(&f));
	*why = f.why;
	schema_free(schema);
	return FORM_GOOD(&f);
}

/* ---- numbers that are kept as text: a schema can't say their bounds */

struct text_number {
	struct arena *arena;
	const char *wrong; /* NULL: all are within their bounds */
	struct str bound, at;
};

static struct str member_at(struct arena *a, struct str at, struct str name)
{
	return arena_printf(a, "%.*s/%.*s", S_ARG(at), S_ARG(name));
}

static void check_bound(struct text_number *n, const struct json *c, const struct json *value,
                        struct str at, const char *name)
{
	const struct json *bound = json_get(json_get(c, "validate"), name);
	bool most = str_eq(str_of(name), S("max"));

	if (bound == NULL || n->wrong != NULL)
		return;
	int cmp = decimal_cmp(decimal_read(n->arena, value->text), decimal_read(n->arena, bound->text));
	if (most ? cmp <= 0 : cmp >= 0)
		return;
	n->wrong = most ? "at most" : "at least";
	n->bound = bound->text;
	n->at = at;
}

static void check_numbers(struct text_number *n, const struct json *components,
                          const struct json *data, struct str at)
{
	JSON_EACH (components, c) {
		struct str type = json_get_text(c, "type"), path = json_get_text(c, "path");
		struct str key = json_get_text(c, "key");
		const struct json *inner = json_get(c, "components"), *value = form_member(data, key);
		const struct json *below = path.len > 0 ? form_member(data, path) : data;
		int row = 0;
		if (str_is(type, "dynamiclist"))
			JSON_EACH (below, one)
				check_numbers(n, inner, one,
				              arena_printf(n->arena, "%.*s/%.*s/%d", S_ARG(at), S_ARG(path),
				                           row++));
		else if (str_is(type, "group"))
			check_numbers(n, inner, below, path.len > 0 ? member_at(n->arena, at, path) : at);
		else if (str_is(type, "number") && json_is(value, JSON_STRING)) {
			check_bound(n, c, value, member_at(n->arena, at, key), "min");
			check_bound(n, c, value, member_at(n->arena, at, key), "max");
		}
	}
}

/* ---- data */

static void tell_fault(struct forming *f, const struct schema_fault *fault, struct str *field)
{
	struct buf at = { 0 };

	buf_add_text(&at, "data");
	buf_add(&at, fault->path);
	buf_add_byte(&at, 0);
	must(!at.failed);
	arena_adopt(f->arena, at.at);
	*field = str_of(at.at);
	f->why = refused_as(f->arena, REFUSED_SCHEMA_MISMATCH, "%.*s: by the form it %.*s.",
	                    S_ARG(*field), S_ARG(fault->text));
}

bool form_data_fits(struct arena *a, const struct json *form, const struct json *data,
                    struct str *field, struct refused *why)
{
	struct forming f = { .arena = a, .data = data };
	struct text_number n = { .arena = a };
	struct schema_fault fault;
	struct schema *schema = compile(&f, form);

	must(data != NULL);
	*field = S("data");
	if (schema != NULL && !schema_fits(schema, data, a, &fault))
		tell_fault(&f, &fault, field);
	schema_free(schema);
	if (FORM_GOOD(&f))
		check_numbers(&n, json_get(form, "components"), data, S("data"));
	if (n.wrong != NULL) {
		*field = n.at;
		f.why = refused_as(a, REFUSED_SCHEMA_MISMATCH, "%.*s: by the form it must be %s %.*s.",
		                   S_ARG(n.at), n.wrong, S_ARG(n.bound));
	}
	*why = f.why;
	return FORM_GOOD(&f);
}
