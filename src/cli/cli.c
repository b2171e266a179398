/* cli.c - finds the command that was meant, reads its options, runs it.
 *
 * Help begins with examples, because people who ask for help want to copy a line. */
#include "cli/cli.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/near.h"
#include "cli/client.h"
#include "os/os.h"

static const struct command *const tables[] = {
	commands_demo,     commands_send,     commands_receive,  commands_queue,    commands_topic,
	commands_dlq,      commands_dlq_move, commands_key,      commands_top,      commands_bench,
	commands_backup,   commands_check,    commands_events,   commands_relay,    commands_worker,
	commands_job,      commands_schedule, commands_calendar, commands_apply,    commands_docs,
	commands_simulate, commands_role,     commands_people,   commands_delegate, commands_policy,
	commands_user,     commands_approve,  commands_audit,    commands_cluster,  commands_migrate,
};
enum { TABLES = sizeof tables / sizeof *tables, NAMES_MAX = 128 };

const struct option cli_no_options[] = { { 0 } };
const struct option cli_json_option[] = {
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};
const struct option cli_reason_option[] = { CLI_REASON, { 0 } };
const struct option cli_server_options[] = {
	{ .name = "server",
	  .value = "URL",
	  .fallback = "http://127.0.0.1:9324",
	  .help = "where ringi listens" },
	{ .name = "key-file",
	  .value = "FILE",
	  .help = "access key: a line with its id and a line with its secret" },
	{ .name = "access-key-id", .value = "ID", .help = "the id of the access key" },
	{ .name = "secret-access-key",
	  .value = "SECRET",
	  .help = "its secret (better in a file or variable)",
	  .marks = OPTION_SECRET },
	{ .name = "token",
	  .value = "TOKEN",
	  .help = "a bearer token instead of an access key",
	  .marks = OPTION_SECRET },
	{ .name = "user",
	  .value = "PERSON",
	  .help = "the person who acts: whoever with --auth off, else one the key may act for" },
	{ .name = "data",
	  .value = "DIR",
	  .help = "take the token from DIR/admin.token, which the server made" },
	{ .name = "region",
	  .value = "NAME",
	  .fallback = "us-east-1",
	  .help = "the region that signatures name" },
	{ .name = "ca-file", .value = "FILE", .help = "trust this certificate (https)" },
	{ .name = "insecure", .kind = OPTION_SWITCH, .help = "trust any certificate (https)" },
	{ 0 },
};

/* ---- small things for all commands */

int cli_fail(int code, const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fprintf(stderr, "ringi: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return code;
}

const char *cli_arg(const struct cli *cli, int at)
{
	return at < cli->options.arg_count ? cli->options.args[at] : NULL;
}

bool cli_japanese(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return str_starts(str_of(value), S("ja"));
	}
	return false;
}

void cli_wait_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* ---- the client */

static bool read_key_file(struct cli *cli, const char *path, struct client_config *config)
{
	struct str all;

	if (os_file_read(cli->arena, path, 4096, &all) != OK || !str_given(all)) {
		cli_fail(CLI_WRONG, "The key file %s cannot be read.", path);
		return false;
	}
	struct str id = str_trim(str_cut(&all, '\n')), secret = str_trim(str_cut(&all, '\n'));
	if (id.len == 0 || secret.len == 0) {
		cli_fail(CLI_WRONG,
		         "The key file %s must have two lines: the id of the access key and its secret.",
		         path);
		return false;
	}
	config->key_id = arena_str(cli->arena, id).at;
	config->secret = arena_str(cli->arena, secret).at;
	return true;
}

/* A folder that only the environment names may be without one (--auth off). */
static bool read_admin_token(struct cli *cli, struct client_config *config)
{
	const struct option_value *data = option_value(&cli->options, "data");
	struct str all = S_NONE;

	if (data->text == NULL)
		return true;
	const char *path = arena_printf(cli->arena, "%s/admin.token", data->text).at;
	if (os_file_read(cli->arena, path, 4096, &all) == OK && str_given(all))
		config->token = arena_str(cli->arena, str_trim(str_cut(&all, '\n'))).at;
	else if (str_starts(str_of(data->from), S("--"))) {
		cli_fail(CLI_WRONG,
		         "The token file %s cannot be read. The server makes it at its first start with "
		         "--auth on; only its owner may read it.",
		         path);
		return false;
	}
	return true;
}

static bool read_access(struct cli *cli, struct client_config *config)
{
	const struct options *o = &cli->options;
	const char *file = option_text(o, "key-file");

	config->key_id = option_text(o, "access-key-id");
	config->secret = option_text(o, "secret-access-key");
	config->token = option_text(o, "token");
	if (file != NULL && !read_key_file(cli, file, config))
		return false;
	if ((config->key_id == NULL) != (config->secret == NULL)) {
		cli_fail(CLI_WRONG,
		         "An access key has two parts: give --access-key-id and --secret-access-key, "
		         "or --key-file.");
		return false;
	}
	return config->key_id != NULL || config->token != NULL || read_admin_token(cli, config);
}

