/* docs_flow.c - the event-flow diagram, in the language of Mermaid.
 *
 * A component that is known by name (tags producer and consumer) is one node however many
 * queues it has to do with: so a chain of queues shows as one. */
#include "cli/docs.h"

struct flow {
	struct docs *docs;
	struct json *components; /* array of texts; its index is the node's number */
	struct str node;         /* of the queue at hand */
	bool sends;
};

/* Between double quotes of a label. */
static void label(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (strchr("\"#<>&`\\[]{}|;", c) != NULL && c != '\0')
			buf_printf(b, "#%d;", c);
		else
			buf_add_byte(b, c < ' ' ? ' ' : (char)c);
	}
}

static void node(struct flow *f, struct str id, const char *open, struct str text,
                 const char *close)
{
	struct buf *b = &f->docs->out;

	buf_printf(b, "    %.*s%s\"", S_ARG(id), open);
	label(b, text);
	buf_printf(b, "\"%s\n", close);
}

static void edge(struct flow *f, struct str from, const char *line, struct str text, struct str to)
{
	struct buf *b = &f->docs->out;

	buf_printf(b, "    %.*s %s", S_ARG(from), line);
	if (text.len > 0) {
		buf_add(b, S("|\""));
		label(b, text);
		buf_add(b, S("\"|"));
	}
	buf_printf(b, " %.*s\n", S_ARG(to));
}

/* "q3": the n-th of its kind; absent: there is none of that name. */
static struct str id_of(struct flow *f, const char *letter, const struct json *all, struct str name)
{
	int n = 0;

	JSON_EACH (all, one) {
		if (str_eq(one->key, name) || (one->kind == JSON_STRING && str_eq(one->text, name)))
			return arena_printf(f->docs->cli->arena, "%s%d", letter, n);
		n++;
	}
	return S_NONE;
}

static const struct json *all_of(struct flow *f, const char *kind)
{
	return json_get(f->docs->definitions, kind);
}

static struct str queue_id(struct flow *f, struct str name)
{
	return id_of(f, "q", all_of(f, "queues"), name);
}

static struct str component(struct flow *f, struct str name)
{
	struct arena *a = f->docs->cli->arena;
	struct str id = id_of(f, "c", f->components, name);

	if (str_given(id))
		return id;
	json_add(f->components, S_NONE, json_new_text(a, JSON_STRING, name));
	id = id_of(f, "c", f->components, name);
	node(f, id, "([", name, "])");
	return id;
}

/* ---- nodes */

static void queue_nodes(struct flow *f)
{
	JSON_EACH (all_of(f, "queues"), q) {
		node(f, queue_id(f, q->key), "[(", q->key, ")]");
		if (docs_is_dlq(f->docs, q->key))
			buf_printf(&f->docs->out, "    class %.*s dlq\n", S_ARG(queue_id(f, q->key)));
	}
	JSON_EACH (all_of(f, "topics"), t)
		node(f, id_of(f, "t", all_of(f, "topics"), t->key), "{{", t->key, "}}");
	JSON_EACH (all_of(f, "schedules"), s)
		node(f, id_of(f, "s", all_of(f, "schedules"), s->key), ">",
		     arena_printf(f->docs->cli->arena, "%.*s: %.*s", S_ARG(s->key),
		                  S_ARG(json_get_text(s, "cron"))),
		     "]");
}

/* ---- edges */

static void component_edge(void *context, struct str name)
{
	struct flow *f = context;
	struct str id = component(f, name);

	if (f->sends)
		edge(f, id, "-->", S(""), f->node);
	else
		edge(f, f->node, "-->", S(""), id);
}

static void component_edges(struct flow *f, const struct json *thing, struct str id)
{
	f->node = id;
	f->sends = true;
	docs_each_tagged(thing, "producer", component_edge, f);
	f->sends = false;
	docs_each_tagged(thing, "consumer", component_edge, f);
}

static void queue_edges(struct flow *f, const struct json *q)
{
	struct str id = queue_id(f, q->key), url = json_get_text(json_get(q, "push"), "url");
	struct str dlq = queue_id(f, json_get_text(q, "dead_letter_queue"));

	component_edges(f, q, id);
	if (url.len > 0)
		edge(f, id, "-->", S("POST"), component(f, docs_origin(url)));
	if (str_given(dlq))
		edge(f, id, "-.->",
		     arena_printf(f->docs->cli->arena, "%.*s %s", S_ARG(docs_text(q, "max_receives")),
		                  docs_word(f->docs, W_TIMES)),
		     dlq);
}

static void subscription_edges(struct flow *f, const struct json *s)
{
	const struct json *filter = json_get(s, "filter_policy");
	struct str topic = id_of(f, "t", all_of(f, "topics"), json_get_text(s, "topic"));
	struct str queue = json_get_text(s, "queue"), to = queue_id(f, queue);
	struct str dlq = queue_id(f, json_get_text(s, "dead_letter_queue"));

	if (!str_given(queue))
		to = component(f, docs_origin(json_get_text(s, "endpoint")));
	if (str_given(to))
		edge(f, topic, "-->", filter == NULL ? S("") : json_written(f->docs->cli->arena, filter),
		     to);
	if (str_given(dlq))
		edge(f, topic, "-.->", str_of(docs_word(f->docs, W_UNDELIVERABLE)), dlq);
}

static void edges(struct flow *f)
{
	JSON_EACH (all_of(f, "queues"), q)
		queue_edges(f, q);
	JSON_EACH (all_of(f, "topics"), t)
		component_edges(f, t, id_of(f, "t", all_of(f, "topics"), t->key));
	JSON_EACH (all_of(f, "subscriptions"), s)
		subscription_edges(f, s);
	JSON_EACH (all_of(f, "schedules"), s) {
		struct str to = queue_id(f, json_get_text(s, "queue"));
		if (str_given(to))
			edge(f, id_of(f, "s", all_of(f, "schedules"), s->key), "-->", S(""), to);
	}
}

/* Why each queue is there, in the order of the diagram. */
static void purposes(struct flow *f)
{
	struct docs *d = f->docs;
	bool some = false;

	JSON_EACH (all_of(f, "queues"), q) {
		struct str purpose = docs_text(q, "purpose");
		if (purpose.len == 0)
			continue;
		if (!some)
			buf_printf(&d->out, "\n## %s\n\n", docs_word(d, W_PURPOSE));
		some = true;
		buf_printf(&d->out, "* `%.*s`: ", S_ARG(q->key));
		docs_cell(d, purpose);
		d->out.len -= 3; /* the line behind a cell */
		buf_add_byte(&d->out, '\n');
	}
}

void docs_flow(struct docs *d)
{
	struct flow f = { .docs = d, .components = json_new(d->cli->arena, JSON_ARRAY) };

	buf_printf(&d->out, "# %s\n\n", docs_word(d, W_FLOW));
	docs_line(d, docs_word(d, W_FLOW_ABOUT));
	buf_add(&d->out,
	        S("```mermaid\nflowchart LR\n    classDef dlq stroke:#b00,stroke-dasharray:4\n"));
	queue_nodes(&f);
	edges(&f);
	buf_add(&d->out, S("```\n"));
	purposes(&f);
}
