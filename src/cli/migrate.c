/* migrate.c - `ringi migrate`: all the data of a stopped server into another database. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "store/check.h"
#include "store/move.h"

#define FORM "a data folder, or postgres://USER@HOST/DATABASE?schema=NAME"

static const struct option options[] = {
	{ .name = "from",
	  .value = "PLACE",
	  .marks = OPTION_SECRET,
	  .help = FORM ": the stopped server's" },
	{ .name = "to", .value = "PLACE", .marks = OPTION_SECRET, .help = "the same: new, or empty" },
	{ .name = "reopen",
	  .value = "PLACE",
	  .marks = OPTION_SECRET,
	  .help = "lets a place that was moved away from be served again, as it was then" },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

struct telling {
	struct cli *cli;
	struct json *tables;
};

static void told(void *context, const char *table, int64_t rows)
{
	struct telling *t = context;

	const char *kept = arena_printf(t->cli->arena, "%s", table).at; /* JSON lends its names */

	json_put_number(t->cli->arena, t->tables, kept, rows);
	if (!option_on(&t->cli->options, "json") && rows > 0)
		printf("%12lld  %s\n", (long long)rows, table);
	fflush(stdout);
}

/* A PLACE that was asked for; NULL after the sentence was printed. */
static const char *place(struct cli *cli, const char *option)
{
	const char *text = option_text(&cli->options, option);

	if (text == NULL)
		cli_fail(CLI_WRONG, "Say --%s PLACE: " FORM ".", option);
	else if (strcmp(text, "sqlite") == 0 || strcmp(text, "postgres") == 0)
		cli_fail(CLI_WRONG, "--%s wants the place and not the kind of database: " FORM ".", option);
	else if (strncmp(text, "sqlite:", 7) == 0)
		return text + 7;
	else if (strstr(text, "://") != NULL && !store_on_postgres(text))
		cli_fail(CLI_WRONG, "--%s is a data folder, or a URL that begins with postgres://.",
		         option);
	else
		return text;
	return NULL;
}

static int reopen(struct cli *cli)
{
	const char *at = place(cli, "reopen");
	char detail[256];
	bool marked;

	if (at == NULL)
		return CLI_WRONG;
	if (!store_exists(at, detail))
		return cli_fail(CLI_WRONG, "%s", detail);
	if (store_reopen(at, &marked, detail) != OK)
		return cli_fail(CLI_STORAGE, "%s", detail);
	printf("%s\n", marked ? "It may be served again, as it was when it was moved."
	                      : "It was not moved; nothing was changed.");
	return CLI_DONE;
}

static void say_next(const char *from, const char *to)
{
	if (store_on_postgres(to) && !store_on_postgres(from))
		printf("next: ringi serve --data %s --store 'URL'   (the folder has the master key)\n",
		       from);
	else if (store_on_postgres(to))
		printf("next: ringi serve --data THE-SAME-FOLDER --store 'URL'\n");
	else
		printf("next: copy master.key and sns.pem of the server's --data folder into %s, then\n"
		       "      ringi serve --data %s\n",
		       to, to);
}

static int move(struct cli *cli)
{
	const char *from = place(cli, "from"), *to = from == NULL ? NULL : place(cli, "to");
	struct telling t = { cli, json_new(cli->arena, JSON_OBJECT) };
	struct json *report = json_new(cli->arena, JSON_OBJECT);
	struct store_move result;
	char missing[256];

	if (to == NULL)
		return CLI_WRONG;
	if (strcmp(from, to) == 0)
		return cli_fail(CLI_WRONG, "--from and --to are the same place.");
	if (!store_exists(from, missing))
		return cli_fail(CLI_WRONG, "%s", missing);
	enum err fault = store_move(from, to, told, &t, &result);
	if (fault != OK)
		return cli_fail(fault == ERR_LOST ? CLI_WRONG : CLI_STORAGE, "%s", result.detail);
	json_put_number(cli->arena, report, "tables", result.tables);
	json_put_number(cli->arena, report, "rows", result.rows);
	if (option_on(&cli->options, "json"))
		json_add(report, S("rows_by_table"), t.tables);
	cli_show(cli, report);
	if (!option_on(&cli->options, "json"))
		say_next(from, to);
	return CLI_DONE;
}

static int run(struct cli *cli)
{
	return option_text(&cli->options, "reopen") != NULL ? reopen(cli) : move(cli);
}

const struct command commands_migrate[] = {
	{ .name = "migrate",
	  .help = "Moves all data of a stopped server into another database.",
	  .examples = "ringi migrate --from /var/lib/ringi --to postgres://ringi@db.example.com/ringi\n"
	              "ringi migrate --from-file OLD-URL --to /var/lib/ringi-new\n"
	              "ringi migrate --reopen /var/lib/ringi",
	  .options = options,
	  .local = true,
	  .run = run },
	{ 0 },
};
