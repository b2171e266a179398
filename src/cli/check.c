/* check.c - `ringi check`: is the data of a stopped server whole? */
#include <stdio.h>

#include "cli/audit.h"
#include "cli/cli.h"
#include "store/check.h"

static const struct option options[] = {
	{ .name = "data", .value = "DIR", .help = "the data folder" },
	{ .name = "store",
	  .value = "PLACE",
	  .marks = OPTION_SECRET,
	  .help = "or postgres://USER@HOST/DATABASE?schema=NAME" },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

struct telling {
	struct cli *cli;
	struct json *sentences;
};

static void tell(void *context, const char *sentence)
{
	struct telling *t = context;

	json_add(t->sentences, S_NONE,
	         json_new_text(t->cli->arena, JSON_STRING, arena_str(t->cli->arena, str_of(sentence))));
	if (!option_on(&t->cli->options, "json"))
		printf("problem: %s\n", sentence);
}

/* A server on PostgreSQL has a folder too (its keys), so where both are given, e.g. by the
 * environment, the store is meant. NULL: neither. */
static const char *place_of(struct cli *cli, bool *wrong)
{
	const char *data = option_text(&cli->options, "data");
	const char *store = option_text(&cli->options, "store");

	if (store == NULL || str_is(str_of(store), "sqlite"))
		return data;
	*wrong = !str_starts(str_of(store), S("postgres://")) &&
	         !str_starts(str_of(store), S("postgresql://"));
	return store;
}

static int run(struct cli *cli)
{
	struct json *report = json_new(cli->arena, JSON_OBJECT);
	struct telling t = { cli, json_new(cli->arena, JSON_ARRAY) };
	bool wrong = false;
	const char *data = place_of(cli, &wrong);
	struct store_check result;
	char missing[256];

	if (data == NULL)
		return cli_fail(CLI_WRONG, "Say which data folder: --data DIR; or which database: "
		                           "--store postgres://USER@HOST/DATABASE?schema=NAME.");
	if (wrong)
		return cli_fail(CLI_WRONG, "--store is sqlite, or a URL that begins with postgres://.");
	if (!store_exists(data, missing))
		return cli_fail(CLI_WRONG, "%s", missing);
	enum err fault = store_check(data, tell, &t, &result);
	if (fault != OK)
		return cli_fail(CLI_STORAGE, "%s", result.detail);
	int64_t records = 0;
	char why[CHAIN_WRONG_SIZE];
	if (!audit_folder_holds(data, &records, why)) {
		result.problems++;
		tell(&t, arena_printf(cli->arena, "A1 audit log: %s", why).at);
	}
	json_put_number(cli->arena, report, "queues", result.queues);
	json_put_number(cli->arena, report, "messages", result.messages);
	json_put_number(cli->arena, report, "bytes", result.bytes);
	json_put_number(cli->arena, report, "audit_records", records);
	json_put_number(cli->arena, report, "problems", result.problems);
	if (option_on(&cli->options, "json"))
		json_add(report, S("sentences"), t.sentences);
	cli_show(cli, report);
	return result.problems == 0 ? CLI_DONE : CLI_STORAGE;
}

const struct command commands_check[] = {
	{ .name = "check",
	  .help = "Whether the data of a stopped server is whole.",
	  .examples = "ringi check --data /var/lib/ringi\n"
	              "ringi check --store postgres://ringi@db.example.com/ringi?schema=ringi",
	  .options = options,
	  .local = true,
	  .run = run },
	{ 0 },
};
