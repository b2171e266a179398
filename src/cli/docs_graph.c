/* docs_graph.c - who is connected with whom. */
#include "cli/docs.h"

const struct json *docs_member(const struct json *queue, const char *name)
{
	const struct json *set = json_get(queue, name);

	return set != NULL ? set : json_get(json_get(queue, "defaults"), name);
}

struct str docs_text(const struct json *queue, const char *name)
{
	const struct json *v = docs_member(queue, name);

	return v == NULL || v->text.len == 0 ? S_NONE : v->text;
}

void docs_each_tagged(const struct json *thing, const char *tag, each_fn *each, void *context)
{
	struct str rest = json_get_text(json_get(thing, "tags"), tag);

	while (str_given(rest)) {
		struct str name = str_trim(str_cut(&rest, ','));
		if (name.len > 0)
			each(context, name);
	}
}

void docs_each_source(const struct docs *d, struct str dlq, each_fn *each, void *context)
{
	JSON_EACH (json_get(d->definitions, "queues"), q)
		if (str_eq(json_get_text(q, "dead_letter_queue"), dlq) && dlq.len > 0)
			each(context, q->key);
	JSON_EACH (json_get(d->definitions, "subscriptions"), s) {
		struct str queue = json_get_text(s, "queue");
		if (str_eq(json_get_text(s, "dead_letter_queue"), dlq) && dlq.len > 0)
			each(context,
			     arena_printf(d->cli->arena, "%.*s -> %.*s", S_ARG(json_get_text(s, "topic")),
			                  S_ARG(str_given(queue) ? queue
			                                         : docs_origin(json_get_text(s, "endpoint")))));
	}
}

static void note_one(void *context, struct str name)
{
	(void)name;
	*(bool *)context = true;
}

bool docs_is_dlq(const struct docs *d, struct str queue)
{
	bool found = false;

	docs_each_source(d, queue, note_one, &found);
	return found;
}

struct str docs_origin(struct str url)
{
	size_t at = 0;

	while (at < url.len && !str_starts(str_from(url, at), S("://")))
		at++;
	for (at += 3; at < url.len && url.at[at] != '/' && url.at[at] != '?' && url.at[at] != '#';)
		at++;
	return (struct str){ url.at, at < url.len ? at : url.len };
}
