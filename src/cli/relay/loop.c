/* loop.c - connects, waits for its turn, sends windows, waits again.
 *
 *     connect -> stand by (another relay has the lock) -> work -> ... -> stopped
 *        ^                                                 |
 *        '------------- the database failed --------------'
 *
 * With --once a failure ends it instead: whoever called will call again. */
#include <poll.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/relay/relay.h"
#include "os/os.h"

enum { STANDBY_MS = 500, TELL_MS = 10 * 1000 };

/* ---- waiting */

static bool pause_ms(const struct relay *r, int ms)
{
	struct pollfd in = { .fd = r->config.stop, .events = POLLIN };

	return poll(&in, 1, ms) > 0;
}

bool relay_stopping(const struct relay *r)
{
	return pause_ms(r, 0);
}

/* Until there may be something to do. */
static enum err idle_away(struct relay *r)
{
	int64_t now_ms = os_now().mono_ms, next = holds_next(&r->holds, now_ms);
	int64_t ms = next != NEVER && next - now_ms < r->poll_ms ? next - now_ms : r->poll_ms;

	return outbox_wait(r->outbox, (int)ms);
}

/* ---- telling */

static void tell(struct relay *r)
{
	int64_t now_ms = os_now().mono_ms;

	if (r->sent == r->told_sent || now_ms - r->told_ms < TELL_MS)
		return;
	log_line(LOG_INFO, "relay", "sent", "messages=%lld", (long long)(r->sent - r->told_sent));
	r->told_sent = r->sent;
	r->told_ms = now_ms;
}

static int server_failed(struct relay *r)
{
	int ms = relay_backoff_ms(++r->server_tries);

	log_line(LOG_WARN, "relay", r->crowded ? "too much is refused" : "the server takes nothing",
	         "error=\"%.*s\" next=\"again in %d ms\"", S_ARG(r->last_problem), ms);
	return ms;
}

/* ---- work */

/* OK: asked to stop, or drained. ERR_BUSY: --once, and the server takes nothing. */
static enum err work(struct relay *r)
{
	bool idle, down;

	while (!relay_stopping(r)) {
		TRY(relay_window(r, &idle, &down));
		r->database_tries = 0;
		tell(r);
		if (down || r->crowded) {
			int ms = server_failed(r);
			if (r->once)
				return ERR_BUSY;
			(void)pause_ms(r, ms);
			continue;
		}
		if (!idle) {
			r->server_tries = 0;
			continue;
		}
		if (r->once && holds_next(&r->holds, os_now().mono_ms) == NEVER)
			return OK;
		TRY(idle_away(r));
	}
	return OK;
}

/* ERR_BUSY: another relay has it, and we shall not wait. */
static enum err stand_by(struct relay *r)
{
	enum err e = outbox_lock(r->outbox);

	if (e == ERR_BUSY && !r->once)
		log_line(LOG_INFO, "relay", "standing by", "table=\"%s\"", outbox_name(r->outbox));
	while (e == ERR_BUSY && !r->once && !pause_ms(r, STANDBY_MS))
		e = outbox_lock(r->outbox);
	return e;
}

static enum err session(struct relay *r)
{
	TRY(outbox_connect(r->outbox));
	os_notify("READY=1");
	TRY(stand_by(r));
	if (relay_stopping(r))
		return OK;
	log_line(LOG_INFO, "relay", "at work", "table=\"%s\" server=\"%s\"", outbox_name(r->outbox),
	         client_server(r->client));
	return work(r);
}

/* ---- the end */

static void report(struct relay *r, int64_t aside, int64_t behind)
{
	struct json *o = json_new(r->cli->arena, JSON_OBJECT);

	json_put_number(r->cli->arena, o, "sent", r->sent);
	json_put_number(r->cli->arena, o, "refused", r->refused);
	json_put_number(r->cli->arena, o, "set_aside", r->aside);
	if (r->once) {
		json_put_number(r->cli->arena, o, "with_error", aside);
		json_put_number(r->cli->arena, o, "behind_them", behind);
	}
	cli_show(r->cli, o);
}

