/* form_field.c - one field: what its values may be. */
#include "base/limits.h"
#include "domain/form/inside.h"
#include "wire/decimal.h"

static bool flag(const struct json *component, const char *name)
{
	return json_is(json_get(component, name), JSON_TRUE);
}

bool form_needed(const struct json *component)
{
	return flag(json_get(component, "validate"), "required");
}

bool form_locked(const struct json *component)
{
	return flag(component, "readonly") || flag(component, "disabled");
}

/* ---- what a field says of its values */

struct field {
	struct forming *f;
	struct str path;
	const struct json *component, *validate;
	struct json *schema;
};

#define WRONG(d, ...) form_wrong((d)->f, (d)->path, (d)->component, __VA_ARGS__)

/* A whole number from 0 to `max`; false: it is not there. */
static bool count_of(struct field *d, const struct json *v, const char *name, int64_t max,
                     int64_t *to)
{
	if (v == NULL || json_is(v, JSON_NULL))
		return false;
	if (json_is(v, JSON_NUMBER) && str_i64(v->text, 0, max, to))
		return true;
	WRONG(d, "%s must be a whole number from 0 to %lld.", name, (long long)max);
	return false;
}

static void lengths(struct field *d)
{
	int64_t least = 0, most = APPROVAL_DATA_MAX;

	(void)count_of(d, json_get(d->validate, "minLength"), "validate.minLength", APPROVAL_DATA_MAX,
	               &least);
	(void)count_of(d, json_get(d->validate, "maxLength"), "validate.maxLength", APPROVAL_DATA_MAX,
	               &most);
	if (least > most)
		WRONG(d, "validate.minLength is above maxLength: nothing would fit.");
	if (form_needed(d->component) && least == 0)
		least = 1;
	json_put_number(d->f->arena, d->schema, "minLength", least);
	json_put_number(d->f->arena, d->schema, "maxLength", most);
}

static void any_text(struct field *d)
{
	struct str kind = json_get_text(d->validate, "validationType");
	const struct json *pattern = json_get(d->validate, "pattern");

	json_put_text(d->f->arena, d->schema, "type", S("string"));
	lengths(d);
	if (str_is(kind, "email"))
		json_put_text(d->f->arena, d->schema, "format", S("email"));
	else if (str_is(kind, "phone"))
		json_put_text(d->f->arena, d->schema, "pattern", S("^[+]?[0-9][0-9() .-]{3,23}$"));
	else if (kind.len > 0 && !str_is(kind, "custom"))
		WRONG(d, "validate.validationType must be email, phone or custom.");
	if (pattern == NULL || str_is(kind, "email") || str_is(kind, "phone"))
		return;
	if (!json_is(pattern, JSON_STRING))
		WRONG(d, "validate.pattern must be a text: a regular expression.");
	else if (pattern->text.len > 0)
		json_add(d->schema, S("pattern"), json_share(d->f->arena, pattern));
}

static void bounds(struct field *d)
{
	static const char *const names[][2] = { { "min", "minimum" }, { "max", "maximum" } };
	const struct json *at[2];

	for (int i = 0; i < 2; i++) {
		at[i] = json_get(d->validate, names[i][0]);
		if (at[i] != NULL && !json_is(at[i], JSON_NUMBER))
			WRONG(d, "validate.%s must be a number.", names[i][0]);
		else if (at[i] != NULL && !flag(d->component, "serializeToString"))
			json_add(d->schema, str_of(names[i][1]), json_share(d->f->arena, at[i]));
	}
	if (FORM_GOOD(d->f) && at[0] != NULL && at[1] != NULL &&
	    decimal_cmp(decimal_read(d->f->arena, at[0]->text),
	                decimal_read(d->f->arena, at[1]->text)) > 0)
		WRONG(d, "validate.min is above max: nothing would fit.");
}