struct client *cli_client(struct cli *cli)
{
	if (cli->client != NULL)
		return cli->client;
	struct client_config config = {
		.server = option_text(&cli->options, "server"),
		.region = option_text(&cli->options, "region"),
		.user = option_text(&cli->options, "user"),
		.ca_file = option_text(&cli->options, "ca-file"),
		.insecure = option_on(&cli->options, "insecure"),
	};
	struct str server = str_of(config.server);

	if (!str_starts(server, S("http://")) && !str_starts(server, S("https://"))) {
		cli_fail(CLI_WRONG, "--server must begin with http:// or https://, not '%s'.",
		         config.server);
		return NULL;
	}
	if (config.user != NULL && strpbrk(config.user, "\r\n") != NULL) {
		cli_fail(CLI_WRONG, "--user names a person in one line.");
		return NULL;
	}
	if (!read_access(cli, &config))
		return NULL;
	return cli->client = client_open(&config);
}

/* ---- help */

static void spell(struct buf *b, const struct command *c)
{
	buf_printf(b, "ringi %s%s%s%s%s", c->group == NULL ? "" : c->group, c->group == NULL ? "" : " ",
	           c->name, c->args == NULL ? "" : " ", c->args == NULL ? "" : c->args);
}

static void print(struct buf *b)
{
	fwrite(b->at, 1, b->len, stdout);
	buf_free(b);
}

/* With one of its own as the example. */
static void help_environment(struct buf *b, const struct option *o)
{
	while (o->name != NULL && (o->marks & OPTION_FLAG_ONLY))
		o++;
	if (o->name == NULL)
		return;
	buf_printf(b, "\nOptions may also come from the environment: --%s as RINGI_", o->name);
	for (const char *at = o->name; *at != '\0'; at++)
		buf_add_byte(b, *at == '-'                 ? '_'
		                : *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A')
		                                           : *at);
	buf_add(b, S(".\n"));
}

static int help_command(const struct command *c)
{
	struct buf b = { 0 };
	struct str lines = str_of(c->examples);

	buf_add(&b, S("Examples:\n"));
	while (str_given(lines)) {
		struct str line = str_cut(&lines, '\n');
		buf_printf(&b, "  %.*s\n", S_ARG(line));
	}
	buf_add(&b, S("\nUsage: "));
	spell(&b, c);
	buf_printf(&b, " [OPTIONS]\n%s\n", c->help);
	if (c->options->name != NULL)
		buf_add(&b, S("\nOptions:\n"));
	options_help(&b, c->options);
	if (!c->local) {
		buf_add(&b, S("\nThe server:\n"));
		options_help(&b, cli_server_options);
	}
	help_environment(&b, c->local ? c->options : cli_server_options);
	print(&b);
	return CLI_DONE;
}

static void list_commands(struct buf *b, const char *group)
{
	for (int t = 0; t < TABLES; t++)
		for (const struct command *c = tables[t]; c->name != NULL; c++) {
			struct buf left = { 0 };
			if (group != NULL && (c->group == NULL || strcmp(group, c->group) != 0))
				continue;
			spell(&left, c);
			buf_add_byte(&left, '\0');
			buf_printf(b, "  %-36s %s\n", left.at + strlen("ringi "), c->help);
			buf_free(&left);
		}
}

static int help_group(const char *group)
{
	struct buf b = { 0 };

	buf_add(&b, S("Examples:\n"));
	for (int t = 0; t < TABLES; t++)
		for (const struct command *c = tables[t]; c->name != NULL; c++)
			if (c->group != NULL && strcmp(group, c->group) == 0) {
				struct str rest = str_of(c->examples);
				struct str line = str_cut(&rest, '\n');
				buf_printf(&b, "  %.*s\n", S_ARG(line));
			}
	buf_add(&b, S("\nCommands:\n"));
	list_commands(&b, group);
	buf_printf(&b, "\n`ringi %s COMMAND --help` tells more about one.\n", group);
	print(&b);
	return CLI_DONE;
}

static int help_all(void)
{
	struct buf b = { 0 };

	buf_add(&b,
	        S("Examples:\n"
	          "  ringi demo                                  watch real work go through a queue\n"
	          "  ringi serve --data ./data --auth off        a server for yourself, port 9324\n"
	          "  ringi queue create orders --dlq orders-dlq\n"
	          "  ringi send orders '{\"order\": 1}'\n"
	          "  ringi receive orders --wait 20 --delete\n"
	          "  ringi dlq errors orders-dlq                 what went wrong, grouped\n"
	          "\nCommands:\n"
	          "  serve --data DIR                     run the server\n"));
	list_commands(&b, NULL);
	buf_add(&b, S("  version                              which ringi this is\n"
	              "\n`ringi COMMAND --help` tells more. Exit codes: 0 done, 1 the server refused,\n"
	              "2 asked wrongly, 3 not reachable, 4 storage, 5 bug.\n"));
	print(&b);
	return CLI_DONE;
}