/* Drained, or stopped. With --once the code tells whether anything is left. */
static int finish(struct relay *r)
{
	int64_t aside = 0, behind = 0;

	if (r->once && outbox_count(r->outbox, &aside, &behind) != OK)
		return cli_fail(CLI_STORAGE, "%s", outbox_problem(r->outbox));
	report(r, aside, behind);
	if (aside > 0)
		return cli_fail(
			CLI_REFUSED,
			"%lld rows have an error and %lld wait behind them: clear the errors to have "
			"them sent, or delete the rows.",
			(long long)aside, (long long)behind);
	return r->left && r->once ? cli_fail(CLI_REFUSED, "Some rows could not be sent now.")
	                          : CLI_DONE;
}

static int give_up(struct relay *r, enum err e)
{
	if (e == ERR_LIMIT)
		return CLI_STORAGE; /* has been told */
	if (e == ERR_BUSY && r->server_tries > 0)
		return cli_fail(CLI_UNREACHABLE, "%.*s", S_ARG(r->last_problem));
	return cli_fail(e == ERR_BUSY ? CLI_REFUSED : CLI_STORAGE, "%s", outbox_problem(r->outbox));
}

int relay_run(struct relay *r)
{
	for (;;) {
		enum err e = session(r);
		if (e == OK)
			return finish(r);
		if (r->once || e == ERR_CORRUPT || e == ERR_LIMIT)
			return give_up(r, e);
		int ms = relay_backoff_ms(++r->database_tries);
		log_line(LOG_WARN, "relay", "the database failed", "error=\"%s\" next=\"again in %d ms\"",
		         outbox_problem(r->outbox), ms);
		outbox_disconnect(r->outbox);
		if (pause_ms(r, ms))
			return finish(r);
	}
}

/* ---- --dry-run */

static void print_entry(struct relay *r, const struct entry *e)
{
	struct str body = e->row->body;

	if (option_on(&r->cli->options, "json")) {
		struct str line = json_written(r->batch_arena, entry_shown(r->batch_arena, e));
		printf("%.*s\n", S_ARG(line));
	} else if (e->fate == FATE_REFUSED) {
		printf("%.*s: %.*s\n", S_ARG(e->held.id), S_ARG(e->problem));
	} else {
		body.len = body.len > 60 ? 60 : body.len;
		printf("%.*s -> %.*s%s%.*s: %.*s\n", S_ARG(e->held.id), S_ARG(e->name),
		       e->held.group.len > 0 ? " / " : "", S_ARG(e->held.group), S_ARG(body));
	}
}

int relay_dry_run(struct relay *r)
{
	struct outbox_held none = { S("[]"), S("[]"), S("[]") };
	struct outbox_row *rows, last = { 0 };
	struct arena *last_arena = arena_open();
	enum err e = outbox_connect(r->outbox);
	int64_t total = 0;
	bool first = true;

	while (e == OK && !relay_stopping(r)) {
		arena_reset(r->window_arena);
		e = outbox_fetch(r->outbox, r->window_arena, &none, first ? NULL : &last, &rows, &r->count);
		if (e != OK || r->count == 0)
			break;
		for (int i = 0; i < r->count; i++) {
			struct entry entry;
			arena_reset(r->batch_arena);
			entry_make(r, r->batch_arena, &rows[i], &entry);
			print_entry(r, &entry);
		}
		arena_reset(last_arena);
		last = (struct outbox_row){ .number = rows[r->count - 1].number,
			                        .numeric = rows[r->count - 1].numeric };
		last.id = arena_str(last_arena, rows[r->count - 1].id);
		total += r->count;
		first = false;
	}
	arena_close(last_arena);
	if (e != OK)
		return cli_fail(CLI_STORAGE, "%s", outbox_problem(r->outbox));
	fprintf(stderr, "%lld rows would be sent. Nothing was changed.\n", (long long)total);
	return CLI_DONE;
}
