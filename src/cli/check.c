/* check.c - `ringi check`: is the data of a stopped server whole? */
#include <stdio.h>

#include "cli/audit.h"
#include "cli/cli.h"
#include "store/check.h"

static const struct option options[] = {
	{ .name = "data", .value = "DIR", .help = "the data folder" },
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

static int run(struct cli *cli)
{
	struct json *report = json_new(cli->arena, JSON_OBJECT);
	struct telling t = { cli, json_new(cli->arena, JSON_ARRAY) };
	const char *data = option_text(&cli->options, "data");
	struct store_check result;

	if (data == NULL)
		return cli_fail(CLI_WRONG, "Say which data folder: --data DIR.");
	if (!store_exists(data))
		return cli_fail(CLI_WRONG, "There is no ringi data in %s.", data);
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
	  .examples = "ringi check --data /var/lib/ringi",
	  .options = options,
	  .local = true,
	  .run = run },
	{ 0 },
};
