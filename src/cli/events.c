/* events.c - `ringi events`: what happens to jobs, line by line, as it happens.
 *
 * A stream that breaks is taken up again where it was. What was missed meanwhile comes then,
 * or, when that is not kept any more, the jobs as they are. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "wire/form.h"
#include "wire/sse.h"

enum { CHANGES_MAX = 1000000000, RETRY_MS = 2000 };

static const struct option options[] = {
	{ .name = "queue",
	  .letter = 'q',
	  .value = "QUEUE",
	  .help = "only of this queue",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "job", .value = "ID", .help = "only of this job", .marks = OPTION_FLAG_ONLY },
	{ .name = "group",
	  .value = "ID",
	  .help = "only of the jobs in this group",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "types",
	  .value = "TYPES",
	  .help = "only these, as in job.failed,job.canceled",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "after",
	  .value = "ID",
	  .help = "what came behind that event; `now`: from now on, without the jobs as they are",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "max",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .least = 1,
	  .most = CHANGES_MAX,
	  .help = "end after so many changes",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "once",
	  .kind = OPTION_SWITCH,
	  .help = "end when the server ends the stream",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json",
	  .kind = OPTION_SWITCH,
	  .help = "each event as a line of JSON: event, id, data",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

struct following {
	struct cli *cli;
	struct sse_reader reader;
	struct arena *arena; /* lifetime: one event */
	int64_t left;        /* changes to print; -1: no bound */
	bool begun;          /* something has come */
	enum err fault;
};

/* ---- printing */

/* "2026-11-22T15:37:32.123Z  job.progress   orders  019f...  50 %" */
static void print_job(const struct json *j, struct str what)
{
	const struct json *progress = json_get(j, "progress");
	struct str at = json_get_text(j, "at"), queue = json_get_text(j, "queue");
	struct str job = json_get_text(j, "job");

	printf("%.*s  %-14.*s  %.*s  %.*s", S_ARG(at), S_ARG(what), S_ARG(queue), S_ARG(job));
	if (progress != NULL)
		printf("  %.*s", S_ARG(progress->text));
	putchar('\n');
}

static void print_snapshot(const struct json *data)
{
	const struct json *more = json_get(data, "more");

	JSON_EACH (json_get(data, "jobs"), j)
		print_job(j, json_get_text(j, "state"));
	if (json_is(more, JSON_TRUE))
		printf("(and more)\n");
}

static void print_line(struct following *f, const struct sse_event *e)
{
	struct str why;
	const struct json *data = json_read(f->arena, e->data, &why);

	if (str_is(e->name, "job"))
		print_job(data, json_get_text(data, "type"));
	else if (str_is(e->name, "snapshot"))
		print_snapshot(data);
	else if (str_is(e->name, "reset"))
		fprintf(stderr, "Some changes were missed; what follows is how things are now.\n");
}

static void print_json(const struct sse_event *e)
{
	struct buf b = { 0 };

	buf_add(&b, S("{\"event\":"));
	json_write_text(&b, e->name);
	if (str_given(e->id)) {
		buf_add(&b, S(",\"id\":"));
		json_write_text(&b, e->id);
	}
	buf_add(&b, S(",\"data\":"));
	buf_add(&b, e->data);
	buf_add(&b, S("}\n"));
	fwrite(b.at, 1, b.len, stdout);
	buf_free(&b);
}

static void print(void *context, const struct sse_event *e)
{
	struct following *f = context;

	if (f->left == 0)
		return;
	arena_reset(f->arena);
	if (option_on(&f->cli->options, "json"))
		print_json(e);
	else
		print_line(f, e);
	if (f->left > 0 && str_is(e->name, "job"))
		f->left--;
}

/* ---- following */

static bool take(void *context, struct str bytes)
{
	struct following *f = context;

	f->begun = true;
	f->fault = sse_read(&f->reader, bytes, print, f);
	return fflush(stdout) == 0 && f->fault == OK && f->left != 0;
}

static void add_field(struct buf *path, const struct cli *cli, const char *name)
{
	const char *value = option_text(&cli->options, name);

	if (value == NULL)
		return;
	buf_printf(path, "&%s=", name);
	form_encode(path, str_of(value));
}

static struct str path_of(struct cli *cli)
{
	static const char *const names[] = { "queue", "job", "group", "types", "after" };
	struct buf path = { 0 };

	buf_add(&path, S("/v1/events?format=sse"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_field(&path, cli, names[i]);
	struct str all = arena_str(cli->arena, buf_str(&path));
	buf_free(&path);
	return all;
}

/* A stream that has begun once is worth waiting for. */
static bool comes_again(const struct following *f, int code)
{
	return f->left != 0 && f->fault == OK && !ferror(stdout) &&
	       !option_on(&f->cli->options, "once") && f->begun &&
	       (code == CLI_DONE || code == CLI_UNREACHABLE);
}

static int follow(struct following *f, struct client *client)
{
	struct str path = path_of(f->cli);
	struct answer a;

	for (;;) {
		struct arena *arena = arena_open();
		struct str last = arena_str(arena, buf_str(&f->reader.id));
		int code = client_stream(client, arena, path, last, take, f, &a);
		sse_read_end(&f->reader);
		bool again = comes_again(f, code);
		if (code != CLI_DONE && !again)
			cli_fail(code, "%.*s", S_ARG(a.problem));
		arena_close(arena);
		if (f->fault != OK)
			return cli_fail(CLI_BUG, "The server sent an event that is too large to be one.");
		if (!again)
			return code;
		cli_wait_ms(f->reader.retry_ms > 0 ? (int)f->reader.retry_ms : RETRY_MS);
	}
}

static int run(struct cli *cli)
{
	struct client *client = cli_client(cli);
	int64_t max = option_number(&cli->options, "max");
	struct following f = { .cli = cli, .arena = arena_open(), .left = max > 0 ? max : -1 };

	int code = client == NULL ? CLI_WRONG : follow(&f, client);
	sse_read_free(&f.reader);
	arena_close(f.arena);
	return code;
}

const struct command commands_events[] = {
	{ .name = "events",
	  .help = "What happens to jobs, as it happens.",
	  .examples = "ringi events --queue orders\n"
	              "ringi events --types job.failed,job.canceled --after now\n"
	              "ringi events --job 019f2c1e-7d4b-7a31-9d0e-3f0a5b6c7d8e --json",
	  .options = options,
	  .run = run },
	{ 0 },
};
