/* queue.c - `ringi queue ...`: what there is, and how it is set. */
#include <stdio.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/queues.h"

/* Words for people beside the API's names; both are taken. */
static const struct {
	const char *word, *attribute;
} words[] = {
	{ "visibility", "VisibilityTimeout" },     { "delay", "DelaySeconds" },
	{ "retention", "MessageRetentionPeriod" }, { "wait", "ReceiveMessageWaitTimeSeconds" },
	{ "max-size", "MaximumMessageSize" },
};
enum { WORDS = sizeof words / sizeof *words };

/* Of NAME=VALUE: /v1 calls that of jobs `retention`, an option here that of messages. */
static const char *const retentions[][2] = { { "message-retention", "MessageRetentionPeriod" },
	                                         { "job-retention", "retention" } };

static const struct option create_options[] = {
	{ .name = "visibility",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = QUEUE_VISIBILITY_MAX_S,
	  .help = "how long a received message is hidden",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "delay",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = QUEUE_DELAY_MAX_S,
	  .help = "how long a sent message is hidden",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "retention",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .least = QUEUE_RETENTION_MIN_S,
	  .most = QUEUE_RETENTION_MAX_S,
	  .help = "how long messages are kept",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "wait",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = QUEUE_WAIT_MAX_S,
	  .help = "how long a receive waits for a message",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "max-size",
	  .kind = OPTION_NUMBER,
	  .value = "BYTES",
	  .least = MESSAGE_SIZE_MIN_MAX,
	  .most = MESSAGE_SIZE_MAX,
	  .help = "of one message",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "dlq",
	  .value = "QUEUE",
	  .help = "dead-letter queue; made when it is missing",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "max-receives",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "3",
	  .least = 1,
	  .most = QUEUE_MAX_RECEIVES_MAX,
	  .help = "with --dlq: after so many receives",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "set",
	  .kind = OPTION_LIST,
	  .value = "NAME=VALUE",
	  .help = "any other attribute; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

/* The API's name of an attribute: as typed unless it is one of our words. */
static struct str attribute_of(struct str typed)
{
	for (int i = 0; i < WORDS; i++)
		if (str_is(typed, words[i].word))
			return str_of(words[i].attribute);
	for (int i = 0; i < 2; i++)
		if (str_is(typed, retentions[i][0]))
			return str_of(retentions[i][1]);
	return typed;
}

/* ringi's own attributes begin with a small letter and are set under /v1. */
static bool is_own(struct str attribute)
{
	return attribute.len > 0 && attribute.at[0] >= 'a' && attribute.at[0] <= 'z';
}

/* `on`, numbers, objects and the rest, as JSON has them. */
static struct json *own_value(struct arena *arena, struct str text)
{
	struct str why;
	int64_t n;

	if (str_is(text, "true") || str_is(text, "on"))
		return json_new(arena, JSON_TRUE);
	if (str_is(text, "false") || str_is(text, "off"))
		return json_new(arena, JSON_FALSE);
	if (str_i64(text, INT64_MIN, INT64_MAX, &n))
		return json_new_text(arena, JSON_NUMBER, text);
	struct json *object = str_starts(text, S("{")) || str_is(text, "null")
	                          ? json_read(arena, text, &why)
	                          : NULL;
	if (object != NULL)
		return object;
	return json_new_text(arena, JSON_STRING, text);
}

/* @FILE, JSON itself, or nothing: then there is none any more. */
static int schema_value(struct cli *cli, struct str text, struct json **out)
{
	*out = json_new(cli->arena, JSON_NULL);
	if (text.len == 0)
		return CLI_DONE;
	if (text.at[0] == '@')
		return document_read(cli, arena_str(cli->arena, str_from(text, 1)).at, out);
	return document_parse(cli, "schema", text, out);
}

/* NAME=VALUE into one of the two objects. */
static int take_pair(struct cli *cli, const char *pair, struct json *amazon, struct json *own)
{
	struct str value = str_of(pair);
	struct str typed = str_cut(&value, '='), name = attribute_of(typed);

	if (str_is(typed, "retention"))
		return cli_fail(CLI_WRONG, "The retention of what? Say message-retention for messages, "
		                           "job-retention for the jobs that have ended; both in seconds.");
	if (!str_given(value) || name.len == 0)
		return cli_fail(CLI_WRONG, "An attribute must be NAME=VALUE, not '%s'.", pair);
	const char *text = arena_str(cli->arena, name).at;
	if (json_get(amazon, text) != NULL || json_get(own, text) != NULL)
		return cli_fail(CLI_WRONG, "The attribute %s is given twice.", text);
	if (str_is(name, "schema")) {
		struct json *schema;
		int code = schema_value(cli, value, &schema);
		if (code == CLI_DONE)
			json_add(own, name, schema);
		return code;
	}
	if (is_own(name))
		json_add(own, name, own_value(cli->arena, value));
	else
		json_add(amazon, name,
		         json_new_text(cli->arena, JSON_STRING, arena_str(cli->arena, value)));
	return CLI_DONE;
}

static int put_own(struct cli *cli, const char *queue, struct json *own)
{
	struct answer a;

	if (own->count == 0)
		return CLI_DONE;
	return cli_rest(cli, "PUT", cli_queue_path(cli, queue, ""), own, &a);
}

/* ---- create */

static int create_one(struct cli *cli, const char *queue, struct json *attributes)
{
	struct json *p = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(cli->arena, p, "QueueName", str_of(queue));
	json_add(p, S("Attributes"), attributes);
	return cli_sqs(cli, "CreateQueue", p, &a);
}

static void put_fifo(struct cli *cli, const char *queue, struct json *attributes)
{
	if (str_ends(str_of(queue), S(".fifo")))
		json_put_text(cli->arena, attributes, "FifoQueue", S("true"));
}

static int create_dlq(struct cli *cli, const char *dlq, struct json *attributes)
{
	struct json *of_dlq = json_new(cli->arena, JSON_OBJECT);
	struct json *policy = json_new(cli->arena, JSON_OBJECT);
	struct str arn;

	put_fifo(cli, dlq, of_dlq);
	json_put_text(cli->arena, of_dlq, "MessageRetentionPeriod",
	              arena_printf(cli->arena, "%d", QUEUE_RETENTION_MAX_S));
	int code = queue_attribute(cli, dlq, "QueueArn", &arn, true);
	if (code == CLI_DONE && !str_given(arn)) { /* there is none yet */
		code = create_one(cli, dlq, of_dlq);
		if (code == CLI_DONE)
			code = queue_attribute(cli, dlq, "QueueArn", &arn, false);
	}
	if (code != CLI_DONE)
		return code;
	json_put_text(cli->arena, policy, "deadLetterTargetArn", arn);
	json_put_number(cli->arena, policy, "maxReceiveCount",
	                option_number(&cli->options, "max-receives"));
	json_put_text(cli->arena, attributes, "RedrivePolicy", json_written(cli->arena, policy));
	return CLI_DONE;
}

/* With settings of ringi's own in one request, so that it is there as wanted or not at all. When it
 * is there already, SQS is asked first whether it is the same. */
static int make(struct cli *cli, const char *queue, struct json *amazon, struct json *own)
{
	struct str arn = S_NONE;
	int code = own->count == 0 ? CLI_DONE : queue_attribute(cli, queue, "QueueArn", &arn, true);

	if (code == CLI_DONE && own->count > 0 && !str_given(arn)) {
		JSON_EACH (amazon, v)
			json_add(own, v->key, json_new_text(cli->arena, JSON_STRING, v->text));
		return put_own(cli, queue, own);
	}
	if (code == CLI_DONE)
		code = create_one(cli, queue, amazon);
	return code == CLI_DONE ? put_own(cli, queue, own) : code;
}

static int create(struct cli *cli)
{
	const struct options *o = &cli->options;
	const struct option_value *set = option_value(o, "set");
	struct json *amazon = json_new(cli->arena, JSON_OBJECT),
				*own = json_new(cli->arena, JSON_OBJECT);
	const char *queue = cli_arg(cli, 0);
	int code = CLI_DONE;

	put_fifo(cli, queue, amazon);
	for (int i = 0; i < WORDS; i++)
		if (option_text(o, words[i].word) != NULL)
			json_put_text(cli->arena, amazon, words[i].attribute,
			              str_of(option_text(o, words[i].word)));
	for (int i = 0; i < set->count && code == CLI_DONE; i++)
		code = take_pair(cli, set->list[i], amazon, own);
	if (code == CLI_DONE && option_text(o, "dlq") != NULL)
		code = create_dlq(cli, option_text(o, "dlq"), amazon);
	if (code == CLI_DONE)
		code = make(cli, queue, amazon, own);
	return code;
}

/* ---- list, show, set, and what takes only a name */

static const struct column list_columns[] = {
	{ "name", "QUEUE", false },
	{ "visible", "VISIBLE", true },
	{ "in_flight", "IN FLIGHT", true },
	{ "delayed", "DELAYED", true },
	{ "oldest_age", "OLDEST", true },
	{ "state", "STATE", false },
	{ 0 },
};

static int list(struct cli *cli)
{
	struct json *queues = NULL;
	int code = queues_all(cli, cli_arg(cli, 0), &queues);

	if (code == CLI_DONE)
		cli_list(cli, queues, list_columns);
	return code;
}

static int show(struct cli *cli)
{
	return cli_rest_show(cli, "GET", cli_queue_path(cli, cli_arg(cli, 0), ""), NULL);
}

static int set(struct cli *cli)
{
	struct json *p = json_new(cli->arena, JSON_OBJECT);
	struct json *amazon = json_new(cli->arena, JSON_OBJECT),
				*own = json_new(cli->arena, JSON_OBJECT);
	struct answer a;
	int code = CLI_DONE;

	for (int i = 1; i < cli->options.arg_count && code == CLI_DONE; i++)
		code = take_pair(cli, cli_arg(cli, i), amazon, own);
	if (code == CLI_DONE)
		code = cli_put_queue(cli, p, cli_arg(cli, 0));
	if (code == CLI_DONE && amazon->count > 0) {
		json_add(p, S("Attributes"), amazon);
		code = cli_sqs(cli, "SetQueueAttributes", p, &a);
	}
	return code == CLI_DONE ? put_own(cli, cli_arg(cli, 0), own) : code;
}

static int delete (struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE", cli_with_reason(cli, cli_queue_path(cli, cli_arg(cli, 0), "")),
	                NULL, &a);
}

static int with_reason(struct cli *cli, const char *verb)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	cli_put_option(cli, body, "reason", "reason");
	return cli_rest(cli, "POST", cli_queue_path(cli, cli_arg(cli, 0), verb), body, &a);
}

