/* job.c - `ringi job ...`: submit work, see what became of it, stop it, try it again. */
#include "cli/job.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/time.h"
#include "cli/client.h"
#include "wire/form.h"

enum { WAIT_STEP_S = 20, CANCEL_STEPS_MAX = 100000 };

struct str job_path(struct cli *cli, const char *id, const char *behind)
{
	struct buf b = { 0 };

	buf_add(&b, S("/v1/jobs/"));
	form_encode(&b, str_of(id));
	buf_add_text(&b, behind);
	struct str path = arena_str(cli->arena, buf_str(&b));
	buf_free(&b);
	return path;
}

int64_t job_time(const struct json *job, const char *name)
{
	int64_t at = 0;

	return time_read_rfc3339(json_get_text(job, name), &at) ? at : 0;
}

int job_put_labels(struct cli *cli, struct json *object)
{
	const struct option_value *v = option_value(&cli->options, "label");
	struct json *labels;

	if (v->count == 0)
		return CLI_DONE;
	labels = json_add(object, S("labels"), json_new(cli->arena, JSON_OBJECT));
	for (int i = 0; i < v->count; i++) {
		struct str value = str_of(v->list[i]);
		struct str name = str_cut(&value, '=');
		if (!str_given(value) || name.len == 0)
			return cli_fail(CLI_WRONG, "--label must be NAME=VALUE, not '%s'.", v->list[i]);
		json_add(labels, name, json_new_text(cli->arena, JSON_STRING, value));
	}
	return CLI_DONE;
}

/* ---- submit */

#define FLAG .marks = OPTION_FLAG_ONLY

static const struct option submit_options[] = {
	{ .name = "label",
	  .letter = 'l',
	  .kind = OPTION_LIST,
	  .value = "NAME=VALUE",
	  .help = "to find it by; may be repeated",
	  FLAG },
	{ .name = "at", .value = "TIME", .help = "not before: 2026-11-22T15:37:32+09:00", FLAG },
	{ .name = "delay",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = JOB_AHEAD_MAX_MS / SECOND_MS,
	  .help = "not before that many seconds",
	  FLAG },
	{ .name = "timeout",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .least = 1,
	  .most = JOB_TIMEOUT_MAX_MS / SECOND_MS,
	  .help = "for one attempt",
	  FLAG },
	{ .name = "parent", .value = "ID", .help = "the job that it belongs to", FLAG },
	{ .name = "message-group",
	  .letter = 'g',
	  .value = "ID",
	  .help = "FIFO queues: message group",
	  FLAG },
	{ .name = "dedup", .value = "ID", .help = "FIFO queues: deduplication id", FLAG },
	{ .name = "reply-to",
	  .value = "QUEUE",
	  .help = "its end is told there, in the same transaction",
	  FLAG },
	{ .name = "correlation",
	  .value = "ID",
	  .help = "with --reply-to: what the reply is known by",
	  FLAG },
	{ .name = "wait",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = 7 * 86400,
	  .help = "wait for it to end",
	  FLAG },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", FLAG },
	{ 0 },
};

static int read_payload(struct cli *cli, struct json *job)
{
	const char *given = cli_arg(cli, 1);
	struct buf all = { 0 };
	struct str why;
	int c;

	if (given == NULL)
		return CLI_DONE;
	if (strcmp(given, "-") == 0)
		while (all.len <= HTTP_BODY_MAX && (c = getc(stdin)) != EOF)
			buf_add_byte(&all, (char)c);
	else
		buf_add_text(&all, given);
	struct json *payload = json_read(cli->arena, buf_str(&all), &why);
	buf_free(&all);
	if (payload == NULL)
		return cli_fail(CLI_WRONG,
		                "The payload must be JSON, as in '{\"order\": 7}' or '\"text\"': %.*s",
		                S_ARG(why));
	json_add(job, S("payload"), payload);
	return CLI_DONE;
}

static void put_ms(struct cli *cli, struct json *job, const char *option, const char *name)
{
	if (option_given(&cli->options, option))
		json_put_number(cli->arena, job, name, option_number(&cli->options, option) * SECOND_MS);
}

static int read_job(struct cli *cli, struct json *job)
{
	int code = read_payload(cli, job);

	if (option_given(&cli->options, "correlation") && !option_given(&cli->options, "reply-to"))
		return cli_fail(CLI_WRONG, "--correlation belongs to a reply: give --reply-to as well.");
	cli_put_option(cli, job, "at", "execute_at");
	put_ms(cli, job, "delay", "delay_ms");
	put_ms(cli, job, "timeout", "timeout_ms");
	cli_put_option(cli, job, "parent", "parent");
	cli_put_option(cli, job, "message-group", "message_group");
	cli_put_option(cli, job, "dedup", "dedup");
	if (option_given(&cli->options, "reply-to")) {
		struct json *to = json_add(job, S("reply_to"), json_new(cli->arena, JSON_OBJECT));
		cli_put_option(cli, to, "reply-to", "queue");
		cli_put_option(cli, to, "correlation", "correlation_id");
	}
	return code == CLI_DONE ? job_put_labels(cli, job) : code;
}

