/* schedule.c - `ringi schedule ...`: what is sent at which times of the calendar. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "wire/form.h"

/* Shared by put and next: what says when. */
#define ZONE_OPTION \
	{ \
		.name = "zone", .value = "NAME", .help = "time zone, as Europe/Berlin (UTC)", \
		.marks = OPTION_FLAG_ONLY \
	}
#define HOLIDAYS_OPTION \
	{ \
		.name = "holidays", .value = "CALENDAR", \
		.help = "whose days are no business days: ringi calendar", .marks = OPTION_FLAG_ONLY \
	}
#define COUNT_OPTIONS \
	{ .name = "count", \
	  .kind = OPTION_NUMBER, \
	  .value = "N", \
	  .fallback = "5", \
	  .least = 1, \
	  .most = SCHEDULE_PREVIEW_MAX, \
	  .help = "how many due times", \
	  .marks = OPTION_FLAG_ONLY }, \
		{ .name = "from", \
		  .value = "TIME", \
		  .help = "after this moment, RFC 3339 (now)", \
		  .marks = OPTION_FLAG_ONLY }, \
	{ \
		.name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY \
	}

static const struct option put_options[] = {
	{ .name = "cron",
	  .value = "EXPRESSION",
	  .help = "minute hour day-of-month month day-of-week, as '30 9 LB * ?', or @daily",
	  .marks = OPTION_FLAG_ONLY },
	ZONE_OPTION,
	HOLIDAYS_OPTION,
	{ .name = "catch-up",
	  .kind = OPTION_CHOICE,
	  .choices = "skip|one|all",
	  .help = "what becomes of times that were missed (skip)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "overlap",
	  .kind = OPTION_CHOICE,
	  .choices = "allow|skip|cancel_previous",
	  .help = "while the job before has not ended (skip; allow on a queue that keeps no jobs)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "priority",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .most = MESSAGE_PRIORITY_MAX,
	  .help = "of the jobs",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "label",
	  .kind = OPTION_LIST,
	  .value = "NAME=TEXT",
	  .help = "of the jobs; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "paused",
	  .kind = OPTION_SWITCH,
	  .help = "fire nothing until it is resumed",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};
static const struct option next_options[] = { COUNT_OPTIONS, { 0 } };
static const struct option preview_options[] = { ZONE_OPTION,
	                                             HOLIDAYS_OPTION,
	                                             COUNT_OPTIONS,
	                                             { 0 } };

static struct str path_of(struct cli *cli, const char *behind)
{
	return cli_path(cli, "/v1/schedules/", cli_arg(cli, 0), behind);
}

/* ---- put */

static struct str standard_input(struct cli *cli)
{
	struct buf all = { 0 };
	int c;

	while (all.len <= MESSAGE_SIZE_MAX && (c = getc(stdin)) != EOF)
		buf_add_byte(&all, (char)c);
	arena_adopt(cli->arena, all.at);
	return buf_str(&all);
}

static int put(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct str payload = str_of(cli_arg(cli, 2));
	struct answer a;

	if (option_text(&cli->options, "cron") == NULL)
		return cli_fail(CLI_WRONG, "When? Give --cron EXPRESSION, as --cron '0 7 * * *'.");
	json_put_text(cli->arena, body, "queue", str_of(cli_arg(cli, 1)));
	json_put_text(cli->arena, body, "payload",
	              str_is(payload, "-") ? standard_input(cli) : payload);
	cli_put_option(cli, body, "cron", "cron");
	cli_put_option(cli, body, "zone", "zone");
	cli_put_option(cli, body, "holidays", "holidays");
	cli_put_option(cli, body, "catch-up", "catch_up");
	cli_put_option(cli, body, "overlap", "overlap");
	if (option_given(&cli->options, "priority"))
		json_put_number(cli->arena, body, "priority", option_number(&cli->options, "priority"));
	if (option_on(&cli->options, "paused"))
		json_add(body, S("paused"), json_new(cli->arena, JSON_TRUE));
	int code = cli_put_labels(cli, body);
	if (code == CLI_DONE)
		code = cli_rest(cli, "PUT", path_of(cli, ""), body, &a);
	if (code == CLI_DONE)
		cli_show(cli, a.json);
	return code;
}

/* ---- look */

static const struct column list_columns[] = {
	{ "name", "NAME", false },
	{ "queue", "QUEUE", false },
	{ "cron", "CRON", false },
	{ "zone", "ZONE", false },
	{ "next_at", "NEXT", false },
	{ "outcome", "LAST", false },
	{ "paused", "PAUSED", false },
	{ "fired", "FIRED", true },
	{ "skipped", "SKIPPED", true },
	{ "failed", "FAILED", true },
	{ 0 },
};

/* All pages as one list; the last outcome is a column of its own. */
static int list(struct cli *cli)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	int code = cli_pages(cli, S("/v1/schedules"), "schedules", 0, INT64_MAX, all, NULL);

	if (code != CLI_DONE)
		return code;
	if (!option_on(&cli->options, "json"))
		for (struct json *one = all->first; one != NULL; one = one->next)
			json_put_text(cli->arena, one, "outcome",
			              json_get_text(json_get(one, "last"), "outcome"));
	cli_list(cli, all, list_columns);
	return CLI_DONE;
}

