/* dlq_move.c - `ringi dlq redrive`, moves, pause, resume, cancel, archive: many dead letters at
 * once. A redrive is a move of the server: it goes on when we are gone. */
#include <stdio.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/queues.h"
#include "os/os.h"

enum { WATCH_MS = 200 };

/* ---- redrive */

static const struct option redrive_options[] = {
	{ .name = "dry-run", .kind = OPTION_SWITCH, .help = "only count", .marks = OPTION_FLAG_ONLY },
	{ .name = "rate",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .least = 1,
	  .most = MOVE_RATE_MAX,
	  .help = "messages a second at most",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "to",
	  .value = "QUEUE",
	  .help = "not back to where they came from, but there",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "error",
	  .value = "CODE",
	  .help = "only messages with this error",
	  .marks = OPTION_FLAG_ONLY },
	CLI_REASON,
	{ .name = "background",
	  .kind = OPTION_SWITCH,
	  .help = "do not wait for the end",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static struct json *wanted(struct cli *cli)
{
	static const struct {
		const char *option, *member;
	} texts[] = { { "error", "error" }, { "to", "destination" }, { "reason", "reason" } };
	const struct options *o = &cli->options;
	struct json *p = json_new(cli->arena, JSON_OBJECT);

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (option_text(o, texts[i].option) != NULL)
			json_put_text(cli->arena, p, texts[i].member, str_of(option_text(o, texts[i].option)));
	if (option_given(o, "rate"))
		json_put_number(cli->arena, p, "rate", option_number(o, "rate"));
	if (option_on(o, "dry-run"))
		json_add(p, S("dry_run"), json_new(cli->arena, JSON_TRUE));
	return p;
}

/* The move of that id, among those of the queue. */
static const struct json *move_of(const struct json *moves, struct str id)
{
	JSON_EACH (moves, m)
		if (str_eq(json_get_text(m, "id"), id))
			return m;
	return NULL;
}

/* Shows the progress until the move has ended, or is paused. */
static int watch(struct cli *cli, struct str id)
{
	struct str state = S("RUNNING");
	int64_t moved = 0;

	while (str_is(state, "RUNNING")) {
		struct answer a;
		int code = cli_rest(cli, "GET", cli_queue_path(cli, cli_arg(cli, 0), "/moves"), NULL, &a);
		if (code != CLI_DONE)
			return code;
		const struct json *m = move_of(json_get(a.json, "moves"), id);
		if (m == NULL)
			return cli_fail(CLI_REFUSED, "The move is not there any more.");
		state = json_get_text(m, "state");
		moved = json_number(json_get(m, "moved"));
		if (str_is(state, "RUNNING"))
			cli_wait_ms(WATCH_MS);
	}
	printf("%lld moved, %.*s\n", (long long)moved, S_ARG(state));
	return str_is(state, "COMPLETED") ? CLI_DONE : CLI_REFUSED;
}

static int redrive(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "POST", cli_queue_path(cli, cli_arg(cli, 0), "/moves"), wanted(cli),
	                    &a);

	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "dry-run")) {
		printf("%lld would be moved\n", (long long)json_number(json_get(a.json, "would_move")));
		if (json_is(json_get(a.json, "more"), JSON_TRUE))
			fprintf(stderr, "Only the first %lld messages were looked at.\n",
			        (long long)json_number(json_get(a.json, "looked_at")));
		return CLI_DONE;
	}
	struct str id = json_get_text(a.json, "id");
	if (!option_on(&cli->options, "background"))
		return watch(cli, id);
	printf("%.*s\n", S_ARG(id));
	return CLI_DONE;
}

/* ---- moves that there are */

static const struct column move_columns[] = {
	{ "id", "ID", false },           { "source", "FROM", false }, { "destination", "TO", false },
	{ "state", "STATE", false },     { "moved", "MOVED", true },  { "error", "ERROR", false },
	{ "requested_by", "BY", false }, { "reason", "WHY", false },  { 0 },
};

static int moves(struct cli *cli)
{
	struct answer a;
	const char *queue = cli_arg(cli, 0);
	int code = cli_rest(cli, "GET",
	                    queue == NULL ? S("/v1/moves") : cli_queue_path(cli, queue, "/moves"), NULL,
	                    &a);

	if (code == CLI_DONE)
		cli_list(cli, json_get(a.json, "moves"), move_columns);
	return code;
}

static int change(struct cli *cli, const char *behind)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct answer a;

	cli_put_option(cli, body, "reason", "reason");
	return cli_rest(cli, "POST", cli_path(cli, "/v1/moves/", cli_arg(cli, 0), behind), body, &a);
}

static int pause_move(struct cli *cli)
{
	return change(cli, "/pause");
}

static int resume_move(struct cli *cli)
{
	return change(cli, "/resume");
}

static int cancel_move(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE",
	                cli_with_reason(cli, cli_path(cli, "/v1/moves/", cli_arg(cli, 0), "")), NULL,
	                &a);
}

/* ---- archive: out of the queue, into a file */

