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
	  .value = "ACTIONS:QUEUES",
	  .help = "what it may do, as send,receive:orders*; may be repeated (everything)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

/* "send,receive:orders*" -> {"actions": ["send", "receive"], "queues": "orders*"} */
static int add_rule(struct cli *cli, struct json *rules, const char *text)
{
	struct str queues = str_of(text);
	struct str rest = str_cut(&queues, ':');
	struct json *rule = json_add(rules, S_NONE, json_new(cli->arena, JSON_OBJECT));
	struct json *actions = json_add(rule, S("actions"), json_new(cli->arena, JSON_ARRAY));

	if (!str_given(queues) || rest.len == 0 || queues.len == 0)
		return cli_fail(CLI_WRONG,
		                "--allow must be ACTIONS:QUEUES, as send,receive:orders*, not '%s'.", text);
	while (str_given(rest))
		json_add(actions, S_NONE, json_new_text(cli->arena, JSON_STRING, str_cut(&rest, ',')));
	json_put_text(cli->arena, rule, "queues", queues);
	return CLI_DONE;
}

static int create(struct cli *cli)
{
	const struct option_value *allow = option_value(&cli->options, "allow");
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct answer a;
	int code = CLI_DONE;

	json_put_text(cli->arena, body, "name", str_of(cli_arg(cli, 0)));
	if (allow->count > 0) {
		struct json *rules = json_add(body, S("rules"), json_new(cli->arena, JSON_ARRAY));
		for (int i = 0; i < allow->count && code == CLI_DONE; i++)
			code = add_rule(cli, rules, allow->list[i]);
	}
	if (code == CLI_DONE)
		code = cli_rest(cli, "POST", S("/v1/keys"), body, &a);
	if (code == CLI_DONE)
		cli_show(cli, a.json);
	return code;
}

static const struct column list_columns[] = {
	{ "id", "ACCESS KEY", false },
	{ "name", "NAME", false },
	{ "created_at", "CREATED", false },
	{ "rules", "MAY", false },
	{ 0 },
};

static int list(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "GET", S("/v1/keys"), NULL, &a);

	if (code == CLI_DONE)
		cli_list(cli, json_get(a.json, "keys"), list_columns);
	return code;
}

static int revoke(struct cli *cli)
{
	struct buf path = { 0 };
	struct answer a;

	buf_add(&path, S("/v1/keys/"));
	form_encode(&path, str_of(cli_arg(cli, 0)));
	int code = cli_rest(cli, "DELETE", arena_str(cli->arena, buf_str(&path)), NULL, &a);
	buf_free(&path);
	return code;
}

const struct command commands_key[] = {
	{ .group = "key",
	  .name = "list",
	  .help = "Access keys and what they may do.",
	  .examples = "ringi key list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "key",
	  .name = "create",
	  .args = "NAME",
	  .help = "Makes an access key; shows its secret once.",
	  .examples =
	      "ringi key create ci-deploy --allow 'send:orders*' --allow 'receive,delete:results'",
	  .options = create_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = create },
	{ .group = "key",
	  .name = "revoke",
	  .args = "ID",
	  .help = "Ends an access key at once.",
	  .examples = "ringi key revoke RK1A2B3C4D5E6F7G8H9I",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = revoke },
	{ 0 },
};
