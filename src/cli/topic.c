/* topic.c - `ringi topic ...`: one message for many queues.
 *
 * Speaks the SNS Query protocol, as every SNS client does. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/queues.h"
#include "wire/form.h"

static void put(struct buf *form, const char *name, struct str value)
{
	buf_printf(form, "&%s=", name);
	form_encode(form, value);
}

/* Sends the form and frees it. */
static int ask(struct cli *cli, const char *action, struct buf *form, struct answer *a)
{
	int code = cli_sns(cli, action, buf_str(form), a);

	buf_free(form);
	return code;
}

/* Prints the text of one element of the answer. */
static int ask_and_print(struct cli *cli, const char *action, struct buf *form, const char *element)
{
	struct answer a;
	int code = ask(cli, action, form, &a);

	if (code == CLI_DONE) {
		struct str rest = a.body, text = xml_text(cli->arena, &rest, element);
		printf("%.*s\n", S_ARG(text));
	}
	return code;
}

/* The name at the end of an ARN. */
static struct str name_of(struct str arn)
{
	struct str rest = arn, name = arn;

	while (str_given(rest))
		name = str_cut(&rest, ':');
	return name;
}

/* ---- finding topics */

static int topics_all(struct cli *cli, struct json **out)
{
	struct json *array = json_new(cli->arena, JSON_ARRAY);
	struct str token = S_NONE, arn;

	do {
		struct buf form = { 0 };
		struct answer a;
		if (str_given(token))
			put(&form, "NextToken", token);
		int code = ask(cli, "ListTopics", &form, &a);
		if (code != CLI_DONE)
			return code;
		struct str rest = a.body;
		while (str_given(arn = xml_text(cli->arena, &rest, "TopicArn"))) {
			struct json *one = json_add(array, S_NONE, json_new(cli->arena, JSON_OBJECT));
			json_put_text(cli->arena, one, "name", name_of(arn));
			json_put_text(cli->arena, one, "arn", arn);
		}
		rest = a.body;
		token = xml_text(cli->arena, &rest, "NextToken");
	} while (str_given(token) && token.len > 0);
	*out = array;
	return CLI_DONE;
}

static int find_arn(struct cli *cli, const char *topic, struct str *arn)
{
	struct json *all = NULL;
	int code;

	*arn = str_of(topic);
	if (str_starts(*arn, S("arn:")))
		return CLI_DONE;
	if ((code = topics_all(cli, &all)) != CLI_DONE)
		return code;
	JSON_EACH (all, one) {
		if (str_is(json_get_text(one, "name"), topic)) {
			*arn = json_get_text(one, "arn");
			return CLI_DONE;
		}
	}
	return cli_fail(CLI_REFUSED, "There is no topic %s; `ringi topic list` shows those there are.",
	                topic);
}

/* ---- commands */

static int create(struct cli *cli)
{
	struct buf form = { 0 };

	put(&form, "Name", str_of(cli_arg(cli, 0)));
	if (str_ends(str_of(cli_arg(cli, 0)), S(".fifo")))
		buf_add(&form, S("&Attributes.entry.1.key=FifoTopic&Attributes.entry.1.value=true"));
	return ask_and_print(cli, "CreateTopic", &form, "TopicArn");
}

static const struct column list_columns[] = { { "name", "TOPIC", false },
	                                          { "arn", "ARN", false },
	                                          { 0 } };

static int list(struct cli *cli)
{
	struct json *all = NULL;
	int code = topics_all(cli, &all);

	if (code == CLI_DONE)
		cli_list(cli, all, list_columns);
	return code;
}

static int delete (struct cli *cli)
{
	struct buf form = { 0 };
	struct answer a;
	struct str arn;
	int code = find_arn(cli, cli_arg(cli, 0), &arn);

	if (code != CLI_DONE)
		return code;
	put(&form, "TopicArn", arn);
	return ask(cli, "DeleteTopic", &form, &a);
}

static void put_attribute(struct buf *form, int *count, const char *name, struct str value)
{
	++*count;
	buf_printf(form, "&Attributes.entry.%d.key=%s&Attributes.entry.%d.value=", *count, name,
	           *count);
	form_encode(form, value);
}