static const struct option archive_options[] = {
	{ .name = "to",
	  .value = "FILE",
	  .help = "lines of JSON are added to this file (DLQ-DATE.jsonl)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "older",
	  .kind = OPTION_NUMBER,
	  .value = "HOURS",
	  .most = QUEUE_RETENTION_MAX_S / 3600,
	  .help = "only messages sent so long ago (0: all)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "keep",
	  .kind = OPTION_SWITCH,
	  .help = "do not delete them",
	  .marks = OPTION_FLAG_ONLY },
	CLI_REASON,
	{ 0 },
};

static struct str archive_file(struct cli *cli)
{
	const char *given = option_text(&cli->options, "to");
	struct buf day = { 0 };

	if (given != NULL)
		return str_of(given);
	time_rfc3339(&day, os_wall_ms());
	struct str name = arena_printf(cli->arena, "%s-%.10s.jsonl", cli_arg(cli, 0), day.at);
	buf_free(&day);
	return name;
}

static bool is_older(const struct json *m, int64_t before_ms)
{
	int64_t sent_ms;

	return before_ms == 0 ||
	       (time_read_rfc3339(json_get_text(m, "sent_at"), &sent_ms) && sent_ms <= before_ms);
}

/* Written and synced before the first one is deleted: a message is in the file, in the queue,
 * or in both. */
static int write_all(struct cli *cli, struct str file, const struct json *messages,
                     int64_t before_ms, struct json *kept)
{
	struct buf lines = { 0 };

	JSON_EACH (messages, m) {
		if (!is_older(m, before_ms) || str_is(json_get_text(m, "state"), "in_flight"))
			continue;
		buf_add(&lines, json_written(cli->arena, m));
		buf_add_byte(&lines, '\n');
		json_put_number(cli->arena, json_add(kept, S_NONE, json_new(cli->arena, JSON_OBJECT)),
		                "position", json_number(json_get(m, "position")));
	}
	enum err fault = lines.len == 0 ? OK : os_file_append(file.at, buf_str(&lines));
	buf_free(&lines);
	return fault == OK
	           ? CLI_DONE
	           : cli_fail(CLI_STORAGE, "The file %.*s could not be written; nothing was deleted.",
	                      S_ARG(file));
}

static int archive(struct cli *cli)
{
	const struct options *o = &cli->options;
	int64_t hours = option_number(o, "older");
	struct str file = archive_file(cli);
	struct json *messages = NULL, *kept = json_new(cli->arena, JSON_ARRAY);
	int code = queue_peek(cli, cli_arg(cli, 0), NULL, INT32_MAX, &messages);

	if (code == CLI_DONE)
		code = write_all(cli, file, messages, hours == 0 ? 0 : os_wall_ms() - hours * HOUR_MS,
		                 kept);
	JSON_EACH (kept, m) {
		struct answer a;
		if (code != CLI_DONE || option_on(o, "keep"))
			break;
		struct str at = arena_printf(cli->arena, "/messages/%lld",
		                             (long long)json_number(json_get(m, "position")));
		code = cli_rest(cli, "DELETE",
		                cli_with_reason(cli, cli_queue_path(cli, cli_arg(cli, 0), at.at)), NULL,
		                &a);
		if (code == CLI_REFUSED && a.status == 404)
			code = CLI_DONE; /* somebody else took it meanwhile */
	}
	if (code == CLI_DONE)
		printf("%u archived in %.*s\n", kept->count, S_ARG(file));
	return code;
}

const struct command commands_dlq_move[] = {
	{ .group = "dlq",
	  .name = "redrive",
	  .args = "DLQ",
	  .help = "Sends messages back to be tried again.",
	  .examples = "ringi dlq redrive orders-dlq --dry-run\n"
	              "ringi dlq redrive orders-dlq --rate 50 --reason 'the bank is back'\n"
	              "ringi dlq redrive orders-dlq --error TIMEOUT",
	  .options = redrive_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = redrive },
	{ .group = "dlq",
	  .name = "moves",
	  .args = "[DLQ]",
	  .help = "Redrives under way, and the latest that have ended.",
	  .examples = "ringi dlq moves orders-dlq",
	  .options = cli_json_option,
	  .args_max = 1,
	  .run = moves },
	{ .group = "dlq",
	  .name = "pause",
	  .args = "MOVE",
	  .help = "Pauses a redrive.",
	  .examples = "ringi dlq pause 01890a5d-ac96-774b-bcce-b302099a8057 --reason 'too fast'",
	  .options = cli_reason_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = pause_move },
	{ .group = "dlq",
	  .name = "resume",
	  .args = "MOVE",
	  .help = "Lets a paused redrive go on.",
	  .examples = "ringi dlq resume 01890a5d-ac96-774b-bcce-b302099a8057",
	  .options = cli_reason_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = resume_move },
	{ .group = "dlq",
	  .name = "cancel",
	  .args = "MOVE",
	  .help = "Ends a redrive; what was moved stays moved.",
	  .examples = "ringi dlq cancel 01890a5d-ac96-774b-bcce-b302099a8057",
	  .options = cli_reason_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = cancel_move },
	{ .group = "dlq",
	  .name = "archive",
	  .args = "DLQ",
	  .help = "Writes messages to a file, then deletes them.",
	  .examples = "ringi dlq archive orders-dlq --older 72 --to /var/archive/orders.jsonl",
	  .options = archive_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = archive },
	{ 0 },
};
