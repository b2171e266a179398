/* role.c - `ringi role ...` and `ringi user rights|roles`: what people may do. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/client.h"

static const struct option put_options[] = {
	{ .name = "allow",
	  .kind = OPTION_LIST,
	  .value = "RULE",
	  .help = "what it allows, SERVICE:ACTION:NAME and maybe @own or @department; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "note", .value = "TEXT", .help = "what it is for", .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static const struct option rights_options[] = {
	{ .name = "own",
	  .kind = OPTION_SWITCH,
	  .help = "as if it were their own",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "department",
	  .kind = OPTION_SWITCH,
	  .help = "as if it were of their department",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static int put(struct cli *cli)
{
	const struct option_value *allow = option_value(&cli->options, "allow");
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct json *rules = json_add(body, S("rules"), json_new(cli->arena, JSON_ARRAY));
	const char *note = option_text(&cli->options, "note");
	if (allow->count == 0)
		return cli_fail(CLI_WRONG, "What does the role allow? Give --allow RULE, as --allow "
		                           "'ringi:GetApproval:expense-*@department'.");
	for (int i = 0; i < allow->count; i++)
		json_add(rules, S_NONE, json_new_text(cli->arena, JSON_STRING, str_of(allow->list[i])));
	if (note != NULL)
		json_put_text(cli->arena, body, "note", str_of(note));
	return cli_rest_show(cli, "PUT", cli_path(cli, "/v1/roles/", cli_arg(cli, 0), ""), body);
}

static const struct column list_columns[] = {
	{ "name", "NAME", false },
	{ "built_in", "BUILT IN", false },
	{ "note", "FOR", false },
	{ "rules", "ALLOWS", false },
	{ 0 },
};

static int list(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "GET", S("/v1/roles"), NULL, &a);

	if (code == CLI_DONE)
		cli_list(cli, json_get(a.json, "roles"), list_columns);
	return code;
}

static int show(struct cli *cli)
{
	return cli_rest_show(cli, "GET", cli_path(cli, "/v1/roles/", cli_arg(cli, 0), ""), NULL);
}

static int drop(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE", cli_path(cli, "/v1/roles/", cli_arg(cli, 0), ""), NULL, &a);
}

static int give(struct cli *cli, const char *method)
{
	struct answer a;

	return cli_rest(cli, method,
	                cli_path(cli, cli_path(cli, "/v1/roles/", cli_arg(cli, 0), "/holders/user:").at,
	                         cli_arg(cli, 1), ""),
	                NULL, &a);
}

static int grant(struct cli *cli)
{
	return give(cli, "PUT");
}

static int revoke(struct cli *cli)
{
	return give(cli, "DELETE");
}

static const struct column roles_columns[] = {
	{ "role", "ROLE", false },
	{ "granted_by", "GIVEN BY", false },
	{ "granted_at", "SINCE", false },
	{ 0 },
};

static int roles(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "GET", cli_path(cli, "/v1/people/", cli_arg(cli, 0), "/roles"), NULL,
	                    &a);

	if (code == CLI_DONE)
		cli_list(cli, json_get(a.json, "roles"), roles_columns);
	return code;
}

static int rights(struct cli *cli)
{
	struct str path =
		cli_path(cli,
	             cli_path(cli, "/v1/rights:explain?principal=", cli_arg(cli, 0), "&action=").at,
	             cli_arg(cli, 1), "");

	if (cli_arg(cli, 2) != NULL)
		path = arena_printf(cli->arena, "%.*s%.*s", S_ARG(path),
		                    S_ARG(cli_path(cli, "&resource=", cli_arg(cli, 2), "")));
	path = arena_printf(cli->arena, "%.*s%s%s", S_ARG(path),
	                    option_on(&cli->options, "own") ? "&own=true" : "",
	                    option_on(&cli->options, "department") ? "&department=true" : "");
	return cli_rest_show(cli, "GET", path, NULL);
}

const struct command commands_role[] = {
	{ .group = "role",
	  .name = "put",
	  .args = "NAME",
	  .help = "Makes a role, or changes it for all who have it.",
	  .examples = "ringi role put clerk --allow 'ringi:GetApproval:expense-*@department'",
	  .options = put_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = put },
	{ .group = "role",
	  .name = "list",
	  .help = "Roles and what they allow.",
	  .examples = "ringi role list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "role",
	  .name = "show",
	  .args = "NAME",
	  .help = "A role and who has it.",
	  .examples = "ringi role show clerk",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = show },
	{ .group = "role",
	  .name = "grant",
	  .args = "NAME PERSON",
	  .help = "Gives somebody a role.",
	  .examples = "ringi role grant clerk hanako",
	  .options = cli_no_options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = grant },
	{ .group = "role",
	  .name = "revoke",
	  .args = "NAME PERSON",
	  .help = "Takes a role away, at once.",
	  .examples = "ringi role revoke clerk hanako",
	  .options = cli_no_options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = revoke },
	{ .group = "role",
	  .name = "delete",
	  .args = "NAME",
	  .help = "Deletes a role that nobody has.",
	  .examples = "ringi role delete clerk",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = drop },
	{ .group = "user",
	  .name = "roles",
	  .args = "PERSON",
	  .help = "The roles of one person.",
	  .examples = "ringi user roles hanako",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = roles },
	{ .group = "user",
	  .name = "rights",
	  .args = "PERSON ACTION [NAME]",
	  .help = "May they do that, and by which rule?",
	  .examples = "ringi user rights hanako ringi:GetApproval expense-2026 --own\n"
	              "ringi user rights key:ci sqs:SendMessage orders",
	  .options = rights_options,
	  .args_min = 2,
	  .args_max = 3,
	  .run = rights },
	{ 0 },
};
