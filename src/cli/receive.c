/* receive.c - `ringi receive`: messages out of a queue, to standard output.
 *
 * Without --delete they come back when their visibility timeout ends, as with every
 * receiver that dies. With it they are deleted after they were written out. */
#include <stdio.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"

enum { RECEIVE_MAX = 1000000 };

static const struct option options[] = {
	{ .name = "max",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "1",
	  .least = 1,
	  .most = RECEIVE_MAX,
	  .help = "so many messages at most",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "wait",
	  .letter = 'w',
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = QUEUE_WAIT_MAX_S,
	  .help = "wait for the first one (the queue's setting)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "visibility",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = QUEUE_VISIBILITY_MAX_S,
	  .help = "hide them that long (the queue's setting)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "delete",
	  .letter = 'd',
	  .kind = OPTION_SWITCH,
	  .help = "delete what was printed",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json",
	  .kind = OPTION_SWITCH,
	  .help = "print each message as JSON, with receipt and attributes",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static int ask(struct cli *cli, int64_t max, bool first, struct answer *a)
{
	const struct options *o = &cli->options;
	struct json *p = json_new(cli->arena, JSON_OBJECT);
	int code = cli_put_queue(cli, p, cli_arg(cli, 0));

	if (code != CLI_DONE)
		return code;
	json_put_number(cli->arena, p, "MaxNumberOfMessages",
	                max < BATCH_ENTRIES_MAX ? max : BATCH_ENTRIES_MAX);
	if (!first)
		json_put_number(cli->arena, p, "WaitTimeSeconds", 0);
	else if (option_given(o, "wait"))
		json_put_number(cli->arena, p, "WaitTimeSeconds", option_number(o, "wait"));
	if (option_given(o, "visibility"))
		json_put_number(cli->arena, p, "VisibilityTimeout", option_number(o, "visibility"));
	for (int i = 0; i < 2; i++) {
		struct json *names = json_add(p,
		                              i ? S("MessageAttributeNames")
		                                : S("MessageSystemAttributeNames"),
		                              json_new(cli->arena, JSON_ARRAY));
		json_add(names, S_NONE, json_new_text(cli->arena, JSON_STRING, S("All")));
	}
	return cli_sqs(cli, "ReceiveMessage", p, a);
}

static void print(struct cli *cli, const struct json *messages)
{
	JSON_EACH (messages, m) {
		struct str text = option_on(&cli->options, "json") ? json_written(cli->arena, m)
		                                                   : json_get_text(m, "Body");
		fwrite(text.at == NULL ? "" : text.at, 1, text.len, stdout);
		putchar('\n');
	}
}

static int delete_all(struct cli *cli, const struct json *messages)
{
	struct json *p = json_new(cli->arena, JSON_OBJECT);
	struct json *entries = json_new(cli->arena, JSON_ARRAY);
	struct answer a;
	int code = cli_put_queue(cli, p, cli_arg(cli, 0));

	JSON_EACH (messages, m) {
		struct json *e = json_add(entries, S_NONE, json_new(cli->arena, JSON_OBJECT));
		json_put_text(cli->arena, e, "Id", arena_printf(cli->arena, "%u", entries->count));
		json_put_text(cli->arena, e, "ReceiptHandle", json_get_text(m, "ReceiptHandle"));
	}
	json_add(p, S("Entries"), entries);
	if (code == CLI_DONE)
		code = cli_sqs(cli, "DeleteMessageBatch", p, &a);
	const struct json *failed = code == CLI_DONE ? json_get(a.json, "Failed") : NULL;
	if (failed != NULL && failed->count > 0) {
		struct str why = json_get_text(failed->first, "Message");
		return cli_fail(CLI_REFUSED, "%u of these messages were not deleted: %.*s", failed->count,
		                S_ARG(why));
	}
	return code;
}

static int run(struct cli *cli)
{
	int64_t left = option_number(&cli->options, "max");
	int64_t got = 0;
	struct answer a;

	while (left > 0) {
		int code = ask(cli, left, got == 0, &a);
		if (code != CLI_DONE)
			return code;
		const struct json *messages = json_get(a.json, "Messages");
		if (messages == NULL || messages->count == 0)
			break;
		print(cli, messages);
		if (fflush(stdout) != 0)
			return cli_fail(CLI_STORAGE, "The output could not be written; nothing was deleted.");
		if (option_on(&cli->options, "delete") && (code = delete_all(cli, messages)) != CLI_DONE)
			return code;
		got += messages->count;
		left -= messages->count;
	}
	if (got == 0)
		fprintf(stderr, "No message.\n");
	return CLI_DONE;
}

const struct command commands_receive[] = {
	{ .name = "receive",
	  .args = "QUEUE",
	  .help = "Receives messages and prints their bodies.",
	  .examples = "ringi receive orders\n"
	              "ringi receive orders --wait 20 --delete\n"
	              "ringi receive orders --max 100 --delete > orders.txt\n"
	              "ringi receive orders --json --visibility 300",
	  .options = options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = run },
	{ 0 },
};
