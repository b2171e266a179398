/* top.c - `ringi top`: the queues, once a second, until q is pressed.
 *
 * On something that is no terminal it prints one table after another. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/queues.h"
#include "os/os.h"

static const struct option options[] = {
	{ .name = "interval",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .fallback = "1",
	  .least = 1,
	  .most = 3600,
	  .help = "how often",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "once", .kind = OPTION_SWITCH, .help = "only one table", .marks = OPTION_FLAG_ONLY },
	{ .name = "json",
	  .kind = OPTION_SWITCH,
	  .help = "with --once: JSON",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static const struct column columns[] = {
	{ "name", "QUEUE", false },         { "visible", "VISIBLE", true },
	{ "in_flight", "IN FLIGHT", true }, { "delayed", "DELAYED", true },
	{ "waiting", "RECEIVERS", true },   { "sent_rate", "SENT/S", true },
	{ "deleted_rate", "DONE/S", true }, { "oldest_age", "OLDEST", true },
	{ "state", "STATE", false },        { 0 },
};

static struct termios before;
static bool raw;

static void back_to_normal(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raw = false;
}

/* Keys arrive without Enter and are not shown. */
static void make_raw(void)
{
	struct termios t;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
		return;
	t = before;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
	if (raw)
		atexit(back_to_normal);
}

/* True when q was pressed, or input ended, within that time. */
static bool quit_within(int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;

	if (!raw) {
		cli_wait_ms(ms);
		return false;
	}
	if (poll(&in, 1, ms) <= 0)
		return false;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

/* What changed since the last table, per second. */
static void add_rate(struct cli *cli, struct json *now, const struct json *then,
                     const char *counter, const char *rate, int64_t ms)
{
	const struct json *a = json_get(then, counter), *b = json_get(now, counter);

	if (a != NULL && b != NULL && ms > 0)
		json_put_number(cli->arena, now, rate, (json_number(b) - json_number(a)) * 1000 / ms);
}

static void add_rates(struct cli *cli, struct json *queues, const struct json *last, int64_t ms)
{
	const struct json *then = last == NULL ? NULL : last->first;

	/* Both are sorted by name; queues come and go in between. */
	for (struct json *q = queues->first; q != NULL && then != NULL; q = q->next) {
		while (then != NULL && str_cmp(json_get_text(then, "name"), json_get_text(q, "name")) < 0)
			then = then->next;
		if (then == NULL || !str_eq(json_get_text(then, "name"), json_get_text(q, "name")))
			continue;
		add_rate(cli, q, then, "sent", "sent_rate", ms);
		add_rate(cli, q, then, "deleted", "deleted_rate", ms);
	}
}

static void draw(const struct json *queues, const char *server)
{
	struct buf b = { 0 };

	if (raw)
		buf_add(&b, S("\033[H\033[J"));
	buf_add_text(&b, "ringi top  ");
	buf_add_text(&b, server);
	buf_add_text(&b, "  ");
	time_rfc3339(&b, os_now().wall_ms);
	buf_add_text(&b, raw ? "  (q quits)\n\n" : "\n");
	cli_table(&b, queues, columns);
	fwrite(b.at, 1, b.len, stdout);
	fflush(stdout);
	buf_free(&b);
}

static int run(struct cli *cli)
{
	bool once = option_on(&cli->options, "once");
	int interval = (int)option_number(&cli->options, "interval") * 1000;
	struct arena *own = cli->arena, *arenas[2] = { arena_open(), arena_open() };
	struct json *queues = NULL, *last = NULL;
	int64_t at = 0, last_at = 0;
	int code, turn = 0;

	if (!once)
		make_raw();
	for (;; turn++, last = queues, last_at = at) {
		cli->arena = arenas[turn % 2]; /* two, because the last table is still needed */
		arena_reset(cli->arena);
		if ((code = queues_all(cli, NULL, &queues)) != CLI_DONE)
			break;
		at = os_now().mono_ms;
		add_rates(cli, queues, last, at - last_at);
		if (once && option_on(&cli->options, "json"))
			cli_list(cli, queues, columns);
		else
			draw(queues, client_server(cli->client));
		if (once || quit_within(interval))
			break;
	}
	cli->arena = own;
	arena_close(arenas[0]);
	arena_close(arenas[1]);
	back_to_normal();
	return code;
}

const struct command commands_top[] = {
	{ .name = "top",
	  .help = "A live table of all queues.",
	  .examples = "ringi top\nringi top --once --json",
	  .options = options,
	  .run = run },
	{ 0 },
};
