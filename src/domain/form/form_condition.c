/* form_condition.c - conditions that hide a field: `=key`, `=not(key)`, `=key = "value"` and
 * `=key != 12`. Anything more is an expression, which this server does not compute. */
#include "base/limits.h"
#include "domain/form/inside.h"
#include "wire/decimal.h"

struct condition {
	struct str key;
	bool negated;
	const struct json *value; /* NULL: true */
};

static bool of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

bool form_key_valid(struct str key)
{
	if (key.len == 0 || key.len > FORM_KEY_MAX || (key.at[0] >= '0' && key.at[0] <= '9'))
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (!of_name(key.at[i]))
			return false;
	return true;
}

const struct json *form_member(const struct json *object, struct str key)
{
	JSON_EACH (json_is(object, JSON_OBJECT) && str_given(key) ? object : NULL, m)
		if (str_eq(m->key, key))
			return m;
	return NULL;
}

static void skip_blanks(struct str *s)
{
	while (s->len > 0 && s->at[0] == ' ')
		*s = str_from(*s, 1);
}

static struct str take_name(struct str *s)
{
	size_t n = 0;

	while (n < s->len && of_name(s->at[n]))
		n++;
	struct str name = { s->at, n };
	*s = str_from(*s, n);
	skip_blanks(s);
	return name;
}

static bool take(struct str *s, const char *word)
{
	if (!str_starts(*s, str_of(word)))
		return false;
	*s = str_from(*s, strlen(word));
	skip_blanks(s);
	return true;
}

static bool read_value(struct arena *a, struct str text, struct condition *to)
{
	struct str why;

	to->value = json_read(a, text, &why);
	return to->value != NULL && to->value->first == NULL && !json_is(to->value, JSON_ARRAY) &&
	       !json_is(to->value, JSON_OBJECT);
}

static bool read_condition(struct arena *a, struct str rest, struct condition *to)
{
	*to = (struct condition){ 0 };
	if (!take(&rest, "="))
		return false;
	if (take(&rest, "not(")) {
		to->negated = true;
		to->key = take_name(&rest);
		return form_key_valid(to->key) && take(&rest, ")") && rest.len == 0;
	}
	to->key = take_name(&rest);
	if (!form_key_valid(to->key) || rest.len == 0)
		return form_key_valid(to->key);
	to->negated = take(&rest, "!=");
	if (!to->negated && !take(&rest, "="))
		return false;
	return read_value(a, rest, to);
}

static bool same(struct arena *a, const struct json *x, const struct json *y)
{
	enum json_kind kind = x == NULL ? JSON_NULL : x->kind;

	if (y == NULL)
		return kind == JSON_TRUE;
	if (kind != y->kind)
		return false;
	if (kind == JSON_NUMBER)
		return decimal_cmp(decimal_read(a, x->text), decimal_read(a, y->text)) == 0;
	return kind != JSON_STRING || str_eq(x->text, y->text);
}

bool form_hidden(struct forming *f, struct str path, const struct json *component)
{
	const struct json *of = json_get(component, "conditional");
	struct str hide = json_get_text(of, "hide");
	struct condition when;

	if (of == NULL || json_is(of, JSON_NULL))
		return false;
	if (!read_condition(f->arena, hide, &when)) {
		form_wrong(f, path, component,
		           "conditional.hide must be a simple condition: =key, =not(key), =key = \"value\" "
		           "or =key != 12. Other expressions (FEEL) are not computed; take the condition "
		           "out, or make two templates.");
		return false;
	}
	if (f->data == NULL)
		json_add(f->top, when.key, json_new_text(f->arena, JSON_STRING, path));
	return f->data != NULL &&
	       same(f->arena, form_member(f->data, when.key), when.value) != when.negated;
}