/* A queue's name, or a URL that gets POST requests. */
static int put_endpoint(struct cli *cli, struct buf *form)
{
	struct str to = str_of(cli_arg(cli, 1)), arn;
	bool https = str_starts(to, S("https://"));

	if (https || str_starts(to, S("http://"))) {
		put(form, "Protocol", https ? S("https") : S("http"));
		put(form, "Endpoint", to);
		return CLI_DONE;
	}
	int code = queue_attribute(cli, cli_arg(cli, 1), "QueueArn", &arn, false);
	put(form, "Protocol", S("sqs"));
	put(form, "Endpoint", arn);
	return code;
}

static int subscribe(struct cli *cli)
{
	struct buf form = { 0 };
	struct str arn;
	int count = 0, code = find_arn(cli, cli_arg(cli, 0), &arn);

	if (code != CLI_DONE)
		return code;
	put(&form, "TopicArn", arn);
	buf_add(&form, S("&ReturnSubscriptionArn=true"));
	if (option_text(&cli->options, "filter") != NULL)
		put_attribute(&form, &count, "FilterPolicy", str_of(option_text(&cli->options, "filter")));
	if (option_on(&cli->options, "filter-body"))
		put_attribute(&form, &count, "FilterPolicyScope", S("MessageBody"));
	if (option_on(&cli->options, "raw"))
		put_attribute(&form, &count, "RawMessageDelivery", S("true"));
	if ((code = put_endpoint(cli, &form)) != CLI_DONE) {
		buf_free(&form);
		return code;
	}
	return ask_and_print(cli, "Subscribe", &form, "SubscriptionArn");
}

static const struct column subscription_columns[] = {
	{ "topic", "TOPIC", false },
	{ "protocol", "PROTOCOL", false },
	{ "endpoint", "ENDPOINT", false },
	{ "arn", "SUBSCRIPTION", false },
	{ 0 },
};

static void take_subscriptions(struct cli *cli, struct json *array, struct str page)
{
	struct str member;

	while (str_given(member = xml_text(cli->arena, &page, "member"))) {
		struct json *one = json_add(array, S_NONE, json_new(cli->arena, JSON_OBJECT));
		static const struct {
			const char *key, *element;
		} parts[] = { { "protocol", "Protocol" },
			          { "endpoint", "Endpoint" },
			          { "arn", "SubscriptionArn" } };
		struct str rest = member;
		json_put_text(cli->arena, one, "topic", name_of(xml_text(cli->arena, &rest, "TopicArn")));
		for (int i = 0; i < 3; i++) {
			rest = member;
			json_put_text(cli->arena, one, parts[i].key,
			              xml_text(cli->arena, &rest, parts[i].element));
		}
	}
}

static int subscriptions(struct cli *cli)
{
	struct json *array = json_new(cli->arena, JSON_ARRAY);
	struct str token = S_NONE, arn = S_NONE;
	int code = cli_arg(cli, 0) == NULL ? CLI_DONE : find_arn(cli, cli_arg(cli, 0), &arn);

	while (code == CLI_DONE) {
		struct buf form = { 0 };
		struct answer a;
		if (str_given(arn))
			put(&form, "TopicArn", arn);
		if (str_given(token))
			put(&form, "NextToken", token);
		code = ask(cli, str_given(arn) ? "ListSubscriptionsByTopic" : "ListSubscriptions", &form,
		           &a);
		if (code != CLI_DONE)
			return code;
		take_subscriptions(cli, array, a.body);
		struct str rest = a.body;
		token = xml_text(cli->arena, &rest, "NextToken");
		if (!str_given(token) || token.len == 0)
			break;
	}
	if (code == CLI_DONE)
		cli_list(cli, array, subscription_columns);
	return code;
}

static int unsubscribe(struct cli *cli)
{
	struct buf form = { 0 };
	struct answer a;

	put(&form, "SubscriptionArn", str_of(cli_arg(cli, 0)));
	return ask(cli, "Unsubscribe", &form, &a);
}

static int put_message_attributes(struct cli *cli, struct buf *form)
{
	const struct option_value *v = option_value(&cli->options, "attribute");

	for (int i = 0; i < v->count; i++) {
		struct str value = str_of(v->list[i]);
		struct str name = str_cut(&value, '=');
		if (!str_given(value) || name.len == 0)
			return cli_fail(CLI_WRONG, "--attribute must be NAME=TEXT, not '%s'.", v->list[i]);
		buf_printf(form, "&MessageAttributes.entry.%d.Name=", i + 1);
		form_encode(form, name);
		buf_printf(form, "&MessageAttributes.entry.%d.Value.DataType=String", i + 1);
		buf_printf(form, "&MessageAttributes.entry.%d.Value.StringValue=", i + 1);
		form_encode(form, value);
	}
	return CLI_DONE;
}

