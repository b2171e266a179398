/* form_schema.c - a form becomes a schema of the data that it allows. */
#include "base/limits.h"
#include "domain/form/inside.h"

enum what { FIELD, SHOWN_ONLY, GROUP, LIST };

static const struct {
	const char *name;
	enum what what;
} types[] = {
	{ "textfield", FIELD },   { "textarea", FIELD },       { "number", FIELD },
	{ "checkbox", FIELD },    { "checklist", FIELD },      { "taglist", FIELD },
	{ "radio", FIELD },       { "select", FIELD },         { "datetime", FIELD },
	{ "text", SHOWN_ONLY },   { "separator", SHOWN_ONLY }, { "spacer", SHOWN_ONLY },
	{ "button", SHOWN_ONLY }, { "group", GROUP },          { "dynamiclist", LIST },
};

static bool type_of(struct str name, enum what *what)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_is(name, types[i].name)) {
			*what = types[i].what;
			return true;
		}
	return false;
}

static struct form_level level_new(const struct forming *f, int depth)
{
	struct arena *a = f->arena;
	struct form_level l = { .schema = json_new(a, JSON_OBJECT), .depth = depth };

	json_put_text(a, l.schema, "type", S("object"));
	l.properties = json_add(l.schema, S("properties"), json_new(a, JSON_OBJECT));
	l.required = json_add(l.schema, S("required"), json_new(a, JSON_ARRAY));
	json_add(l.schema, S("additionalProperties"), json_new(a, JSON_FALSE));
	l.seen = json_new(a, JSON_OBJECT);
	return l;
}

static void need(const struct forming *f, struct form_level *l, struct str key)
{
	json_add(l->required, S_NONE, json_new_text(f->arena, JSON_STRING, key));
}

/* F4. What a form would have to compute. */
static void check_expressions(struct forming *f, struct str path, const struct json *c,
                              const struct json *of)
{
	JSON_EACH (of, m) {
		struct str text = json_text(m);
		if (str_is(m->key, "validate") && json_is(m, JSON_OBJECT))
			check_expressions(f, path, c, m);
		if (str_is(m->key, "defaultValue") || str_is(m->key, "pattern") || text.len == 0)
			continue;
		if (text.at[0] == '=')
			form_wrong(f, path, c,
			           "%.*s is an expression (FEEL), which this server does not compute. Write "
			           "what it shall be.",
			           m->key.len > 64 ? 64 : (int)m->key.len, m->key.at);
	}
}

/* A key or path that is free in its object, and taken now. */
static bool take_key(struct forming *f, struct str path, const struct json *c, struct str key,
                     struct form_level *l)
{
	if (!form_key_valid(key)) {
		form_wrong(f, path, c,
		           "it needs a key (a group or list: a path) of letters, digits and _, at most %d "
		           "bytes, that does not begin with a digit.",
		           FORM_KEY_MAX);
		return false;
	}
	if (form_member(l->seen, key) != NULL) {
		form_wrong(f, path, c, "another field has this key. Give it one of its own.");
		return false;
	}
	json_add(l->seen, key, json_new(f->arena, JSON_TRUE));
	return true;
}

static void components(struct forming *f, struct str path, const struct json *of,
                       struct form_level *l, bool hidden);

static void add_field(struct forming *f, struct str path, const struct json *c,
                      struct form_level *l, bool hidden)
{
	struct str key = json_get_text(c, "key");

	if (!take_key(f, path, c, key, l))
		return;
	struct json *schema = form_field_schema(f, path, c);
	bool fixed = form_locked(c);
	if (hidden || (fixed && json_get(c, "defaultValue") == NULL))
		return;
	json_add(l->properties, key, schema);
	if (form_needed(c) && !fixed)
		need(f, l, key);
}

static void add_group(struct forming *f, struct str path, const struct json *c,
                      struct form_level *l, bool hidden)
{
	struct str at = json_get_text(c, "path");
	struct form_level below = level_new(f, l->depth + 1);

