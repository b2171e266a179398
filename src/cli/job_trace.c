/* job_trace.c - `ringi job trace`: the jobs of one trace as a tree, who submitted whom.
 *
 *     SUCCEEDED  orders    019f...  12:00:01.120  waited 4 ms  ran 1.3 s
 *     |- SUCCEEDED  mails  019f...
 *     '- FAILED  invoices  019f...  NO_STOCK: item 7 is sold out */
#include <stdio.h>
#include <stdlib.h>

#include "cli/client.h"
#include "cli/job.h"

enum { TRACE_JOBS_MAX = 10000, DEPTH_MAX = 200 };

struct twig {
	const struct json *job;
	struct str span, parent;
	struct twig *above;               /* whose span is the parent */
	struct twig *first, *last, *next; /* children, by age */
	bool child;
};

struct tree {
	struct cli *cli;
	struct twig *twigs; /* oldest first */
	struct twig **by_span;
	int count;
};

static int by_span(const void *a, const void *b)
{
	return str_cmp((*(struct twig *const *)a)->span, (*(struct twig *const *)b)->span);
}

static struct twig *find(const struct tree *t, struct str span)
{
	struct twig wanted = { .span = span }, *key = &wanted, **found;

	if (span.len == 0)
		return NULL;
	found = bsearch(&key, t->by_span, (size_t)t->count, sizeof *t->by_span, by_span);
	return found == NULL ? NULL : *found;
}

static void hang(struct twig *parent, struct twig *child)
{
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	child->child = true;
}

/* Has nobody above it, or is above itself: spans are what clients said. Jobs of one transaction
 * have no order that says who submitted whom, so their age cannot tell. */
static bool goes_round(const struct tree *t, const struct twig *twig)
{
	const struct twig *at = twig->above;

	for (int i = 0; i < t->count && at != NULL && at != twig; i++)
		at = at->above;
	return twig->above == NULL || at != NULL;
}

/* The server's list is newest first. */
static void grow(struct tree *t, const struct json *jobs)
{
	int at = t->count = (int)jobs->count;

	t->twigs = ARENA_ARRAY(t->cli->arena, struct twig, t->count + 1);
	t->by_span = ARENA_ARRAY(t->cli->arena, struct twig *, t->count + 1);
	JSON_EACH (jobs, job) {
		struct twig *twig = &t->twigs[--at];
		*twig = (struct twig){ .job = job,
			                   .span = json_get_text(job, "span_id"),
			                   .parent = json_get_text(job, "parent_span_id") };
		t->by_span[at] = twig;
	}
	qsort(t->by_span, (size_t)t->count, sizeof *t->by_span, by_span);
	for (int i = 0; i < t->count; i++)
		t->twigs[i].above = find(t, t->twigs[i].parent);
	for (int i = 0; i < t->count; i++)
		if (!goes_round(t, &t->twigs[i]))
			hang(t->twigs[i].above, &t->twigs[i]);
}

/* ---- for people */

static void span_text(struct buf *b, const char *word, int64_t ms)
{
	if (ms < 0)
		return;
	if (ms < 1000)
		buf_printf(b, "  %s %lld ms", word, (long long)ms);
	else if (ms < 120 * 1000)
		buf_printf(b, "  %s %lld.%lld s", word, (long long)(ms / 1000),
		           (long long)(ms % 1000 / 100));
	else
		buf_printf(b, "  %s %lld min", word, (long long)(ms / 60000));
}

static void describe(struct buf *b, const struct json *job)
{
	int64_t created = job_time(job, "created_at"), started = job_time(job, "started_at");
	int64_t ended = job_time(job, "finished_at");
	const struct json *error = json_get(job, "error");

	buf_printf(b, "%.*s  %.*s  %.*s  %.*s", S_ARG(json_get_text(job, "state")),
	           S_ARG(json_get_text(job, "queue")), S_ARG(json_get_text(job, "id")),
	           S_ARG(json_get_text(job, "created_at")));
	if (started != 0)
		span_text(b, "waited", started - created);
	if (started != 0 && ended != 0)
		span_text(b, "ran", ended - started);
	if (json_number(json_get(job, "attempts")) > 1)
		buf_printf(b, "  attempt %lld", (long long)json_number(json_get(job, "attempts")));
	if (error != NULL)
		buf_printf(b, "  %.*s: %.*s", S_ARG(json_get_text(error, "code")),
		           S_ARG(json_get_text(error, "message")));
}