/* ---- dispatch */

static bool group_exists(const char *name)
{
	for (int t = 0; t < TABLES; t++)
		for (const struct command *c = tables[t]; c->name != NULL; c++)
			if (c->group != NULL && strcmp(c->group, name) == 0)
				return true;
	return false;
}

static const struct command *find(const char *group, const char *name)
{
	for (int t = 0; t < TABLES; t++)
		for (const struct command *c = tables[t]; c->name != NULL; c++) {
			bool same_group = group == NULL ? c->group == NULL
			                                : c->group != NULL && strcmp(c->group, group) == 0;
			if (same_group && strcmp(c->name, name) == 0)
				return c;
		}
	return NULL;
}

static void add_name(const char **names, int *count, const char *name)
{
	for (int i = 0; i < *count; i++)
		if (strcmp(names[i], name) == 0)
			return;
	must(*count < NAMES_MAX);
	names[(*count)++] = name;
}

static int unknown_command(const char *group, const char *name)
{
	const char *names[NAMES_MAX];
	int count = 0;

	for (int t = 0; t < TABLES; t++)
		for (const struct command *c = tables[t]; c->name != NULL; c++) {
			if (group == NULL)
				add_name(names, &count, c->group == NULL ? c->name : c->group);
			else if (c->group != NULL && strcmp(c->group, group) == 0)
				add_name(names, &count, c->name);
		}
	if (group == NULL)
		add_name(names, &count, "serve");
	const char *near = nearest_name(name, names, count);
	const char *space = group == NULL ? "" : " ";
	group = group == NULL ? "" : group;
	if (near == NULL)
		return cli_fail(CLI_WRONG,
		                "There is no command `ringi %s%s%s`; `ringi %s%s--help` lists them.", group,
		                space, name, group, space);
	return cli_fail(CLI_WRONG, "There is no command `ringi %s%s%s`; did you mean `ringi %s%s%s`?",
	                group, space, name, group, space, near);
}

static int check_args(const struct cli *cli)
{
	const struct command *c = cli->command;
	int count = cli->options.arg_count;
	struct buf b = { 0 };

	if (count >= c->args_min && count <= c->args_max)
		return CLI_DONE;
	spell(&b, c);
	if (count < c->args_min)
		cli_fail(CLI_WRONG, "Something is missing: `%.*s`.", (int)b.len, b.at);
	else
		cli_fail(CLI_WRONG, "'%s' is too much: `%.*s`.", cli->options.args[c->args_max], (int)b.len,
		         b.at);
	buf_free(&b);
	return CLI_WRONG;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct cli cli = { .arena = arena_open(), .command = command };
	struct str why;
	int code;

	if (!options_read(&cli.options, cli.arena, command->options,
	                  command->local ? NULL : cli_server_options, argc, argv, &why))
		code = cli_fail(CLI_WRONG, "%.*s", S_ARG(why));
	else if (cli.options.help)
		code = help_command(command);
	else
		code = check_args(&cli);
	if (code == CLI_DONE && !cli.options.help)
		code = command->run(&cli);
	client_close(cli.client);
	arena_close(cli.arena);
	if (fflush(stdout) != 0 && code == CLI_DONE)
		code = cli_fail(CLI_STORAGE, "The output could not be written.");
	return code;
}

static bool is_help(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int dispatch(int argc, char **argv)
{
	if (argc == 0 || (is_help(argv[0]) && argc == 1))
		return help_all();
	if (is_help(argv[0])) { /* `ringi help queue create` */
		const struct command *c = argc > 2 ? find(argv[1], argv[2]) : find(NULL, argv[1]);
		return c != NULL               ? help_command(c)
		       : group_exists(argv[1]) ? help_group(argv[1])
		                               : unknown_command(NULL, argv[1]);
	}
	if (group_exists(argv[0])) {
		if (argc == 1 || is_help(argv[1]))
			return help_group(argv[0]);
		const struct command *c = find(argv[0], argv[1]);
		return c == NULL ? unknown_command(argv[0], argv[1]) : run(c, argc - 2, argv + 2);
	}
	const struct command *c = find(NULL, argv[0]);
	return c == NULL ? unknown_command(NULL, argv[0]) : run(c, argc - 1, argv + 1);
}

int cli_main(int argc, char **argv)
{
	if (argc > 1 && (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0)) {
		printf("ringi %s\n", RINGI_VERSION);
		return CLI_DONE;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	int code = dispatch(argc - 1, argv + 1);
	curl_global_cleanup();
	return code;
}