	if (at.len == 0) { /* its fields are those of the object around it */
		below = *l;
		below.depth++;
		components(f, path, c, &below, hidden);
		return;
	}
	if (!take_key(f, path, c, at, l))
		return;
	components(f, path, c, &below, hidden);
	if (hidden)
		return;
	json_add(l->properties, at, below.schema);
	if (below.required->count > 0)
		need(f, l, at);
}

static void add_list(struct forming *f, struct str path, const struct json *c, struct form_level *l,
                     bool hidden)
{
	struct str at = json_get_text(c, "path");
	struct form_level below = level_new(f, l->depth + 1);
	struct json *schema = json_new(f->arena, JSON_OBJECT);

	if (!take_key(f, path, c, at, l))
		return;
	components(f, path, c, &below, false);
	json_put_text(f->arena, schema, "type", S("array"));
	json_put_number(f->arena, schema, "maxItems", FORM_ROWS_MAX);
	json_add(schema, S("items"), below.schema);
	if (!hidden)
		json_add(l->properties, at, schema);
}

static void add(struct forming *f, struct str path, const struct json *c, struct form_level *l,
                bool hidden)
{
	struct str type = json_get_text(c, "type");
	enum what what;

	if (++f->fields > FORM_COMPONENTS_MAX) {
		form_wrong(f, path, c, "a form has at most %d components.", FORM_COMPONENTS_MAX);
		return;
	}
	if (!json_is(c, JSON_OBJECT) || !type_of(type, &what)) {
		form_wrong(
			f, path, c,
			"the type must be textfield, textarea, number, checkbox, checklist, taglist, "
			"radio, select, datetime, text, separator, spacer, group or dynamiclist, not "
			"'%.*s'. Pictures, frames, HTML and scripts are not shown here; say it in a text.",
			type.len > 64 ? 64 : (int)type.len, type.at == NULL ? "" : type.at);
		return;
	}
	check_expressions(f, path, c, c);
	hidden = form_hidden(f, path, c) || hidden;
	if (what == FIELD)
		add_field(f, path, c, l, hidden);
	else if (what == GROUP)
		add_group(f, path, c, l, hidden);
	else if (what == LIST)
		add_list(f, path, c, l, hidden);
}

static void components(struct forming *f, struct str path, const struct json *of,
                       struct form_level *l, bool hidden)
{
	const struct json *list = json_get(of, "components");
	int i = 0;

	if (!json_is(list, JSON_ARRAY)) {
		form_wrong(f, path, of, "components must be a list.");
		return;
	}
	if (l->depth > FORM_DEPTH_MAX) {
		form_wrong(f, path, of, "groups and lists lie at most %d deep.", FORM_DEPTH_MAX);
		return;
	}
	JSON_EACH (list, c) {
		struct str at = arena_printf(f->arena, "%.*s/components/%d", S_ARG(path), i++);
		if (FORM_GOOD(f))
			add(f, at, c, l, hidden);
	}
}

/* Conditions name fields that there are, outside of groups with a path and of lists. */
static void check_conditions(struct forming *f, const struct json *form, struct form_level *l)
{
	JSON_EACH (f->top, named)
		if (form_member(l->seen, named->key) == NULL)
			form_wrong(f, named->text, form,
			           "conditional.hide names %.*s, and no field at the top of the form has that "
			           "key.",
			           S_ARG(named->key));
}

struct json *form_schema(struct forming *f, const struct json *form)
{
	struct form_level l = level_new(f, 0);

	f->top = json_new(f->arena, JSON_OBJECT);
	if (!json_is(form, JSON_OBJECT))
		form_wrong(f, S("form"), form,
		           "it must be an object as form-js writes it, with components.");
	else
		components(f, S("form"), form, &l, false);
	if (FORM_GOOD(f))
		check_conditions(f, form, &l);
	return FORM_GOOD(f) ? l.schema : NULL;
}
