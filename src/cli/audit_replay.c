/* audit_replay.c - `ringi audit replay`: approvals as they were, and whether the rows agree.
 *
 * Records come from the server or from an export. The approval is asked first, its records after
 * it; when they do not agree, both are asked again, because somebody may have voted in between. */
#include <stdio.h>

#include "base/time.h"
#include "cli/audit.h"
#include "cli/client.h"
#include "cli/replay.h"
#include "wire/chain_line.h"

enum { TRIES = 3, PAGE = 1000 };

struct following {
	struct replay replay;
	struct str resource;
	int64_t until_ms; /* records up to this time */
	struct arena *line_arena;
	struct buf scratch;
};

static bool is_time(struct cli *cli, const char *name, int64_t *to)
{
	const char *text = option_text(&cli->options, name);

	return text == NULL || time_read_rfc3339(str_of(text), to);
}

/* ---- from an export */

static bool follow_line(void *context, struct str line)
{
	struct following *f = context;
	struct chain_line l;
	struct str why;

	arena_reset(f->line_arena);
	if (!chain_line_read(f->line_arena, &f->scratch, line, &l) || l.kind != CHAIN_RECORD ||
	    !str_eq(l.record.resource, f->resource) || l.record.at > f->until_ms)
		return true; /* whether the export is whole is the business of verify */
	replay_follow(&f->replay, l.record.seq, l.record.at, l.record.action,
	              json_read(f->line_arena, l.record.detail, &why));
	return true;
}

static int follow_file(const char *path, struct following *f)
{
	bool cut;

	f->line_arena = arena_open();
	int code = audit_read_file(path, &cut, follow_line, f);
	arena_close(f->line_arena);
	buf_free(&f->scratch);
	return code;
}

/* ---- from a server */

/* Pages come the newest first; the records are followed from the oldest on. */
static int follow_server(struct cli *cli, struct following *f)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	struct str path = cli_path(cli, "/v1/audit?resource=", arena_str(cli->arena, f->resource).at,
	                           "");
	int code = cli_pages(cli, path, "records", PAGE, INT64_MAX, all, NULL);
	int64_t at;

	if (code != CLI_DONE)
		return code;
	const struct json **records = ARENA_ARRAY(cli->arena, const struct json *, all->count + 1);
	int count = 0;
	JSON_EACH (all, r)
		records[count++] = r;
	while (count-- > 0) {
		const struct json *r = records[count];
		if (!time_read_rfc3339(json_get_text(r, "at"), &at) || at > f->until_ms)
			continue;
		replay_follow(&f->replay, json_number(json_get(r, "seq")), at, json_get_text(r, "action"),
		              json_get(r, "detail"));
	}
	return CLI_DONE;
}

static int follow(struct cli *cli, const char *id, int64_t until_ms, struct following *f)
{
	const char *file = option_text(&cli->options, "file");

	*f = (struct following){ .until_ms = until_ms };
	f->resource = arena_printf(cli->arena, "approval:%s", id);
	replay_start(&f->replay, cli->arena);
	int code = file != NULL ? follow_file(file, f) : follow_server(cli, f);
	if (code == CLI_DONE && f->replay.records == 0)
		return cli_fail(CLI_WRONG, "There is no record of an approval %s%s.", id,
		                until_ms == INT64_MAX ? "" : " at that time");
	if (code == CLI_DONE && !f->replay.begun)
		return cli_fail(CLI_WRONG,
		                "The approval %s cannot be rebuilt: its opening is not in the log any "
		                "more.",
		                id);
	return code;
}

/* ---- one, all */

static int show(struct cli *cli, const struct replay *r)
{
	struct json *o = replay_state(r);
	struct buf at = { 0 };

	time_rfc3339(&at, r->at);
	json_put_number(cli->arena, o, "record", r->last);
	json_put_text(cli->arena, o, "at", arena_str(cli->arena, buf_str(&at)));
	buf_free(&at);
	cli_show(cli, o);
	return CLI_DONE;
}

/* 0, or an exit code; `differs` is what does not agree. */
static int compare(struct cli *cli, const char *id, struct str *differs)
{
	for (int i = 0; i < TRIES; i++) {
		struct following f;
		struct answer a;
		int code = cli_rest(cli, "GET", arena_printf(cli->arena, "/v1/approvals/%s", id), NULL, &a);
		if (code == CLI_DONE)
			code = follow(cli, id, INT64_MAX, &f);
		if (code != CLI_DONE)
			return code;
		*differs = replay_differs(&f.replay, a.json);
		if (!str_given(*differs))
			break;
	}
	return CLI_DONE;
}

static int compare_one(struct cli *cli, const char *id)
{
	struct str differs = S_NONE;
	int code = compare(cli, id, &differs);

	if (code == CLI_DONE && str_given(differs)) {
		printf("approval %s: %.*s\n", id, S_ARG(differs));
		return CLI_STORAGE;
	}
	return code;
}

static int compare_all(struct cli *cli)
{
	struct str cursor = S("9223372036854775807");
	int64_t good = 0, wrong = 0;

	while (str_given(cursor)) {
		struct answer a;
		int code = cli_rest(cli, "GET",
		                    arena_printf(cli->arena,
		                                 "/v1/audit?action=approval.opened&limit=%d&cursor=%.*s",
		                                 PAGE, S_ARG(cursor)),
		                    NULL, &a);
		if (code != CLI_DONE)
			return code;
		JSON_EACH (json_get(a.json, "records"), r) {
			struct str id = str_from(json_get_text(r, "resource"), strlen("approval:"));
			code = compare_one(cli, arena_str(cli->arena, id).at);
			if (code != CLI_DONE && code != CLI_STORAGE)
				return code;
			good += code == CLI_DONE;
			wrong += code == CLI_STORAGE;
		}
		cursor = json_get_text(a.json, "cursor");
	}
	struct json *o = json_new(cli->arena, JSON_OBJECT);
	json_put_number(cli->arena, o, "approvals", good + wrong);
	json_put_number(cli->arena, o, "differ", wrong);
	cli_show(cli, o);
	return wrong == 0 ? CLI_DONE : CLI_STORAGE;
}

int audit_replay(struct cli *cli)
{
	const char *id = cli_arg(cli, 0);
	int64_t until_ms = INT64_MAX;
	struct following f;

	if (!is_time(cli, "at", &until_ms))
		return cli_fail(CLI_WRONG, "--at must be a time as in 2026-11-23T09:00:00Z.");
	if (id == NULL)
		return compare_all(cli);
	if (option_text(&cli->options, "at") == NULL && !option_on(&cli->options, "show"))
		return compare_one(cli, id);
	int code = follow(cli, id, until_ms, &f);
	return code == CLI_DONE ? show(cli, &f.replay) : code;
}
