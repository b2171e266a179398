/* docs_table.c - the table of queues, and what to do when a dead-letter queue is not empty. */
#include "cli/docs.h"

/* ---- cells */

static void add_escaped(struct buf *b, char c)
{
	switch (c) {
	case '|':
		buf_add(b, S("\\|"));
		break;
	case '<':
		buf_add(b, S("&lt;"));
		break;
	case '&':
		buf_add(b, S("&amp;"));
		break;
	case '\n':
		buf_add(b, S("<br>"));
		break;
	case '`':
	case '*':
	case '_':
	case '[':
	case '\\':
		buf_add_byte(b, '\\');
		buf_add_byte(b, c);
		break;
	default:
		buf_add_byte(b, (unsigned char)c < ' ' ? ' ' : c);
	}
}

void docs_cell(struct docs *d, struct str text)
{
	bool url = str_starts(text, S("https://")) || str_starts(text, S("http://"));

	for (size_t i = 0; i < text.len && url; i++)
		url = (unsigned char)text.at[i] > ' ' && strchr("<>|\\", text.at[i]) == NULL;
	if (url)
		buf_printf(&d->out, "<%.*s>", S_ARG(text));
	for (size_t i = 0; i < text.len && !url; i++)
		add_escaped(&d->out, text.at[i]);
	buf_add(&d->out, S(" | "));
}

void docs_line(struct docs *d, const char *text)
{
	buf_add_text(&d->out, text);
	buf_add(&d->out, S("\n\n"));
}

static void row_begin(struct docs *d)
{
	buf_add(&d->out, S("| "));
}

static void row_end(struct docs *d)
{
	d->out.len--; /* the space behind the last line */
	buf_add_byte(&d->out, '\n');
}

static void head(struct docs *d, const enum word *columns, int count)
{
	row_begin(d);
	for (int i = 0; i < count; i++)
		docs_cell(d, str_of(docs_word(d, columns[i])));
	row_end(d);
	buf_add_byte(&d->out, '|');
	for (int i = 0; i < count; i++)
		buf_add(&d->out, S(" --- |"));
	buf_add_byte(&d->out, '\n');
}

/* Several names in one cell. */
static void join(void *context, struct str name)
{
	struct buf *b = context;

	if (b->len > 0)
		buf_add(b, S(", "));
	buf_add(b, name);
}

static void joined_cell(struct docs *d, struct buf *b)
{
	docs_cell(d, buf_str(b));
	buf_free(b);
}

/* ---- values */

/* 345600 -> "4 days"; in the largest unit that divides it. */
static struct str duration(struct docs *d, const struct json *v)
{
	static const struct {
		int64_t seconds;
		enum word word;
	} units[] = { { 86400, W_DAYS }, { 3600, W_HOURS }, { 60, W_MINUTES }, { 1, W_SECONDS } };
	int64_t n = v == NULL ? 0 : json_number(v);
	int i = 0;

	while (n % units[i].seconds != 0 || (n == 0 && units[i].seconds > 1))
		i++;
	return arena_printf(d->cli->arena, "%lld %s", (long long)(n / units[i].seconds),
	                    docs_word(d, units[i].word));
}

static struct str retries(struct docs *d, const struct json *q)
{
	const struct json *attempts = json_get(json_get(q, "retry"), "max_attempts");
	struct str receives = docs_text(q, "max_receives");

	if (attempts != NULL)
		return attempts->text;
	return receives.len == 0 || str_is(receives, "0") ? str_of(docs_word(d, W_NO_LIMIT)) : receives;
}

static struct str kind(struct docs *d, const struct json *q)
{
	bool fifo = str_ends(q->key, S(".fifo")), tracked = json_is(json_get(q, "track"), JSON_TRUE);

	return arena_printf(d->cli->arena, "%s%s%s", fifo ? "FIFO" : docs_word(d, W_STANDARD),
	                    tracked ? ", " : "", tracked ? docs_word(d, W_TRACKED) : "");
}

static void producers_cell(struct docs *d, const struct json *q)
{
	struct buf b = { 0 };

	docs_each_tagged(q, "producer", join, &b);
	JSON_EACH (json_get(d->definitions, "subscriptions"), s)
		if (str_eq(json_get_text(s, "queue"), q->key))
			join(&b, json_get_text(s, "topic"));
	JSON_EACH (json_get(d->definitions, "schedules"), s)
		if (str_eq(json_get_text(s, "queue"), q->key))
			join(&b, s->key);
	joined_cell(d, &b);
}

static void consumers_cell(struct docs *d, const struct json *q)
{
	struct str url = json_get_text(json_get(q, "push"), "url");
	struct buf b = { 0 };

	docs_each_tagged(q, "consumer", join, &b);
	if (url.len > 0)
		join(&b, docs_origin(url));
	joined_cell(d, &b);
}

/* ---- queues */

static void queue_row(struct docs *d, const struct json *q)
{
	row_begin(d);
	docs_cell(d, q->key);
	docs_cell(d, docs_text(q, "purpose"));
	producers_cell(d, q);
	consumers_cell(d, q);
	docs_cell(d, kind(d, q));
	docs_cell(d, docs_text(q, "owner"));
	docs_cell(d, json_get_text(q, "dead_letter_queue"));
	docs_cell(d, retries(d, q));
	docs_cell(d, duration(d, docs_member(q, "visibility_timeout")));
	docs_cell(d, duration(d, docs_member(q, "message_retention_period")));
	docs_cell(d, json_get(q, "schema") == NULL ? S("") : str_of(docs_word(d, W_YES)));
	docs_cell(d, docs_text(q, "runbook"));
	row_end(d);
}

