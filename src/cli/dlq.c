/* dlq.c - `ringi dlq ...`: what failed, why, and what becomes of it.
 *
 * Messages are named by their position, which `show` and `queue peek` print; whole
 * classes of them by the code of the error that their workers reported. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/queues.h"

enum { MESSAGES_MAX = 1000000, WATCH_MS = 500 };

/* ---- list */

static const struct column list_columns[] = {
	{ "name", "DEAD-LETTER QUEUE", false },
	{ "visible", "MESSAGES", true },
	{ "oldest_age", "OLDEST", true },
	{ "sources", "OF", false },
	{ 0 },
};

/* The queues whose dead letters it takes, as a list of names. */
static int sources_of(struct cli *cli, struct str dlq, struct json **names)
{
	struct json *p = json_new(cli->arena, JSON_OBJECT);
	struct answer a;
	int code = cli_put_queue(cli, p, dlq.at);

	*names = json_new(cli->arena, JSON_ARRAY);
	if (code == CLI_DONE)
		code = cli_sqs(cli, "ListDeadLetterSourceQueues", p, &a);
	if (code != CLI_DONE)
		return code;
	JSON_EACH (json_get(a.json, "queueUrls"), url) {
		struct str rest = url->text, name = S_NONE;
		while (str_given(rest))
			name = str_cut(&rest, '/');
		json_add(*names, S_NONE, json_new_text(cli->arena, JSON_STRING, name));
	}
	return CLI_DONE;
}

static int list(struct cli *cli)
{
	struct json *all = NULL, *found = json_new(cli->arena, JSON_ARRAY), *names = NULL;
	int code = queues_all(cli, NULL, &all);

	JSON_EACH (all, queue) {
		if (code != CLI_DONE)
			return code;
		if (!json_is(json_get(queue, "is_dlq"), JSON_TRUE))
			continue;
		struct str name = arena_str(cli->arena, json_get_text(queue, "name"));
		struct json *one = json_add(found, S_NONE, json_new(cli->arena, JSON_OBJECT));
		code = sources_of(cli, name, &names);
		json_put_text(cli->arena, one, "name", name);
		json_put_number(cli->arena, one, "visible", json_number(json_get(queue, "visible")));
		json_put_text(cli->arena, one, "oldest_age", json_get_text(queue, "oldest_age"));
		json_add(one, S("sources"), names);
	}
	if (code == CLI_DONE)
		cli_list(cli, found, list_columns);
	return code;
}

/* ---- errors */

static const struct column error_columns[] = {
	{ "code", "ERROR", false },
	{ "count", "MESSAGES", true },
	{ "positions", "AT POSITIONS", false },
	{ "message", "FOR EXAMPLE", false },
	{ 0 },
};

static int errors(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "GET", cli_queue_path(cli, cli_arg(cli, 0), "/errors"), NULL, &a);

	if (code != CLI_DONE)
		return code;
	cli_list(cli, json_get(a.json, "errors"), error_columns);
	if (json_is(json_get(a.json, "more"), JSON_TRUE))
		fprintf(stderr, "Only the first %lld messages were looked at.\n",
		        (long long)json_number(json_get(a.json, "messages")));
	return CLI_DONE;
}

/* ---- show */

static int one_message(struct cli *cli, const struct json **message)
{
	const char *position = cli_arg(cli, 1);
	struct json *found = NULL;
	int code = queue_peek(cli, cli_arg(cli, 0), position, 1, &found);

	if (code != CLI_DONE)
		return code;
	if (found->first == NULL ||
	    json_number(json_get(found->first, "position")) !=
	        json_number(&(struct json){ .kind = JSON_NUMBER, .text = str_of(position) }))
		return cli_fail(CLI_REFUSED,
		                "There is no message at position %s in %s; `ringi queue peek %s` shows "
		                "those there are.",
		                position, cli_arg(cli, 0), cli_arg(cli, 0));
	*message = found->first;
	return CLI_DONE;
}

static int show(struct cli *cli)
{
	const struct json *message = NULL;
	int code = one_message(cli, &message);

	if (code == CLI_DONE)
		cli_show(cli, message);
	return code;
}

/* ---- one message: edit and resend, delete */

static struct str message_path(struct cli *cli, const char *queue, int64_t position,
                               const char *behind)
{
	return cli_queue_path(cli, queue,
	                      arena_printf(cli->arena, "/messages/%lld%s", (long long)position, behind)
	                          .at);
}

/* `body` absent: as it is. */
static int resend(struct cli *cli, int64_t position, struct str body)
{
	struct json *p = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	if (str_given(body))
		json_put_text(cli->arena, p, "body", body);
	if (option_text(&cli->options, "to") != NULL)
		json_put_text(cli->arena, p, "to", str_of(option_text(&cli->options, "to")));
	cli_put_option(cli, p, "reason", "reason");
	return cli_rest(cli, "POST", message_path(cli, cli_arg(cli, 0), position, "/resend"), p, &a);
}

