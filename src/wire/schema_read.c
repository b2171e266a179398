/* schema_read.c - a document becomes nodes.
 *
 * Nodes are made when somebody points at them and are filled from a list of those that
 * wait, so neither depth nor references need the stack. At the end no reference may lead
 * back to its own schema without going deeper into the value: such a check would not end. */
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "wire/schema_reader.h"

enum { WAYS_SHOWN = 2 * JSON_DEPTH_MAX };

static void write_way(struct buf *b, const struct way *way)
{
	const struct way *ways[WAYS_SHOWN];
	int n = 0;

	for (; way != NULL && str_given(way->key) && n < WAYS_SHOWN; way = way->up)
		ways[n++] = way;
	while (n > 0)
		schema_pointer_add(b, ways[--n]->key);
}

void schema_wrong(struct reader *r, const struct way *way, const char *key, const char *format, ...)
{
	struct way last = { way, str_of(key) };
	struct buf b = { 0 };
	char sentence[512];
	va_list args;

	if (str_given(r->why))
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	/* What was cut may have been cut inside a character. */
	for (size_t len = strlen(sentence); !str_utf8(str_of(sentence));)
		sentence[--len] = '\0';
	write_way(&b, key == NULL ? way : &last);
	r->why = arena_printf(r->schema->arena, "%.*s%s%s", S_ARG(buf_str(&b)), b.len > 0 ? ": " : "",
	                      sentence);
	buf_free(&b);
}

const struct way *schema_way(struct reader *r, const struct way *up, struct str key)
{
	struct way *way = ARENA_NEW(r->scratch, struct way);

	*way = (struct way){ up, key };
	return way;
}

const struct node *schema_node(struct reader *r, const struct json *at, const struct resource *base,
                               const struct way *way)
{
	uint64_t key = (uint64_t)(uintptr_t)at;
	struct node *n = map_find(&r->nodes, key);

	if (n != NULL)
		return n;
	n = ARENA_NEW(r->schema->arena, struct node);
	n->from = at;
	n->base = schema_base(r->schema, at, base);
	map_put(&r->nodes, key, n);
	struct waiting *w = ARENA_NEW(r->scratch, struct waiting);
	*w = (struct waiting){ n, way, NULL };
	if (r->last == NULL)
		r->all = w;
	else
		r->last->next = w;
	r->last = w;
	return n;
}

static void fill_all(struct reader *r)
{
	for (struct waiting *w = r->all; w != NULL && !str_given(r->why); w = w->next)
		schema_fill(&(struct filling){ r, w->node, w->way });
}

/* ---- the check at the end */

enum { NOT_KNOWN = -1, BEING_ASKED = -2 };

static int in_place(struct reader *r, const struct node *of, int above);

static int longest(struct reader *r, const struct nodes *list, int above, int so_far)
{
	for (int i = 0; i < list->count; i++) {
		int depth = in_place(r, list->at[i], above);
		so_far = depth > so_far ? depth : so_far;
	}
	return so_far;
}

/* The longest way from a node through nodes for the same value; `above` are on the way
 * already. As deep as SCHEMA_IN_PLACE_MAX. */
static int in_place(struct reader *r, const struct node *of, int above)
{
	struct node *n = map_find(&r->nodes, (uint64_t)(uintptr_t)of->from);
	int depth = 0;

	must(n == of);
	if (n->in_place == BEING_ASKED)
		schema_wrong(r, NULL, NULL,
		             "a $ref leads back to where it stands without going deeper into the value");
	else if (above + (n->in_place > 0 ? n->in_place : 0) > SCHEMA_IN_PLACE_MAX)
		schema_wrong(r, NULL, NULL, "more than %d schemas for the same value are chained",
		             SCHEMA_IN_PLACE_MAX);
	if (str_given(r->why))
		return 0;
	if (n->in_place >= 0)
		return n->in_place + 1;
	const struct node *single[] = { n->ref, n->no, n->condition, n->yes, n->otherwise };
	n->in_place = BEING_ASKED;
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (single[i] != NULL)
			depth = longest(r, &(struct nodes){ &single[i], 1 }, above + 1, depth);
	depth = longest(r, &n->all, above + 1, depth);
	depth = longest(r, &n->any, above + 1, depth);
	depth = longest(r, &n->one, above + 1, depth);
	for (int i = 0; i < n->named_count; i++)
		if (n->named[i].then != NULL)
			depth = longest(r, &(struct nodes){ &n->named[i].then, 1 }, above + 1, depth);
	n->in_place = depth;
	return depth + 1;
}

static void check_all(struct reader *r)
{
	for (struct waiting *w = r->all; w != NULL && !str_given(r->why); w = w->next)
		(void)in_place(r, w->node, 0);
}

/* ---- a document */

/* Keywords of later drafts would go by unchecked. */
static void check_draft(struct reader *r, const struct json *root)
{
	struct str draft = json_get_text(root, "$schema");

	if (str_given(draft) && !str_starts(draft, S("http://json-schema.org/draft-07/schema")) &&
	    !str_starts(draft, S("https://json-schema.org/draft-07/schema")))
		schema_wrong(r, NULL, "$schema",
		             "must be http://json-schema.org/draft-07/schema# or be left out, not %.*s",
		             S_ARG(draft));
}

static struct str read_document(struct schema *s)
{
	struct reader r = { .schema = s };
	struct str why = S_NONE;
	const struct json *root = json_read(s->arena, s->text, &why);

	if (root == NULL)
		return why;
	r.scratch = arena_open();
	check_draft(&r, root);
	schema_find_ids(s, root);
	s->root = schema_node(&r, root, s->resources, NULL);
	fill_all(&r);
	check_all(&r);
	map_free(&r.nodes);
	arena_close(r.scratch);
	return r.why;
}

struct schema *schema_read(struct arena *arena, struct str text, struct str *why)
{
	struct schema *s = mem_get(sizeof *s);

	s->arena = arena_open();
	if (text.len > SCHEMA_MAX) {
		*why = arena_printf(arena, "it has %zu bytes, %d are possible", text.len, SCHEMA_MAX);
		return schema_free(s);
	}
	s->text = arena_str(s->arena, text);
	struct str wrong = read_document(s);
	if (!str_given(wrong))
		return s;
	*why = arena_str(arena, wrong);
	return schema_free(s);
}

struct schema *schema_free(struct schema *s)
{
	if (s != NULL) {
		for (struct owned_pattern *p = s->patterns; p != NULL; p = p->next)
			pattern_free(p->pattern);
		arena_close(s->arena);
		mem_free(s);
	}
	return NULL;
}

struct str schema_text(const struct schema *s)
{
	return s->text;
}