static void any_number(struct field *d)
{
	int64_t digits = 0;
	bool counted = count_of(d, json_get(d->component, "decimalDigits"), "decimalDigits",
	                        FORM_DIGITS_MAX, &digits);
	struct arena *a = d->f->arena;

	bounds(d);
	if (flag(d->component, "serializeToString")) {
		struct str pattern = S("^-?(0|[1-9][0-9]*)([.][0-9]+)?$");
		if (counted && digits == 0)
			pattern = S("^-?(0|[1-9][0-9]*)$");
		else if (counted)
			pattern = arena_printf(a, "^-?(0|[1-9][0-9]*)([.][0-9]{1,%lld})?$", (long long)digits);
		json_put_text(a, d->schema, "type", S("string"));
		json_put_number(a, d->schema, "maxLength", FORM_NUMBER_MAX);
		json_put_text(a, d->schema, "pattern", pattern);
		return;
	}
	json_put_text(a, d->schema, "type", S("number"));
	if (!counted)
		return;
	struct str step = digits == 0 ? S("1") : arena_printf(a, "0.%0*d", (int)digits, 1);
	json_add(d->schema, S("multipleOf"), json_new_text(a, JSON_NUMBER, step));
}

static void options(struct field *d, struct json *schema)
{
	const struct json *values = json_get(d->component, "values");
	struct json *choices = json_new(d->f->arena, JSON_ARRAY);

	if (json_get(d->component, "valuesKey") != NULL ||
	    json_get(d->component, "valuesExpression") != NULL)
		WRONG(d, "what may be chosen must stand in values; it is not taken from elsewhere.");
	if (!json_is(values, JSON_ARRAY) || values->count == 0 || values->count > FORM_OPTIONS_MAX)
		WRONG(d, "values must be a list of 1 to %d objects {\"label\", \"value\"}.",
		      FORM_OPTIONS_MAX);
	JSON_EACH (json_is(values, JSON_ARRAY) ? values : NULL, v) {
		const struct json *value = json_get(v, "value");
		if (!json_is(value, JSON_STRING) || !str_given(json_get_text(v, "label")))
			WRONG(d, "each of values needs a label and a value, both texts.");
		else
			json_add(choices, S_NONE, json_share(d->f->arena, value));
	}
	json_add(schema, S("enum"), choices);
}

static void several(struct field *d)
{
	struct json *items = json_new(d->f->arena, JSON_OBJECT);

	json_put_text(d->f->arena, d->schema, "type", S("array"));
	json_put_number(d->f->arena, d->schema, "minItems", form_needed(d->component));
	json_add(d->schema, S("uniqueItems"), json_new(d->f->arena, JSON_TRUE));
	options(d, items);
	json_add(d->schema, S("items"), items);
}

static void any_time(struct field *d)
{
	struct str kind = json_get_text(d->component, "subtype");

	json_put_text(d->f->arena, d->schema, "type", S("string"));
	if (kind.len == 0 || str_is(kind, "date"))
		json_put_text(d->f->arena, d->schema, "format", S("date"));
	else if (str_is(kind, "time"))
		json_put_text(d->f->arena, d->schema, "pattern", S("^([01][0-9]|2[0-3]):[0-5][0-9]$"));
	else if (str_is(kind, "datetime"))
		json_put_text(
			d->f->arena, d->schema, "pattern",
			S("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]$"));
	else
		WRONG(d, "subtype must be date, time or datetime.");
}

static void yes_or_no(struct field *d)
{
	json_put_text(d->f->arena, d->schema, "type", S("boolean"));
	if (form_needed(d->component))
		json_add(d->schema, S("const"), json_new(d->f->arena, JSON_TRUE));
}

struct json *form_field_schema(struct forming *f, struct str path, const struct json *component)
{
	struct field d = { f, path, component, json_get(component, "validate"),
		               json_new(f->arena, JSON_OBJECT) };
	struct str type = json_get_text(component, "type");
	const struct json *fixed = json_get(component, "defaultValue");

	if (d.validate != NULL && !json_is(d.validate, JSON_OBJECT))
		WRONG(&d, "validate must be an object: required, min, max, minLength, ...");
	if (str_is(type, "number"))
		any_number(&d);
	else if (str_is(type, "checkbox"))
		yes_or_no(&d);
	else if (str_is(type, "checklist") || str_is(type, "taglist"))
		several(&d);
	else if (str_is(type, "radio") || str_is(type, "select"))
		options(&d, d.schema);
	else if (str_is(type, "datetime"))
		any_time(&d);
	else
		any_text(&d);
	if (form_locked(component) && fixed != NULL && json_get(d.schema, "const") == NULL)
		json_add(d.schema, S("const"), json_share(f->arena, fixed));
	return d.schema;
}
