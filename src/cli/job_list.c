/* job_list.c - `ringi job list`: pages of jobs until there are enough. */
#include <stdio.h>

#include "base/limits.h"
#include "cli/job.h"
#include "wire/form.h"

#define FLAG .marks = OPTION_FLAG_ONLY

const struct option job_list_options[] = {
	{ .name = "queue", .letter = 'q', .value = "NAME", .help = "of this queue", FLAG },
	{ .name = "state",
	  .letter = 's',
	  .value = "STATE",
	  .help = "PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED; several with commas",
	  FLAG },
	{ .name = "label",
	  .letter = 'l',
	  .kind = OPTION_LIST,
	  .value = "NAME=VALUE",
	  .help = "with this label; may be repeated",
	  FLAG },
	{ .name = "trace", .value = "ID", .help = "of this trace", FLAG },
	{ .name = "parent", .value = "ID", .help = "submitted by this job", FLAG },
	{ .name = "text", .value = "TEXT", .help = "in id, labels, worker, error, ...", FLAG },
	{ .name = "from", .value = "TIME", .help = "created then or later", FLAG },
	{ .name = "to", .value = "TIME", .help = "created earlier", FLAG },
	{ .name = "max",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "50",
	  .least = 1,
	  .most = 1000000,
	  .help = "so many at most",
	  FLAG },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", FLAG },
	{ 0 },
};

static const struct column columns[] = {
	{ "id", "ID", false },
	{ "queue", "QUEUE", false },
	{ "state", "STATE", false },
	{ "attempts", "ATTEMPTS", true },
	{ "created_at", "CREATED", false },
	{ "finished_at", "ENDED", false },
	{ "labels", "LABELS", false },
	{ "why", "WHY", false },
	{ 0 },
};

static void add(struct buf *query, const char *name, struct str value)
{
	buf_add_text(query, query->len > 0 ? "&" : "");
	form_encode(query, str_of(name));
	buf_add_byte(query, '=');
	form_encode(query, value);
}

static int read_query(struct cli *cli, struct buf *query)
{
	static const char *const names[][2] = { { "queue", "queue" }, { "state", "state" },
		                                    { "trace", "trace" }, { "parent", "parent" },
		                                    { "text", "q" },      { "from", "from" },
		                                    { "to", "to" } };
	struct json *labels = json_new(cli->arena, JSON_OBJECT);
	int code = job_put_labels(cli, labels);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (option_given(&cli->options, names[i][0]))
			add(query, names[i][1], str_of(option_text(&cli->options, names[i][0])));
	JSON_EACH (json_get(labels, "labels"), v)
		add(query, arena_printf(cli->arena, "label.%.*s", S_ARG(v->key)).at, v->text);
	return code;
}

int jobs_find(struct cli *cli, struct str query, int64_t max, struct json **array, bool *more)
{
	*array = json_new(cli->arena, JSON_ARRAY);
	return cli_pages(cli, arena_printf(cli->arena, "/v1/jobs?%.*s", S_ARG(query)), "jobs",
	                 JOB_LIST_MAX, max, *array, more);
}

/* For people: why it failed, in one column. */
static void add_why(struct cli *cli, struct json *jobs)
{
	for (struct json *job = jobs->first; job != NULL; job = job->next) {
		const struct json *error = json_get(job, "error");
		struct str code = json_get_text(error, "code"), message = json_get_text(error, "message");
		if (error != NULL && !str_is(json_get_text(job, "state"), "SUCCEEDED"))
			json_put_text(cli->arena, job, "why",
			              arena_printf(cli->arena, "%.*s%s%.*s", S_ARG(code),
			                           message.len > 0 ? ": " : "", S_ARG(message)));
	}
}

int job_list_run(struct cli *cli)
{
	struct json *jobs = NULL;
	struct buf query = { 0 };
	bool more = false;
	int code = read_query(cli, &query);

	if (code == CLI_DONE)
		code = jobs_find(cli, buf_str(&query), option_number(&cli->options, "max"), &jobs, &more);
	buf_free(&query);
	if (code != CLI_DONE)
		return code;
	if (!option_on(&cli->options, "json"))
		add_why(cli, jobs);
	cli_list(cli, jobs, columns);
	if (more)
		fprintf(stderr, "There are more; --max N shows more of them.\n");
	return CLI_DONE;
}
