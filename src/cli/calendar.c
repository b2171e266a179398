/* calendar.c - `ringi calendar ...`: business calendars, for schedules and deadlines. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "wire/form.h"

static struct str path_of(struct cli *cli)
{
	return cli_path(cli, "/v1/calendars/", cli_arg(cli, 0), "");
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
	const char *file = option_text(&cli->options, "file");
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct json *days = NULL;

	if (file != NULL && cli_arg(cli, 1) != NULL)
		return cli_fail(CLI_WRONG, "Give days or --file, not both.");
	if (file == NULL && cli_arg(cli, 1) == NULL)
		return cli_fail(CLI_WRONG, "Which days? Give some, or - to read them, or --file.");
	int read = file == NULL ? CLI_DONE : document_read(cli, file, &body);
	if (read != CLI_DONE)
		return read;
	if (file == NULL)
		days = json_add(body, S("holidays"), json_new(cli->arena, JSON_ARRAY));
	for (int i = 1; cli_arg(cli, i) != NULL; i++)
		if (str_is(str_of(cli_arg(cli, i)), "-"))
			add_lines(cli, days);
		else
			add_line(cli, days, str_of(cli_arg(cli, i)));
	return cli_rest_show(cli, "PUT", path_of(cli), body);
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
	int code = cli_pages(cli, S("/v1/calendars"), "calendars", 0, INT64_MAX, all, NULL);

	if (code != CLI_DONE)
		return code;
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

static int deadline(struct cli *cli)
{
	const char *from = option_text(&cli->options, "from");
	struct buf path = { 0 };
	struct answer a;

	buf_add(&path, path_of(cli));
	buf_add(&path, S("/deadline?after="));
	form_encode(&path, str_of(cli_arg(cli, 1)));
	if (from != NULL) {
		buf_add(&path, S("&from="));
		form_encode(&path, str_of(from));
	}
	arena_adopt(cli->arena, path.at);
	int code = cli_rest(cli, "GET", buf_str(&path), NULL, &a);
	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "json"))
		cli_show(cli, a.json);
	else
		printf("%.*s\n", S_ARG(json_get_text(a.json, "at_local")));
	return CLI_DONE;
}

static const struct option put_options[] = {
	{ .name = "file",
	  .value = "FILE",
	  .help =
	      "the calendar as JSON: zone, hours, cut_off, national_holidays, holidays, working_days",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static const struct option deadline_options[] = {
	{ .name = "from",
	  .value = "TIME",
	  .help = "where it begins, RFC 3339 (now)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static int delete_calendar(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE", path_of(cli), NULL, &a);
}

const struct command commands_calendar[] = {
	{ .group = "calendar",
	  .name = "list",
	  .help = "Business calendars, those that are built in included.",
	  .examples = "ringi calendar list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "calendar",
	  .name = "put",
	  .args = "NAME [DAY...]",
	  .help = "Says which days are holidays; DAY - reads them from standard input, one a line.",
	  .examples = "ringi calendar put de 2026-12-24 2026-12-25\n"
	              "ringi calendar put de - < holidays.txt\n"
	              "ringi calendar put osaka --file osaka.json",
	  .options = put_options,
	  .args_min = 1,
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
	  .name = "deadline",
	  .args = "NAME DURATION",
	  .help = "When something ends that may take so long: P3D business days, PT4H opening hours.",
	  .examples = "ringi calendar deadline jp P3D\n"
	              "ringi calendar deadline jp PT4H --from 2026-11-20T16:00:00+09:00",
	  .options = deadline_options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = deadline },
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