/* ---- wait */

static bool ended(const struct json *job)
{
	struct str state = json_get_text(job, "state");

	return !str_is(state, "PENDING") && !str_is(state, "RUNNING");
}

/* "?wait=" for one request of those seconds, which become fewer. */
static const char *next_wait(struct cli *cli, int64_t *seconds)
{
	int64_t step = *seconds < WAIT_STEP_S ? *seconds : WAIT_STEP_S;

	*seconds -= step;
	return arena_printf(cli->arena, "?wait=%lld", (long long)step).at;
}

/* Exit code 1: it did not succeed, or not in time. */
static int show_end(struct cli *cli, const struct json *job)
{
	cli_show(cli, job);
	if (str_is(json_get_text(job, "state"), "SUCCEEDED"))
		return CLI_DONE;
	return cli_fail(CLI_REFUSED, ended(job) ? "The job is %.*s." : "The job is still %.*s.",
	                S_ARG(json_get_text(job, "state")));
}

/* Asks again and again, since one answer may take a minute at most. */
static int wait_for(struct cli *cli, const char *id, int64_t seconds)
{
	struct answer a;

	do {
		int code = cli_rest(cli, "GET", job_path(cli, id, next_wait(cli, &seconds)), NULL, &a);
		if (code != CLI_DONE)
			return code;
	} while (!ended(a.json) && seconds > 0);
	return show_end(cli, a.json);
}

static int submit(struct cli *cli)
{
	struct json *job = json_new(cli->arena, JSON_OBJECT);
	int64_t seconds = option_number(&cli->options, "wait");
	bool waits = seconds > 0;
	const char *behind = waits ? next_wait(cli, &seconds) : "";
	struct answer a;
	int code = read_job(cli, job);

	behind = arena_printf(cli->arena, "/jobs%s", behind).at;
	if (code == CLI_DONE)
		code = cli_rest(cli, "POST", cli_queue_path(cli, cli_arg(cli, 0), behind), job, &a);
	if (code != CLI_DONE)
		return code;
	struct str id = json_get_text(a.json, "id");
	if (waits && !ended(a.json) && seconds > 0)
		return wait_for(cli, arena_str(cli->arena, id).at, seconds);
	if (waits)
		return show_end(cli, a.json);
	if (option_on(&cli->options, "json"))
		cli_show(cli, a.json);
	else
		printf("%.*s\n", S_ARG(id));
	return CLI_DONE;
}

static const struct option wait_options[] = {
	{ .name = "timeout",
	  .letter = 't',
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .fallback = "3600",
	  .least = 1,
	  .most = 30 * 86400,
	  .help = "give up after so long",
	  FLAG },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", FLAG },
	{ 0 },
};

static int wait(struct cli *cli)
{
	return wait_for(cli, cli_arg(cli, 0), option_number(&cli->options, "timeout"));
}

static int show(struct cli *cli)
{
	return cli_rest_show(cli, "GET", job_path(cli, cli_arg(cli, 0), ""), NULL);
}

/* ---- cancel, retry */

static const struct option cancel_options[] = {
	CLI_REASON,
	{ .name = "queue",
	  .letter = 'q',
	  .value = "NAME",
	  .help = "instead of ID: all that have not ended",
	  FLAG },
	{ .name = "label",
	  .letter = 'l',
	  .kind = OPTION_LIST,
	  .value = "NAME=VALUE",
	  .help = "instead of ID: those with it; may be repeated",
	  FLAG },
	{ .name = "trace", .value = "ID", .help = "instead of ID: those of a trace", FLAG },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", FLAG },
	{ 0 },
};

static const struct option retry_options[] = {
	CLI_REASON,
	{ .name = "at", .value = "TIME", .help = "not before: 2026-11-22T15:37:32+09:00", FLAG },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", FLAG },
	{ 0 },
};

/* The same for each of the ids. */
static int change(struct cli *cli, const char *what, const struct json *body)
{
	struct answer a;

	for (int i = 0; i < cli->options.arg_count; i++) {
		int code = cli_rest(cli, "POST", job_path(cli, cli_arg(cli, i), what), body, &a);
		if (code != CLI_DONE)
			return code;
		if (option_on(&cli->options, "json"))
			cli_show(cli, a.json);
		else
			printf("%s %.*s%s\n", cli_arg(cli, i), S_ARG(json_get_text(a.json, "state")),
			       json_get(a.json, "cancel_requested_at") != NULL && !ended(a.json)
			           ? " (its worker will be told)"
			           : "");
	}
	return CLI_DONE;
}