static struct str message_of(struct cli *cli)
{
	struct buf all = { 0 };
	int c;

	if (strcmp(cli_arg(cli, 1), "-") != 0)
		return str_of(cli_arg(cli, 1));
	while (all.len <= TOPIC_MESSAGE_MAX && (c = getc(stdin)) != EOF)
		buf_add_byte(&all, (char)c);
	struct str text = arena_str(cli->arena, buf_str(&all));
	buf_free(&all);
	return text;
}

static int publish(struct cli *cli)
{
	static const struct {
		const char *option, *parameter;
	} parts[] = { { "subject", "Subject" },
		          { "group", "MessageGroupId" },
		          { "dedup", "MessageDeduplicationId" } };
	struct buf form = { 0 };
	struct str arn;
	int code = find_arn(cli, cli_arg(cli, 0), &arn);

	if (code != CLI_DONE)
		return code;
	put(&form, "TopicArn", arn);
	put(&form, "Message", message_of(cli));
	for (int i = 0; i < 3; i++)
		if (option_text(&cli->options, parts[i].option) != NULL)
			put(&form, parts[i].parameter, str_of(option_text(&cli->options, parts[i].option)));
	if ((code = put_message_attributes(cli, &form)) != CLI_DONE) {
		buf_free(&form);
		return code;
	}
	return ask_and_print(cli, "Publish", &form, "MessageId");
}

static const struct option subscribe_options[] = {
	{ .name = "filter", .value = "JSON", .help = "filter policy", .marks = OPTION_FLAG_ONLY },
	{ .name = "filter-body",
	  .kind = OPTION_SWITCH,
	  .help = "the filter looks at the body, not the attributes",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "raw",
	  .kind = OPTION_SWITCH,
	  .help = "deliver the message without an envelope",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};
static const struct option publish_options[] = {
	{ .name = "subject", .value = "TEXT", .help = "a subject", .marks = OPTION_FLAG_ONLY },
	{ .name = "attribute",
	  .letter = 'a',
	  .kind = OPTION_LIST,
	  .value = "NAME=TEXT",
	  .help = "a message attribute; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "group", .value = "ID", .help = "message group (FIFO)", .marks = OPTION_FLAG_ONLY },
	{ .name = "dedup",
	  .value = "ID",
	  .help = "deduplication id (FIFO)",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_topic[] = {
	{ .group = "topic",
	  .name = "list",
	  .help = "All topics.",
	  .examples = "ringi topic list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "topic",
	  .name = "create",
	  .args = "TOPIC",
	  .help = "Makes a topic; prints its ARN.",
	  .examples = "ringi topic create order-events",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = create },
	{ .group = "topic",
	  .name = "delete",
	  .args = "TOPIC",
	  .help = "Deletes a topic and its subscriptions.",
	  .examples = "ringi topic delete order-events",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = delete },
	{ .group = "topic",
	  .name = "subscribe",
	  .args = "TOPIC QUEUE|URL",
	  .help = "Delivers what is published to a queue or by POST.",
	  .examples =
	      "ringi topic subscribe order-events billing --raw --filter '{\"kind\": [\"paid\"]}'",
	  .options = subscribe_options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = subscribe },
	{ .group = "topic",
	  .name = "subscriptions",
	  .args = "[TOPIC]",
	  .help = "Who gets what.",
	  .examples = "ringi topic subscriptions order-events",
	  .options = cli_json_option,
	  .args_max = 1,
	  .run = subscriptions },
	{ .group = "topic",
	  .name = "unsubscribe",
	  .args = "ARN",
	  .help = "Ends a subscription.",
	  .examples = "ringi topic unsubscribe arn:aws:sns:us-east-1:000000000000:order-events:0b1c...",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = unsubscribe },
	{ .group = "topic",
	  .name = "publish",
	  .args = "TOPIC MESSAGE|-",
	  .help = "Publishes a message.",
	  .examples = "ringi topic publish order-events '{\"order\": 1}' --attribute kind=paid",
	  .options = publish_options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = publish },
	{ 0 },
};
