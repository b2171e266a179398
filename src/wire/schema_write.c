/* schema_write.c - a schema moves into another document: its references are turned into
 * pointers from that document's root. */
#include "wire/schema_node.h"

struct writing {
	struct schema *schema;
	struct str prefix;
	struct buf *to;
};

/* The way from `at` to `target`, behind what is in `path`; left as it was when there is none. */
static bool find_way(const struct json *at, const struct json *target, struct buf *path)
{
	size_t before = path->len;
	long long index = 0;

	if (at == target)
		return true;
	JSON_EACH (at, child) {
		if (at->kind == JSON_OBJECT)
			schema_pointer_add(path, child->key);
		else
			buf_printf(path, "/%lld", index++);
		if (find_way(child, target, path))
			return true;
		path->len = before;
	}
	return false;
}

/* What the reference names; NULL under a keyword that nobody knows, where none had to be. */
static const struct json *target_of(struct writing *w, struct str ref, const struct resource *base)
{
	struct str why = S_NONE;

	return schema_resolve(w->schema, ref, &base, &why);
}

static void write_ref(struct writing *w, struct str ref, const struct resource *base)
{
	struct buf pointer = { 0 };

	buf_add(&pointer, w->prefix);
	if (base == w->schema->resources && (str_is(ref, "#") || str_starts(ref, S("#/"))))
		buf_add(&pointer, str_from(ref, 1)); /* nearly always */
	else
		must(find_way(w->schema->root->from, target_of(w, ref, base), &pointer));
	json_write_text(w->to, buf_str(&pointer));
	buf_free(&pointer);
}

static void write_at(struct writing *w, const struct json *at, enum position place,
                     const struct resource *base);

static bool left_out(struct writing *w, const struct json *child, enum position place,
                     const struct resource *base)
{
	if (place != PLACE_SCHEMA || child->kind != JSON_STRING)
		return false;
	if (str_is(child->key, "$ref"))
		return target_of(w, child->text, base) == NULL;
	return str_is(child->key, "$id") || str_is(child->key, "$schema");
}

static void write_members(struct writing *w, const struct json *at, enum position place,
                          const struct resource *base)
{
	bool some = false;

	buf_add_byte(w->to, '{');
	JSON_EACH (at, child) {
		if (left_out(w, child, place, base))
			continue;
		if (some)
			buf_add_byte(w->to, ',');
		some = true;
		json_write_text(w->to, child->key);
		buf_add_byte(w->to, ':');
		if (place == PLACE_SCHEMA && child->kind == JSON_STRING && str_is(child->key, "$ref"))
			write_ref(w, child->text, base);
		else
			write_at(w, child, schema_position(place, child), base);
	}
	buf_add_byte(w->to, '}');
}

static void write_at(struct writing *w, const struct json *at, enum position place,
                     const struct resource *base)
{
	if (place == PLACE_DATA || (at->kind != JSON_OBJECT && at->kind != JSON_ARRAY)) {
		json_write(w->to, at);
		return;
	}
	if (at->kind == JSON_OBJECT) {
		write_members(w, at, place, schema_base(w->schema, at, base));
		return;
	}
	buf_add_byte(w->to, '[');
	JSON_EACH (at, child) {
		write_at(w, child, PLACE_SCHEMA, base);
		if (child->next != NULL)
			buf_add_byte(w->to, ',');
	}
	buf_add_byte(w->to, ']');
}

void schema_write(struct schema *s, struct str prefix, struct buf *to)
{
	struct writing w = { s, prefix, to };

	write_at(&w, s->root->from, PLACE_SCHEMA, s->resources);
}
