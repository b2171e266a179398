/* calendar.c - `ringi calendar ...`: holidays, for schedules that know business days. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "wire/form.h"

static struct str path_of(struct cli *cli)
{
	struct buf path = { 0 };

	buf_add(&path, S("/v1/calendars/"));
	form_encode(&path, str_of(cli_arg(cli, 0)));
	arena_adopt(cli->arena, path.at);
	return buf_str(&path);
}

/* What a line has before a blank or a '#' is a day; other lines say nothing. */
static void add_line(struct cli *cli, struct json *days, struct str line)
{
	struct str day = str_trim(str_cut(&line, '#'));

	day = str_cut(&day, ' ');
	if (day.len > 0)
		json_add(days, S_NONE, json_new_text(cli->arena, JSON_STRING, arena_str(cli->arena, day)));
}

static void add_lines(struct cli *cli, struct json *days)
{
	char line[256];

	while (fgets(line, sizeof line, stdin) != NULL && days->count <= HOLIDAYS_MAX)
		add_line(cli, days, (struct str){ line, strcspn(line, "\r\n") });
}

static int put(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct json *days = json_add(body, S("holidays"), json_new(cli->arena, JSON_ARRAY));
	struct answer a;

	for (int i = 1; cli_arg(cli, i) != NULL; i++)
		if (str_is(str_of(cli_arg(cli, i)), "-"))
			add_lines(cli, days);
		else
			add_line(cli, days, str_of(cli_arg(cli, i)));
	int code = cli_rest(cli, "PUT", path_of(cli), body, &a);
	if (code == CLI_DONE)
		cli_show(cli, a.json);
	return code;
}

static const struct column list_columns[] = {
	{ "name", "NAME", false },
	{ "days", "DAYS", true },
	{ "schedules", "SCHEDULES", true },
	{ "changed_at", "CHANGED", false },
	{ 0 },
};

static int list(struct cli *cli)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	struct str path = S("/v1/calendars"), cursor;
	struct answer a;

	do {
		int code = cli_rest(cli, "GET", path, NULL, &a);
		if (code != CLI_DONE)
			return code;
		json_move_all(all, json_get(a.json, "calendars"));
		cursor = json_get_text(a.json, "cursor");
		path = arena_printf(cli->arena, "/v1/calendars?cursor=%.*s", S_ARG(cursor));
	} while (str_given(cursor));
	cli_list(cli, all, list_columns);
	return CLI_DONE;
}

/* The days, as put reads them. */
static int show(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "GET", path_of(cli), NULL, &a);

	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "json"))
		cli_show(cli, a.json);
	else
		JSON_EACH (json_get(a.json, "holidays"), v)
			printf("%.*s\n", S_ARG(json_text(v)));
	return CLI_DONE;
}

static int delete_calendar(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE", path_of(cli), NULL, &a);
}

const struct command commands_calendar[] = {
	{ .group = "calendar",
	  .name = "list",
	  .help = "Calendars of holidays.",
	  .examples = "ringi calendar list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "calendar",
	  .name = "put",
	  .args = "NAME DAY...",
	  .help = "Says which days are holidays; DAY - reads them from standard input, one a line.",
	  .examples = "ringi calendar put jp 2026-01-01 2026-01-12\n"
	              "ringi calendar put jp - < holidays.txt",
	  .options = cli_json_option,
	  .args_min = 2,
	  .args_max = OPTION_ARGS_MAX,
	  .run = put },
	{ .group = "calendar",
	  .name = "show",
	  .args = "NAME",
	  .help = "Its days.",
	  .examples = "ringi calendar show jp",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = show },
	{ .group = "calendar",
	  .name = "delete",
	  .args = "NAME",
	  .help = "Deletes a calendar that no schedule uses.",
	  .examples = "ringi calendar delete jp",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = delete_calendar },
	{ 0 },
};