/* A step at a time, until the server has looked at all. */
static int cancel_many(struct cli *cli, struct json *body)
{
	struct json *query = json_add(body, S("query"), json_new(cli->arena, JSON_OBJECT));
	int64_t canceled = 0, asked = 0;
	struct answer a;

	cli_put_option(cli, query, "queue", "queue");
	cli_put_option(cli, query, "trace", "trace");
	int code = job_put_labels(cli, query);
	for (int i = 0; code == CLI_DONE && i < CANCEL_STEPS_MAX; i++) {
		code = cli_rest(cli, "POST", S("/v1/jobs:cancel"), body, &a);
		if (code != CLI_DONE)
			break;
		canceled += json_number(json_get(a.json, "canceled"));
		asked += json_number(json_get(a.json, "asked"));
		struct str cursor = arena_str(cli->arena, json_get_text(a.json, "cursor"));
		if (!str_given(cursor))
			break;
		if (json_get(body, "cursor") == NULL)
			json_put_text(cli->arena, body, "cursor", cursor);
		else
			body->last->text = cursor;
	}
	printf(option_on(&cli->options, "json") ? "{\"canceled\":%lld,\"asked\":%lld}\n"
	                                        : "%lld canceled, %lld workers will be told\n",
	       (long long)canceled, (long long)asked);
	return code;
}

static int cancel(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	const struct options *o = &cli->options;
	bool many = option_given(o, "queue") || option_given(o, "trace") ||
	            option_value(o, "label")->count > 0;

	cli_put_option(cli, body, "reason", "reason");
	if (many == (o->arg_count > 0))
		return cli_fail(CLI_WRONG, "Which jobs? Give their ids, or --queue, --label or --trace.");
	return many ? cancel_many(cli, body) : change(cli, "/cancel", body);
}

static int retry(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "reason", "reason");
	cli_put_option(cli, body, "at", "execute_at");
	return change(cli, "/retry", body);
}

const struct command commands_job[] = {
	{ .group = "job",
	  .name = "submit",
	  .args = "QUEUE [JSON|-]",
	  .help = "Submits a job; - reads its payload from standard input.",
	  .examples = "ringi job submit exports '{\"month\": \"2026-11\"}' --label customer=4711\n"
	              "ringi job submit exports --at 2026-12-01T02:00:00+09:00\n"
	              "ringi job submit exports '{}' --wait 60",
	  .options = submit_options,
	  .args_min = 1,
	  .args_max = 2,
	  .run = submit },
	{ .group = "job",
	  .name = "list",
	  .help = "Lists jobs, newest first.",
	  .examples = "ringi job list --queue exports --state FAILED\n"
	              "ringi job list --label customer=4711 --json",
	  .options = job_list_options,
	  .run = job_list_run },
	{ .group = "job",
	  .name = "show",
	  .args = "ID",
	  .help = "Shows one job with its payload, result and attempts.",
	  .examples = "ringi job show 019f2a3b-...",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = show },
	{ .group = "job",
	  .name = "wait",
	  .args = "ID",
	  .help = "Waits for a job to end; exit code 0 when it succeeded.",
	  .examples = "ringi job wait 019f2a3b-... --timeout 600",
	  .options = wait_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = wait },
	{ .group = "job",
	  .name = "cancel",
	  .args = "[ID...]",
	  .help = "Cancels jobs: waiting ones at once, running ones by telling their workers.",
	  .examples = "ringi job cancel 019f2a3b-... --reason 'ordered twice'\n"
	              "ringi job cancel --queue exports --label customer=4711",
	  .options = cancel_options,
	  .args_max = OPTION_ARGS_MAX,
	  .run = cancel },
	{ .group = "job",
	  .name = "retry",
	  .args = "ID...",
	  .help = "Puts FAILED jobs back into their queues.",
	  .examples = "ringi job retry 019f2a3b-... --reason 'the printer has paper again'",
	  .options = retry_options,
	  .args_min = 1,
	  .args_max = OPTION_ARGS_MAX,
	  .run = retry },
	{ .group = "job",
	  .name = "trace",
	  .args = "ID",
	  .help = "Draws the chain of jobs that one is part of, as a tree.",
	  .examples = "ringi job trace 019f2a3b-...",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = job_trace_run },
	{ .group = "job",
	  .name = "recovery",
	  .args = "[ID...]",
	  .help = "Lists what sagas left to people; with ids says that it is done.",
	  .examples = "ringi job recovery\n"
	              "ringi job recovery 019f2a3b-... --reason 'refunded by hand, ticket 4711'",
	  .options = job_recovery_options,
	  .args_max = OPTION_ARGS_MAX,
	  .run = job_recovery_run },
	{ 0 },
};