static int purge(struct cli *cli)
{
	return with_reason(cli, "/purge");
}

static int pause_queue(struct cli *cli)
{
	return with_reason(cli, "/pause");
}

/* Without --group the queue goes on after a pause; with it, a group that a poisoned
 * message stopped. */
static int resume(struct cli *cli)
{
	const char *group = option_text(&cli->options, "group");
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	if (group != NULL) {
		json_put_text(cli->arena, body, "group", str_of(group));
		json_put_text(cli->arena, body, "how", str_of(option_text(&cli->options, "message")));
	}
	cli_put_option(cli, body, "reason", "reason");
	return cli_rest(cli, "POST", cli_queue_path(cli, cli_arg(cli, 0), "/resume"), body, &a);
}

static const struct column peek_columns[] = {
	{ "position", "POSITION", true },
	{ "sent_at", "SENT", false },
	{ "receive_count", "RECEIVED", true },
	{ "state", "STATE", false },
	{ "group", "GROUP", false },
	{ "body", "BODY", false },
	{ 0 },
};

static int peek(struct cli *cli)
{
	struct json *messages = NULL;
	int code = queue_peek(cli, cli_arg(cli, 0), option_text(&cli->options, "from"),
	                      option_number(&cli->options, "max"), &messages);

	if (code == CLI_DONE)
		cli_list(cli, messages, peek_columns);
	return code;
}

