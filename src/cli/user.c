/* user.c - `ringi user ...`: accounts of people, made and let in.
 *
 * A password is never an argument, which other users of the machine could read: it is the
 * first line of standard input, or of a file. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"

static const struct option add_options[] = {
	{ .name = "role",
	  .kind = OPTION_LIST,
	  .value = "ROLE",
	  .help = "a role that they get; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "password-stdin",
	  .kind = OPTION_SWITCH,
	  .help = "their password is the first line of standard input; else a login link is made",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static int read_password(struct cli *cli, struct str *password)
{
	char line[PASSWORD_MAX + 3];

	if (fgets(line, sizeof line, stdin) == NULL)
		return cli_fail(CLI_WRONG, "There is no password on standard input.");
	*password = arena_str(cli->arena, (struct str){ line, strcspn(line, "\r\n") });
	return CLI_DONE;
}

/* ---- add */

static int make(struct cli *cli, const char *person)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct str password = S_NONE;
	struct answer a;

	json_put_text(cli->arena, body, "person", str_of(person));
	if (option_on(&cli->options, "password-stdin")) {
		int code = read_password(cli, &password);
		if (code != CLI_DONE)
			return code;
		json_put_text(cli->arena, body, "password", password);
	}
	return cli_rest(cli, "POST", S("/v1/accounts"), body, &a);
}

static int give_roles(struct cli *cli, const char *person)
{
	const struct option_value *roles = option_value(&cli->options, "role");
	struct answer a;
	int code = CLI_DONE;

	for (int i = 0; i < roles->count && code == CLI_DONE; i++)
		code = cli_rest(cli, "PUT",
		                cli_path(cli,
		                         cli_path(cli, "/v1/roles/", roles->list[i], "/holders/user:").at,
		                         person, ""),
		                NULL, &a);
	return code;
}

static int make_link(struct cli *cli, const char *person)
{
	struct answer a;
	int code = cli_rest(cli, "POST", cli_path(cli, "/v1/accounts/", person, "/link"), NULL, &a);

	if (code != CLI_DONE)
		return code;
	cli_show(cli, a.json);
	if (!option_on(&cli->options, "json"))
		fprintf(stderr, "The link logs in once. Send it to nobody but them.\n");
	return CLI_DONE;
}

static int add(struct cli *cli)
{
	const char *person = cli_arg(cli, 0);
	int code = make(cli, person);

	if (code == CLI_DONE)
		code = give_roles(cli, person);
	if (code == CLI_DONE && !option_on(&cli->options, "password-stdin"))
		code = make_link(cli, person);
	return code;
}

static int link_again(struct cli *cli)
{
	return make_link(cli, cli_arg(cli, 0));
}

/* ---- the rest */

static const struct column list_columns[] = {
	{ "person", "PERSON", false },
	{ "disabled", "DISABLED", false },
	{ "password", "PASSWORD", false },
	{ "totp", "CODES", false },
	{ "last_login_at", "LAST LOGIN", false },
	{ "created_at", "CREATED", false },
	{ 0 },
};

static int list(struct cli *cli)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	int code = cli_pages(cli, S("/v1/accounts"), "accounts", 0, INT64_MAX, all, NULL);

	if (code == CLI_DONE)
		cli_list(cli, all, list_columns);
	return code;
}

static int post(struct cli *cli, const char *what, const struct json *body)
{
	struct answer a;

	return cli_rest(cli, "POST", cli_path(cli, "/v1/accounts/", cli_arg(cli, 0), what), body, &a);
}

static int disable(struct cli *cli)
{
	return post(cli, "/disable", NULL);
}

static int enable(struct cli *cli)
{
	return post(cli, "/enable", NULL);
}

static int log_out(struct cli *cli)
{
	return post(cli, "/logout", NULL);
}

static int password(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct str text = S_NONE;
	int code = read_password(cli, &text);

	if (code != CLI_DONE)
		return code;
	json_put_text(cli->arena, body, "password", text);
	return post(cli, "/password", body);
}

#define OF_A_PERSON .args = "PERSON", .args_min = 1, .args_max = 1

const struct command commands_user[] = {
	{ .group = "user",
	  .name = "add",
	  OF_A_PERSON,
	  .help = "Makes an account, and a link that logs in once (or sets a password).",
	  .examples = "ringi user add hanako --role process-owner --data /var/lib/ringi\n"
	              "ringi user add jiro --password-stdin < password.txt",
	  .options = add_options,
	  .run = add },
	{ .group = "user",
	  .name = "list",
	  .help = "Accounts.",
	  .examples = "ringi user list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "user",
	  .name = "link",
	  OF_A_PERSON,
	  .help = "A new link that logs in once: for who has forgotten the password.",
	  .examples = "ringi user link hanako",
	  .options = cli_json_option,
	  .run = link_again },
	{ .group = "user",
	  .name = "password",
	  OF_A_PERSON,
	  .help = "Sets a password: the first line of standard input.",
	  .examples = "ringi user password hanako < password.txt",
	  .options = cli_no_options,
	  .run = password },
	{ .group = "user",
	  .name = "disable",
	  OF_A_PERSON,
	  .help = "Lets somebody in no more; their sessions end at once.",
	  .examples = "ringi user disable hanako",
	  .options = cli_no_options,
	  .run = disable },
	{ .group = "user",
	  .name = "enable",
	  OF_A_PERSON,
	  .help = "Lets them in again.",
	  .examples = "ringi user enable hanako",
	  .options = cli_no_options,
	  .run = enable },
	{ .group = "user",
	  .name = "logout",
	  OF_A_PERSON,
	  .help = "Ends all sessions of somebody.",
	  .examples = "ringi user logout hanako",
	  .options = cli_no_options,
	  .run = log_out },
	{ 0 },
};