static int read_body(struct cli *cli, struct str *body)
{
	const char *given = option_text(&cli->options, "body");
	struct buf all = { 0 };
	int c;

	*body = str_of(given);
	if (given == NULL || strcmp(given, "-") != 0)
		return CLI_DONE;
	while (all.len <= MESSAGE_SIZE_MAX && (c = getc(stdin)) != EOF)
		buf_add_byte(&all, (char)c);
	*body = arena_str(cli->arena, buf_str(&all));
	buf_free(&all);
	return CLI_DONE;
}

static int edit(struct cli *cli)
{
	const struct json *message = NULL;
	struct str body;
	int code = one_message(cli, &message);

	if (code == CLI_DONE)
		code = read_body(cli, &body);
	return code == CLI_DONE ? resend(cli, json_number(json_get(message, "position")), body) : code;
}

static int delete_one(struct cli *cli, int64_t position)
{
	struct answer a;

	return cli_rest(cli, "DELETE",
	                cli_with_reason(cli, message_path(cli, cli_arg(cli, 0), position, "")), NULL,
	                &a);
}

/* ---- many: by error, or all */

typedef int each_fn(struct cli *, int64_t position);

/* Calls for each message whose error is `error` (NULL: any); `fn` NULL only counts. */
static int each_message(struct cli *cli, const char *error, each_fn *fn, int64_t *count)
{
	struct json *messages = NULL;
	int code = queue_peek(cli, cli_arg(cli, 0), NULL, MESSAGES_MAX, &messages);

	JSON_EACH (messages, m) {
		if (code != CLI_DONE)
			break;
		if (error != NULL && !str_is(message_error_code(m), error))
			continue;
		if (fn != NULL)
			code = fn(cli, json_number(json_get(m, "position")));
		*count += code == CLI_DONE;
	}
	return code;
}

static int delete (struct cli *cli)
{
	const char *error = option_text(&cli->options, "error");
	int64_t count = 0, position;
	int code = CLI_DONE;

	if (error != NULL && cli->options.arg_count > 1)
		return cli_fail(CLI_WRONG, "Give positions or --error, not both.");
	if (error == NULL && cli->options.arg_count < 2)
		return cli_fail(CLI_WRONG,
		                "Which messages? Give positions or --error CODE; `ringi queue purge %s` "
		                "deletes all.",
		                cli_arg(cli, 0));
	if (error != NULL)
		code = each_message(cli, error, delete_one, &count);
	for (int i = 1; i < cli->options.arg_count && code == CLI_DONE; i++) {
		if (!str_i64(str_of(cli_arg(cli, i)), 0, INT64_MAX, &position))
			return cli_fail(CLI_WRONG, "'%s' is not a position; `ringi queue peek %s` shows them.",
			                cli_arg(cli, i), cli_arg(cli, 0));
		code = delete_one(cli, position);
		count += code == CLI_DONE;
	}
	printf("%lld deleted\n", (long long)count);
	return code;
}

static const struct option edit_options[] = {
	{ .name = "body",
	  .value = "BODY|-",
	  .help = "the mended body; - reads it from standard input",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "to",
	  .value = "QUEUE",
	  .help = "not back to where it came from, but there",
	  .marks = OPTION_FLAG_ONLY },
	CLI_REASON,
	{ 0 },
};
static const struct option delete_options[] = {
	{ .name = "error",
	  .value = "CODE",
	  .help = "all messages with this error",
	  .marks = OPTION_FLAG_ONLY },
	CLI_REASON,
	{ 0 },
};

const struct command commands_dlq[] = {
	{ .group = "dlq",
	  .name = "list",
	  .help = "Dead-letter queues, and whose they are.",
	  .examples = "ringi dlq list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "dlq",
	  .name = "errors",
	  .args = "DLQ",
	  .help = "What went wrong: messages grouped by error.",
	  .examples = "ringi dlq errors orders-dlq",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = errors },
	{ .group = "dlq",
	  .name = "show",
	  .args = "DLQ POSITION",
	  .help = "All about one message.",
	  .examples = "ringi dlq show orders-dlq 17",
	  .options = cli_json_option,
	  .args_min = 2,
	  .args_max = 2,
	  .run = show },
	{ .group = "dlq",
	  .name = "edit",
	  .args = "DLQ POSITION",
	  .help = "Mends one message and sends it back.",
	  .examples = "ringi dlq edit orders-dlq 17 --body '{\"order\": 1}' --reason typo",
	  .options = edit_options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = edit },
	{ .group = "dlq",
	  .name = "delete",
	  .args = "DLQ [POSITION...]",
	  .help = "Gives messages up for good.",
	  .examples =
	      "ringi dlq delete orders-dlq 17 18\nringi dlq delete orders-dlq --error MISSING_NAME",
	  .options = delete_options,
	  .args_min = 1,
	  .args_max = OPTION_ARGS_MAX,
	  .run = delete },
	{ 0 },
};
