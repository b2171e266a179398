/* key.c - `ringi key ...`: access keys of a running server, by its /v1/keys.
 *
 * A secret is shown once, when its key is made; the server keeps it sealed. */
#include <stdio.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "wire/form.h"

static const struct option create_options[] = {
	{ .name = "allow",
	  .kind = OPTION_LIST,
	  .value = "RULE",
	  .help = "what it may do, SERVICE:ACTION:NAME, as sqs:SendMessage:orders-*; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "expires",
	  .value = "TIME",
	  .help = "it ends by itself: 90d, 12h, 30m (never)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

/* "90d" -> seconds; 0: not such a thing. */
static int64_t read_time(struct str text)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	uint64_t n;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (text.len > 1 && text.at[text.len - 1] == units[i].unit &&
		    str_u64((struct str){ text.at, text.len - 1 }, 1000000000, &n))
			return (int64_t)n * units[i].seconds;
	return 0;
}

static int put_expires(struct cli *cli, struct json *body)
{
	const char *text = option_text(&cli->options, "expires");
	int64_t seconds = read_time(str_of(text));

	if (text == NULL)
		return CLI_DONE;
	if (seconds == 0)
		return cli_fail(CLI_WRONG,
		                "--expires must be a number with d, h, m or s, as 90d, not '%s'.", text);
	json_put_number(cli->arena, body, "expires_in_s", seconds);
	return CLI_DONE;
}

/* What was made, and a word about it where only people see it. */
static void show_secrets(struct cli *cli, const struct json *made)
{
	cli_show(cli, made);
	if (!option_on(&cli->options, "json"))
		fprintf(
			stderr,
			"The secret and the token are shown this once; the server cannot tell them again.\n");
}

static int create(struct cli *cli)
{
	const struct option_value *allow = option_value(&cli->options, "allow");
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct json *rules = json_add(body, S("rules"), json_new(cli->arena, JSON_ARRAY));
	struct answer a;

	if (allow->count == 0)
		return cli_fail(
			CLI_WRONG,
			"What may the key do? Give --allow RULE, as --allow 'sqs:SendMessage:orders-*', "
			"or --allow '*:*:*' for everything.");
	for (int i = 0; i < allow->count; i++)
		json_add(rules, S_NONE, json_new_text(cli->arena, JSON_STRING, str_of(allow->list[i])));
	json_put_text(cli->arena, body, "name", str_of(cli_arg(cli, 0)));
	int code = put_expires(cli, body);
	if (code == CLI_DONE)
		code = cli_rest(cli, "POST", S("/v1/keys"), body, &a);
	if (code == CLI_DONE)
		show_secrets(cli, a.json);
	return code;
}

static const struct column list_columns[] = {
	{ "access_key_id", "ACCESS KEY", false },
	{ "name", "NAME", false },
	{ "created_at", "CREATED", false },
	{ "expires_at", "EXPIRES", false },
	{ "last_used_at", "LAST USED", false },
	{ "rules", "MAY", false },
	{ 0 },
};

/* All pages as one list. */
static int list(struct cli *cli)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	int code = cli_pages(cli, S("/v1/keys"), "keys", 0, INT64_MAX, all, NULL);

	if (code == CLI_DONE)
		cli_list(cli, all, list_columns);
	return code;
}

static struct str key_path(struct cli *cli, const char *behind)
{
	struct buf path = { 0 };

	buf_add(&path, S("/v1/keys/"));
	form_encode(&path, str_of(cli_arg(cli, 0)));
	buf_add_text(&path, behind);
	struct str text = arena_str(cli->arena, buf_str(&path));
	buf_free(&path);
	return text;
}

static int rotate(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "POST", key_path(cli, "/rotate"), NULL, &a);

	if (code == CLI_DONE)
		show_secrets(cli, a.json);
	return code;
}

static int revoke(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE", key_path(cli, ""), NULL, &a);
}

const struct command commands_key[] = {
	{ .group = "key",
	  .name = "create",
	  .args = "NAME",
	  .help = "Makes an access key; shows its secret once.",
	  .examples =
	      "ringi key create ci --allow 'sqs:SendMessage:orders-*' --data /var/lib/ringi\n"
	      "ringi key create worker --allow 'sqs:*:orders' --allow 'sns:Publish:news' --expires 90d",
	  .options = create_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = create },
	{ .group = "key",
	  .name = "list",
	  .help = "Access keys and what they may do.",
	  .examples = "ringi key list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "key",
	  .name = "rotate",
	  .args = "NAME",
	  .help = "A new secret and token under the same name; the old ones end at once.",
	  .examples = "ringi key rotate ci",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = rotate },
	{ .group = "key",
	  .name = "revoke",
	  .args = "NAME",
	  .help = "Ends an access key at once.",
	  .examples = "ringi key revoke ci",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = revoke },
	{ 0 },
};