static const struct option resume_options[] = {
	{ .name = "group",
	  .value = "ID",
	  .help = "only this group, which a poisoned message stopped",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "message",
	  .kind = OPTION_CHOICE,
	  .value = "WHAT",
	  .choices = "retry|dead_letter|delete",
	  .fallback = "retry",
	  .help = "with --group: what happens to that message",
	  .marks = OPTION_FLAG_ONLY },
	CLI_REASON,
	{ 0 },
};
static const struct option peek_options[] = {
	{ .name = "max",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "20",
	  .least = 1,
	  .most = 1000000,
	  .help = "so many at most",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "from", .value = "POSITION", .help = "begin there", .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_queue[] = {
	{ .group = "queue",
	  .name = "list",
	  .args = "[PREFIX]",
	  .help = "Queues and how full they are.",
	  .examples = "ringi queue list\nringi queue list orders --json",
	  .options = cli_json_option,
	  .args_max = 1,
	  .run = list },
	{ .group = "queue",
	  .name = "create",
	  .args = "QUEUE",
	  .help = "Makes a queue; .fifo at the end: in order.",
	  .examples =
	      "ringi queue create orders --dlq orders-dlq --max-receives 3\n"
	      "ringi queue create orders.fifo --visibility 60 --set ContentBasedDeduplication=true",
	  .options = create_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = create },
	{ .group = "queue",
	  .name = "show",
	  .args = "QUEUE",
	  .help = "Everything about one queue.",
	  .examples = "ringi queue show orders",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = show },
	{ .group = "queue",
	  .name = "set",
	  .args = "QUEUE NAME=VALUE...",
	  .help = "Changes attributes.",
	  .examples = "ringi queue set orders visibility=120 owner=billing\n"
	              "ringi queue set orders VisibilityTimeout=120\n"
	              "ringi queue set orders schema=@order.schema.json",
	  .options = cli_no_options,
	  .args_min = 2,
	  .args_max = OPTION_ARGS_MAX,
	  .run = set },
	{ .group = "queue",
	  .name = "delete",
	  .args = "QUEUE",
	  .help = "Deletes a queue and all that waits in it.",
	  .examples = "ringi queue delete orders",
	  .options = cli_reason_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = delete },
	{ .group = "queue",
	  .name = "purge",
	  .args = "QUEUE",
	  .help = "Deletes all messages of a queue.",
	  .examples = "ringi queue purge orders --reason 'test data'",
	  .options = cli_reason_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = purge },
	{ .group = "queue",
	  .name = "pause",
	  .args = "QUEUE",
	  .help = "Hands out no messages until it is resumed.",
	  .examples = "ringi queue pause orders",
	  .options = cli_reason_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = pause_queue },
	{ .group = "queue",
	  .name = "resume",
	  .args = "QUEUE",
	  .help = "Goes on after a pause or a poisoned message.",
	  .examples = "ringi queue resume orders\n"
	              "ringi queue resume orders.fifo --group customer-7 --message dead_letter",
	  .options = resume_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = resume },
	{ .group = "queue",
	  .name = "peek",
	  .args = "QUEUE",
	  .help = "Looks at messages without touching them.",
	  .examples = "ringi queue peek orders --max 5",
	  .options = peek_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = peek },
	{ 0 },
};
