/* job_recovery.c - `ringi job recovery`: what sagas left to people, and that it is done. */
#include <stdio.h>

#include "base/limits.h"
#include "cli/client.h"
#include "cli/job.h"

#define FLAG .marks = OPTION_FLAG_ONLY

const struct option job_recovery_options[] = {
	{ .name = "all", .kind = OPTION_SWITCH, .help = "those that are done, too", FLAG },
	{ .name = "max",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "50",
	  .least = 1,
	  .most = 1000000,
	  .help = "so many at most",
	  FLAG },
	{ .name = "reason", .letter = 'r', .value = "TEXT", .help = "with an ID: what was done", FLAG },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", FLAG },
	{ 0 },
};

static const struct column columns[] = {
	{ "id", "ID", false },
	{ "state", "STATE", false },
	{ "step", "STEP", false },
	{ "what", "WHAT", false },
	{ "created_at", "SINCE", false },
	{ "done_by", "DONE BY", false },
	{ "why", "WHY", false },
	{ 0 },
};

static int list(struct cli *cli)
{
	struct json *found = json_new(cli->arena, JSON_ARRAY);
	struct buf table = { 0 };
	bool more = false;
	struct str path = option_on(&cli->options, "all") ? S("/v1/recoveries")
	                                                  : S("/v1/recoveries?state=OPEN");
	int code = cli_pages(cli, path, "recoveries", RECOVERY_LIST_MAX,
	                     option_number(&cli->options, "max"), found, &more);

	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "json"))
		cli_show(cli, found);
	else if (found->count == 0)
		printf("There is nothing to do.\n");
	else
		cli_table(&table, found, columns);
	if (table.len > 0)
		fwrite(table.at, 1, table.len, stdout);
	buf_free(&table);
	if (more)
		fprintf(stderr, "There are more: -n shows them.\n");
	return CLI_DONE;
}

static int done(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	if (!option_given(&cli->options, "reason"))
		return cli_fail(CLI_WRONG,
		                "What was done? Say it with --reason: it is kept with the item.");
	json_put_text(cli->arena, body, "reason", str_of(option_text(&cli->options, "reason")));
	for (int i = 0; i < cli->options.arg_count; i++) {
		struct str path = arena_printf(cli->arena, "/v1/recoveries/%s/done", cli_arg(cli, i));
		int code = cli_rest(cli, "POST", path, body, &a);
		if (code != CLI_DONE)
			return code;
		if (option_on(&cli->options, "json"))
			cli_show(cli, a.json);
		else
			printf("%s %.*s\n", cli_arg(cli, i), S_ARG(json_get_text(a.json, "state")));
	}
	return CLI_DONE;
}

int job_recovery_run(struct cli *cli)
{
	return cli->options.arg_count > 0 ? done(cli) : list(cli);
}