typedef bool lacks_fn(const struct docs *, const struct json *queue);

static bool lacks_purpose(const struct docs *d, const struct json *q)
{
	return !docs_is_dlq(d, q->key) && docs_text(q, "purpose").len == 0;
}

static bool lacks_owner(const struct docs *d, const struct json *q)
{
	return !docs_is_dlq(d, q->key) && docs_text(q, "owner").len == 0;
}

static bool lacks_dlq(const struct docs *d, const struct json *q)
{
	return !docs_is_dlq(d, q->key) && json_get_text(q, "dead_letter_queue").len == 0;
}

static bool lacks_schema(const struct docs *d, const struct json *q)
{
	return !docs_is_dlq(d, q->key) && json_get(q, "schema") == NULL;
}

static struct str first_of(const struct docs *d, const struct json *dlq, const char *name);

static bool lacks_runbook(const struct docs *d, const struct json *q)
{
	return docs_is_dlq(d, q->key) && first_of(d, q, "runbook").len == 0;
}

/* "* Without an owner: orders, stock" */
static bool gap(struct docs *d, enum word what, lacks_fn *lacks)
{
	bool some = false;

	JSON_EACH (json_get(d->definitions, "queues"), q) {
		if (!lacks(d, q))
			continue;
		if (!some)
			buf_printf(&d->out, "* %s: ", docs_word(d, what));
		else
			buf_add(&d->out, S(", "));
		buf_printf(&d->out, "`%.*s`", S_ARG(q->key));
		some = true;
	}
	buf_add_text(&d->out, some ? "\n" : "");
	return some;
}

static void gaps(struct docs *d)
{
	static const struct {
		enum word word;
		lacks_fn *lacks;
	} all[] = { { W_NO_PURPOSE, lacks_purpose },
		        { W_NO_OWNER, lacks_owner },
		        { W_NO_DLQ, lacks_dlq },
		        { W_NO_SCHEMA, lacks_schema },
		        { W_NO_RUNBOOK, lacks_runbook } };
	bool some = false;

	buf_printf(&d->out, "\n## %s\n\n", docs_word(d, W_GAPS));
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		some = gap(d, all[i].word, all[i].lacks) || some;
	if (!some)
		buf_printf(&d->out, "%s\n", docs_word(d, W_NO_GAPS));
}

void docs_queues(struct docs *d)
{
	static const enum word columns[] = { W_QUEUE,      W_PURPOSE,   W_PRODUCERS, W_CONSUMERS,
		                                 W_KIND,       W_OWNER,     W_DLQ,       W_RETRIES,
		                                 W_VISIBILITY, W_RETENTION, W_SCHEMA,    W_RUNBOOK };
	const struct json *queues = json_get(d->definitions, "queues");

	buf_printf(&d->out, "# %s\n\n", docs_word(d, W_QUEUES));
	docs_line(d, docs_word(d, W_QUEUES_ABOUT));
	if (queues == NULL || queues->count == 0) {
		docs_line(d, docs_word(d, W_NONE_YET));
		return;
	}
	head(d, columns, sizeof columns / sizeof *columns);
	JSON_EACH (queues, q)
		queue_row(d, q);
	gaps(d);
}

/* ---- dead-letter queues */

/* Of the queue itself, else of the first of its sources that says it. */
struct first {
	const struct docs *docs;
	const char *name;
	struct str found;
};

static void take_first(void *context, struct str source)
{
	struct first *f = context;
	const struct json *queues = json_get(f->docs->definitions, "queues");

	JSON_EACH (queues, q)
		if (f->found.len == 0 && str_eq(q->key, source))
			f->found = docs_text(q, f->name);
}

static struct str first_of(const struct docs *d, const struct json *dlq, const char *name)
{
	struct first f = { d, name, docs_text(dlq, name) };

	if (f.found.len == 0)
		docs_each_source(d, dlq->key, take_first, &f);
	return f.found;
}

static void dlq_row(struct docs *d, const struct json *q)
{
	struct buf sources = { 0 };

	docs_each_source(d, q->key, join, &sources);
	row_begin(d);
	docs_cell(d, q->key);
	joined_cell(d, &sources);
	docs_cell(d, first_of(d, q, "owner"));
	docs_cell(d, docs_text(q, "purpose"));
	docs_cell(d, first_of(d, q, "runbook"));
	docs_cell(d, duration(d, docs_member(q, "message_retention_period")));
	row_end(d);
}

void docs_dlqs(struct docs *d)
{
	static const enum word columns[] = { W_DLQ,        W_SOURCES,  W_WHO_LOOKS,
		                                 W_WHAT_TO_DO, W_RECOVERY, W_RETENTION };
	bool some = false;

	buf_printf(&d->out, "# %s\n\n", docs_word(d, W_DLQS));
	docs_line(d, docs_word(d, W_DLQS_ABOUT));
	JSON_EACH (json_get(d->definitions, "queues"), q) {
		if (!docs_is_dlq(d, q->key))
			continue;
		if (!some)
			head(d, columns, sizeof columns / sizeof *columns);
		some = true;
		dlq_row(d, q);
	}
	if (!some) {
		docs_line(d, docs_word(d, W_NONE_YET));
		return;
	}
	buf_printf(&d->out,
	           "\n%s\n\n```sh\nringi dlq errors DLQ\nringi dlq show DLQ POSITION\n"
	           "ringi dlq redrive DLQ --dry-run\nringi dlq redrive DLQ\n```\n",
	           docs_word(d, W_COMMANDS));
}