static int show(struct cli *cli)
{
	return cli_rest_show(cli, "GET", path_of(cli, ""), NULL);
}

/* One line each, as the clocks of the zone show it. */
static void show_due(struct cli *cli, const struct json *answer)
{
	if (option_on(&cli->options, "json")) {
		cli_show(cli, answer);
		return;
	}
	JSON_EACH (json_get(answer, "next"), v)
		printf("%.*s\n", S_ARG(json_text(v)));
}

static int next(struct cli *cli)
{
	const char *from = option_text(&cli->options, "from");
	struct buf query = { 0 };
	struct answer a;

	buf_printf(&query, "/next?count=%lld", (long long)option_number(&cli->options, "count"));
	if (from != NULL) {
		buf_add(&query, S("&from="));
		form_encode(&query, str_of(from));
	}
	buf_add_byte(&query, '\0');
	arena_adopt(cli->arena, query.at);
	int code = cli_rest(cli, "GET", path_of(cli, query.at), NULL, &a);
	if (code == CLI_DONE)
		show_due(cli, a.json);
	return code;
}

static int preview(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(cli->arena, body, "cron", str_of(cli_arg(cli, 0)));
	json_put_number(cli->arena, body, "count", option_number(&cli->options, "count"));
	cli_put_option(cli, body, "zone", "zone");
	cli_put_option(cli, body, "holidays", "holidays");
	cli_put_option(cli, body, "from", "from");
	int code = cli_rest(cli, "POST", S("/v1/schedules:preview"), body, &a);
	if (code != CLI_DONE)
		return code;
	show_due(cli, a.json);
	const struct json *due = json_get(a.json, "next");
	return due != NULL && due->count > 0
	           ? CLI_DONE
	           : cli_fail(CLI_REFUSED,
	                      "The expression names no time in the eight years from there.");
}

/* ---- change */

static int pause_schedule(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "POST", path_of(cli, "/pause"), NULL, &a);
}

static int resume(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "POST", path_of(cli, "/resume"), NULL, &a);
}

static int run(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "POST", path_of(cli, "/run"), NULL, &a);

	if (code == CLI_DONE)
		printf("%.*s\n", S_ARG(json_get_text(a.json, "id")));
	return code;
}

static int delete_schedule(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE", path_of(cli, ""), NULL, &a);
}

#define NAMED(word, what, sentence, function) \
	{ \
		.group = "schedule", .name = word, .args = "NAME", .help = sentence, \
		.examples = "ringi schedule " word " daily-report", .options = what, .args_min = 1, \
		.args_max = 1, .run = function \
	}

const struct command commands_schedule[] = {
	{ .group = "schedule",
	  .name = "list",
	  .help = "Schedules: when they are due next, and what came of the last time.",
	  .examples = "ringi schedule list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "schedule",
	  .name = "put",
	  .args = "NAME QUEUE PAYLOAD",
	  .help = "Makes a schedule, or defines it anew; PAYLOAD - is standard input.",
	  .examples =
	      "ringi schedule put daily-report reports '{\"report\": \"sales\"}' --cron '0 7 B * ?' "
	      "--zone Europe/Berlin --holidays de\n"
	      "ringi schedule put closing books close --cron '30 18 LB * ?' --zone Asia/Tokyo "
	      "--catch-up one",
	  .options = put_options,
	  .args_min = 3,
	  .args_max = 3,
	  .run = put },
	NAMED("show", cli_json_option, "One schedule, with its next due times.", show),
	{ .group = "schedule",
	  .name = "next",
	  .args = "NAME",
	  .help = "The next due times, as the clocks of its zone show them.",
	  .examples = "ringi schedule next daily-report --count 10\n"
	              "ringi schedule next daily-report --from 2027-03-01T00:00:00Z",
	  .options = next_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = next },
	{ .group = "schedule",
	  .name = "preview",
	  .args = "EXPRESSION",
	  .help = "When an expression would be due; nothing is stored.",
	  .examples = "ringi schedule preview '0 9 1B * ?' --zone Asia/Tokyo --holidays jp",
	  .options = preview_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = preview },
	NAMED("pause", cli_no_options, "Fires nothing until it is resumed.", pause_schedule),
	NAMED("resume", cli_no_options, "Goes on with the next due time.", resume),
	NAMED("run", cli_no_options, "Fires it now; prints the id of the job.", run),
	NAMED("delete", cli_no_options, "Deletes a schedule; its jobs stay.", delete_schedule),
	{ 0 },
};