/* One line each; what strangers wrote must not steer the terminal. */
static void print(struct buf *line)
{
	for (size_t i = 0; i < line->len; i++)
		if ((unsigned char)line->at[i] < 0x20 || line->at[i] == 0x7f)
			line->at[i] = ' ';
	printf("%.*s\n", (int)line->len, line->at);
	buf_free(line);
}

static void draw(const struct twig *twig, struct str before, struct str lead, int depth)
{
	struct buf line = { 0 }, deeper = { 0 };

	buf_add(&line, before);
	buf_add(&line, lead);
	describe(&line, twig->job);
	print(&line);
	buf_add(&deeper, before);
	if (lead.len > 0)
		buf_add(&deeper, twig->next != NULL ? S("\u2502  ") : S("   "));
	for (const struct twig *t = twig->first; t != NULL && depth < DEPTH_MAX; t = t->next)
		draw(t, buf_str(&deeper), t->next != NULL ? S("\u251c\u2500 ") : S("\u2514\u2500 "),
		     depth + 1);
	buf_free(&deeper);
}

/* ---- for programs: each with its children */

static struct json *nested(struct tree *t, const struct twig *twig, int depth)
{
	struct json *job = json_new(t->cli->arena, JSON_OBJECT);
	const struct json *before = twig->job;
	struct json *children = json_new(t->cli->arena, JSON_ARRAY);

	*job = *before;
	job->next = NULL;
	for (const struct twig *c = twig->first; c != NULL && depth < DEPTH_MAX; c = c->next)
		json_add(children, S_NONE, nested(t, c, depth + 1));
	json_add(job, S("children"), children);
	return job;
}

static void show(struct tree *t)
{
	struct json *roots = json_new(t->cli->arena, JSON_ARRAY);
	bool as_json = option_on(&t->cli->options, "json");

	for (int i = 0; i < t->count; i++) {
		if (t->twigs[i].child)
			continue;
		if (as_json)
			json_add(roots, S_NONE, nested(t, &t->twigs[i], 0));
		else
			draw(&t->twigs[i], S(""), S(""), 0);
	}
	if (as_json)
		printf("%.*s\n", S_ARG(json_written(t->cli->arena, roots)));
}

/* The trace of a job, by its id; 32 hexadecimal digits are one already. */
static int trace_of(struct cli *cli, struct str *trace)
{
	struct answer a;

	*trace = str_of(cli_arg(cli, 0));
	if (trace->len == 32 && memchr(trace->at, '-', trace->len) == NULL)
		return CLI_DONE;
	int code = cli_rest(cli, "GET", job_path(cli, cli_arg(cli, 0), ""), NULL, &a);
	if (code == CLI_DONE)
		*trace = json_get_text(a.json, "trace_id");
	return code;
}

int job_trace_run(struct cli *cli)
{
	struct tree t = { .cli = cli };
	struct json *jobs = NULL;
	struct str trace;
	bool more = false;
	int code = trace_of(cli, &trace);

	if (code == CLI_DONE)
		code = jobs_find(cli, arena_printf(cli->arena, "trace=%.*s", S_ARG(trace)), TRACE_JOBS_MAX,
		                 &jobs, &more);
	if (code != CLI_DONE)
		return code;
	grow(&t, jobs);
	show(&t);
	if (more)
		fprintf(stderr, "Only the newest %d jobs of this trace are shown.\n", TRACE_JOBS_MAX);
	return CLI_DONE;
}
