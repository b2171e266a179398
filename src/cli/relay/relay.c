/* relay.c - the command `ringi relay`: its options and its end by a signal.
 *
 * The first SIGTERM or SIGINT lets it finish the request under way and mark its rows; a
 * second one ends it at once, as if it had been killed. */
#include "cli/relay/relay.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "os/os.h"

static const struct option options[] = {
	{ .name = "postgres",
	  .value = "URL",
	  .help = "the database: postgres://USER@HOST/DATABASE (password: PGPASSFILE)",
	  .marks = OPTION_SECRET },
	{ .name = "sqlite",
	  .value = "FILE",
	  .help = "or the database: an SQLite file",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "table",
	  .letter = 't',
	  .value = "NAME",
	  .fallback = "outbox",
	  .help = "the table, in PostgreSQL also SCHEMA.NAME",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "column",
	  .kind = OPTION_LIST,
	  .value = "ITS=NAME",
	  .help = "another name for a column: body=payload; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "channel",
	  .value = "NAME",
	  .help = "PostgreSQL: look at once when this channel is notified",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "poll-ms",
	  .kind = OPTION_NUMBER,
	  .value = "MS",
	  .fallback = "500",
	  .least = 10,
	  .most = RELAY_POLL_MAX_MS,
	  .help = "how often to look" },
	{ .name = "delete",
	  .letter = 'd',
	  .kind = OPTION_SWITCH,
	  .help = "delete rows that were sent; else sent_at is set",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "max-tries",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "10",
	  .least = 1,
	  .most = RELAY_TRIES_MAX,
	  .help = "refusals of a row until its error is set and it is left alone" },
	{ .name = "on-poison",
	  .kind = OPTION_CHOICE,
	  .value = "hold|skip",
	  .fallback = "hold",
	  .choices = "hold|skip",
	  .help = "then its key waits for you, or goes on without it" },
	{ .name = "id-attribute",
	  .value = "NAME",
	  .help = "a message attribute that carries the row's id",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "once",
	  .kind = OPTION_SWITCH,
	  .help = "send what there is, then end",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "dry-run",
	  .kind = OPTION_SWITCH,
	  .help = "print what would be sent",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json",
	  .kind = OPTION_SWITCH,
	  .help = "print JSON, also log lines",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

/* ---- the end by a signal */

static int stop_pipe[2];

static void on_signal(int number)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	sigaction(number, &usual, NULL);
	(void)!write(stop_pipe[1], "", 1);
}

static void watch_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	must(pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) == 0);
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- what was asked */

static int read_columns(struct cli *cli, struct outbox_config *config)
{
	const struct option_value *v = option_value(&cli->options, "column");

	for (int i = 0; i < v->count; i++) {
		struct str name = str_of(v->list[i]);
		struct str ours = str_cut(&name, '=');
		int c = 0;
		while (c < OUTBOX_COLUMNS && !str_is(ours, outbox_column_name(c)))
			c++;
		if (c == OUTBOX_COLUMNS || !str_given(name) || name.len == 0)
			return cli_fail(CLI_WRONG,
			                "--column must be ITS=NAME, with one of id, queue, topic, body, "
			                "message_group, dedup_id, attributes, traceparent, delay, created_at, "
			                "sent_at, error; not '%s'.",
			                v->list[i]);
		config->columns[c] = name.at;
	}
	return CLI_DONE;
}

static int read_config(struct cli *cli, struct outbox_config *config)
{
	const struct options *o = &cli->options;

	*config = (struct outbox_config){
		.postgres = option_text(o, "postgres"),
		.sqlite = option_text(o, "sqlite"),
		.table = option_text(o, "table"),
		.channel = option_text(o, "channel"),
		.remove = option_on(o, "delete"),
		.skip = str_is(str_of(option_text(o, "on-poison")), "skip"),
		.look = option_on(o, "dry-run"),
		.stop = stop_pipe[0],
	};
	if (config->sqlite != NULL && config->postgres != NULL &&
	    !str_starts(str_of(option_value(o, "postgres")->from), S("--")))
		config->postgres = NULL; /* the environment's is for other calls */
	if ((config->postgres == NULL) == (config->sqlite == NULL))
		return cli_fail(CLI_WRONG, "Give one database: --postgres URL or --sqlite FILE.");
	if (config->channel != NULL && config->sqlite != NULL)
		return cli_fail(CLI_WRONG, "--channel is for PostgreSQL; SQLite is looked at every "
		                           "--poll-ms.");
	if (config->table[0] == '\0')
		return cli_fail(CLI_WRONG, "--table must not be empty.");
	return read_columns(cli, config);
}

static int run(struct cli *cli)
{
	const struct options *o = &cli->options;
	struct relay r = { .cli = cli,
		               .max_tries = option_number(o, "max-tries"),
		               .poll_ms = (int)option_number(o, "poll-ms"),
		               .once = option_on(o, "once"),
		               .id_attribute = str_of(option_text(o, "id-attribute")) };
	int code;

	watch_signals();
	log_clock(os_wall_ms);
	log_open(option_on(o, "json") ? LOG_JSON : LOG_TEXT, r.once ? LOG_WARN : LOG_INFO);
	if ((code = read_config(cli, &r.config)) != CLI_DONE)
		return code;
	if ((r.client = cli_client(cli)) == NULL)
		return CLI_WRONG;
	r.topic_prefix = arena_printf(cli->arena,
	                              "arn:aws:sns:%s:000000000000:", option_text(o, "region"));
	r.window_arena = arena_open();
	r.batch_arena = arena_open();
	r.unsettled_arena = arena_open();
	r.outbox = outbox_open(&r.config);
	code = r.config.look ? relay_dry_run(&r) : relay_run(&r);
	outbox_close(r.outbox);
	holds_free(&r.holds);
	arena_close(r.window_arena);
	arena_close(r.batch_arena);
	arena_close(r.unsettled_arena);
	return code;
}

const struct command commands_relay[] = {
	{ .name = "relay",
	  .help = "Sends the rows of an application's outbox table.",
	  .examples = "ringi relay --postgres postgres://app@db/shop --table outbox --channel outbox\n"
	              "ringi relay --sqlite /var/lib/shop/shop.db --table outbox\n"
	              "ringi relay --sqlite shop.db --once --json\n"
	              "ringi relay --sqlite shop.db --dry-run",
	  .options = options,
	  .run = run },
	{ 0 },
};
