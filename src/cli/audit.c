/* audit.c - `ringi audit`: is the log what it was, and give it to me.
 *
 * Verification needs no secret and no server: an export and, for what a chain alone cannot show
 * (a cut end, an older copy, a log made anew), checkpoints that were kept elsewhere. */
#include "cli/audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "cli/client.h"
#include "os/os.h"
#include "wire/form.h"
#include "wire/hash.h"

enum { PIECE = 256 * 1024, LINE_MAX_BYTES = 16 * AUDIT_DETAIL_MAX };
#define ANCHOR_MAX (64 * MIB)

/* ---- lines of a file */

struct lines {
	FILE *file;
	struct buf rest; /* the beginning of a line whose end has not been read yet */
};

/* Gives each whole line. False: `line` said stop, or a line has no end (`cut`). */
static bool each_line(struct lines *l, bool *cut, audit_line_fn *line, void *context)
{
	char *piece = mem_get(PIECE);
	bool good = true;
	size_t n;

	while (good && (n = fread(piece, 1, PIECE, l->file)) > 0) {
		struct str s = { piece, n };
		const char *end;
		while (good && (end = memchr(s.at, '\n', s.len)) != NULL) {
			struct str first = { s.at, (size_t)(end - s.at) };
			if (l->rest.len > 0) {
				buf_add(&l->rest, first);
				first = buf_str(&l->rest);
			}
			good = line(context, first);
			buf_clear(&l->rest);
			s = str_from(s, (size_t)(end - s.at) + 1);
		}
		if (good)
			buf_add(&l->rest, s);
		if (l->rest.len > LINE_MAX_BYTES)
			good = line(context, buf_str(&l->rest)); /* it is none of ours */
	}
	*cut = l->rest.len > 0;
	mem_free(piece);
	return good;
}

int audit_read_file(const char *path, bool *cut, audit_line_fn *line, void *context)
{
	struct lines l = { .file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb") };

	if (l.file == NULL)
		return cli_fail(CLI_WRONG, "The file %s cannot be read.", path);
	(void)each_line(&l, cut, line, context);
	bool failed = ferror(l.file) != 0;
	buf_free(&l.rest);
	if (l.file != stdin)
		fclose(l.file);
	return failed ? cli_fail(CLI_STORAGE, "The file %s cannot be read to its end.", path)
	              : CLI_DONE;
}

/* ---- verify */

static bool anchor_line(void *context, struct str line)
{
	struct chain_file *f = context;
	struct chain_line l;

	arena_reset(f->line_arena);
	if (!str_starts(line, S("{\"checkpoint\":")))
		return true; /* a whole export serves as an anchor, too */
	if (!chain_line_read(f->line_arena, &f->scratch, line, &l)) {
		snprintf(f->v.wrong, sizeof f->v.wrong, "a line of the anchor is no checkpoint: %.*s",
		         (int)(line.len > 100 ? 100 : line.len), line.at);
		return false;
	}
	return chain_verify_anchor(&f->v, &l.checkpoint);
}

/* 64 digits, or a file that has them. */
static int take_keys(struct cli *cli, struct chain_file *f)
{
	const struct option_value *keys = option_value(&cli->options, "key");
	uint8_t public[ED25519_PUBLIC_SIZE];

	for (int i = 0; i < keys->count; i++) {
		if (!hex_read(str_of(keys->list[i]), public, sizeof public))
			return cli_fail(CLI_WRONG, "--key must be 64 hexadecimal digits, not %s.",
			                keys->list[i]);
		if (!chain_verify_key(&f->v, public))
			return cli_fail(CLI_WRONG, "%s", f->v.wrong);
	}
	return CLI_DONE;
}

static bool verify_line(void *context, struct str line)
{
	return chain_verify_line(context, line);
}

static struct str moment(struct arena *a, int64_t wall_ms)
{
	struct buf b = { 0 };

	time_rfc3339(&b, wall_ms);
	struct str text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return text;
}

static int report(struct cli *cli, const struct chain_file *f)
{
	struct json *o = json_new(cli->arena, JSON_OBJECT);
	const struct chain_verify *v = &f->v;
	struct uuid chain;
	char text[37];

	memcpy(chain.bytes, v->chain, sizeof chain.bytes);
	uuid_text(chain, text);
	json_put_text(cli->arena, o, "result", v->wrong[0] == '\0' ? S("good") : S("WRONG"));
	if (v->wrong[0] != '\0')
		json_put_text(cli->arena, o, "wrong", str_of(v->wrong));
	if (v->wrong_seq > 0)
		json_put_number(cli->arena, o, "record", v->wrong_seq);
	json_put_text(cli->arena, o, "chain", str_of(text));
	json_put_number(cli->arena, o, "records", v->records);
	if (v->records > 0) {
		json_put_number(cli->arena, o, "first", v->after + 1);
		json_put_number(cli->arena, o, "last", v->seq);
		json_put_text(cli->arena, o, "from", moment(cli->arena, v->first_at));
		json_put_text(cli->arena, o, "to", moment(cli->arena, v->last_at));
	}
	json_put_number(cli->arena, o, "redacted", v->redacted);
	json_put_number(cli->arena, o, "checkpoints", v->checkpoints);
	json_put_number(cli->arena, o, "anchored", v->anchored);
	cli_show(cli, o);
	if (v->wrong[0] == '\0' && v->anchor_count == 0 && !option_on(&cli->options, "json"))
		fprintf(stderr, "Without --anchor a cut end or an older copy cannot be told.\n");
	return v->wrong[0] == '\0' ? CLI_DONE : CLI_STORAGE;
}

static int verify_all(struct cli *cli, struct chain_file *f)
{
	const char *file = cli_arg(cli, 0), *anchor = option_text(&cli->options, "anchor");
	bool cut = false;
	int code = take_keys(cli, f);

	if (code == CLI_DONE && anchor != NULL)
		code = audit_read_file(anchor, &cut, anchor_line, f);
	cut = false;
	if (code == CLI_DONE && f->v.wrong[0] == '\0')
		code = file != NULL ? audit_read_file(file, &cut, verify_line, f)
		                    : audit_read_all(cli, 0, verify_line, f);
	if (code != CLI_DONE)
		return code;
	(void)chain_verify_file_end(f, cut);
	return report(cli, f);
}

static int verify(struct cli *cli)
{
	struct chain_file f = { .v.arena = cli->arena, .line_arena = arena_open() };
	int code = verify_all(cli, &f);

	buf_free(&f.scratch);
	arena_close(f.line_arena);
	return code;
}

/* ---- export, checkpoints */

static bool print_line(void *context, struct str line)
{
	FILE *to = context;

	return fwrite(line.at, 1, line.len, to) == line.len && fputc('\n', to) != EOF;
}

static int export(struct cli *cli)
{
	int code = audit_read_all(cli, option_number(&cli->options, "after"), print_line, stdout);

	if (code == CLI_DONE && (fflush(stdout) != 0 || ferror(stdout)))
		return cli_fail(CLI_STORAGE, "The export could not be written.");
	return code;
}

static int checkpoints(struct cli *cli)
{
	struct str cursor = arena_printf(cli->arena, "%lld",
	                                 (long long)option_number(&cli->options, "after"));

	while (str_given(cursor)) {
		struct buf line = { 0 };
		struct answer a;
		int code = cli_rest(cli, "GET",
		                    arena_printf(cli->arena, "/v1/audit/checkpoints?limit=1000&cursor=%.*s",
		                                 S_ARG(cursor)),
		                    NULL, &a);
		if (code != CLI_DONE)
			return code;
		JSON_EACH (json_get(a.json, "checkpoints"), c) {
			buf_clear(&line);
			json_write(&line, c);
			print_line(stdout, buf_str(&line));
		}
		buf_free(&line);
		cursor = json_get_text(a.json, "cursor");
	}
	return CLI_DONE;
}

static int key(struct cli *cli)
{
	struct answer a;
	int code = cli_rest(cli, "GET", S("/v1/audit/key"), NULL, &a);

	if (code == CLI_DONE && option_on(&cli->options, "json"))
		cli_show(cli, a.json);
	else if (code == CLI_DONE)
		JSON_EACH (json_get(a.json, "keys"), k)
			printf("%.*s\n", S_ARG(json_get_text(k, "key")));
	return code;
}

/* ---- list */

static const struct column columns[] = {
	{ "seq", "SEQ", true },
	{ "at", "AT", false },
	{ "principal", "WHO", false },
	{ "action", "WHAT", false },
	{ "resource", "TO WHAT", false },
	{ "reason", "WHY", false },
	{ 0 },
};

static void add_query(struct cli *cli, struct buf *path, const char *name)
{
	const char *text = option_text(&cli->options, name);

	if (text == NULL)
		return;
	buf_printf(path, "&%s=", name);
	form_encode(path, str_of(text));
}

static int show(struct cli *cli)
{
	struct answer a;
	uint64_t seq;

	if (!str_u64(str_of(cli_arg(cli, 0)), INT64_MAX, &seq))
		return cli_fail(CLI_WRONG,
		                "%s is no number of an audit record; `ringi audit list` shows them.",
		                cli_arg(cli, 0));
	int code = cli_rest(cli, "GET", arena_printf(cli->arena, "/v1/audit/%lld", (long long)seq),
	                    NULL, &a);
	if (code == CLI_DONE)
		cli_show(cli, a.json);
	return code;
}

static int list(struct cli *cli)
{
	static const char *const names[] = {
		"resource", "principal", "action", "from", "to", "cursor"
	};
	struct buf path = { 0 };
	struct answer a;

	buf_printf(&path, "/v1/audit?limit=%lld", (long long)option_number(&cli->options, "limit"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_query(cli, &path, names[i]);
	int code = cli_rest(cli, "GET", buf_str(&path), NULL, &a);
	buf_free(&path);
	if (code == CLI_DONE)
		cli_list(cli, json_get(a.json, "records"), columns);
	return code;
}

/* ---- redact, retain */

/* Asks again while there is more; adds up `counted`. */
static int go_on(struct cli *cli, const char *path, struct json *body, const char *counted,
                 bool after)
{
	struct json *o = json_new(cli->arena, JSON_OBJECT);
	struct json *from = after ? json_add(body, S("after"),
	                                     json_new_text(cli->arena, JSON_NUMBER, S("0")))
	                          : NULL;
	int64_t sum = 0, last = 0;
	bool more = true;

	while (more) {
		struct answer a;
		int code = cli_rest(cli, "POST", str_of(path), body, &a);
		if (code != CLI_DONE)
			return code;
		sum += json_number(json_get(a.json, counted));
		last = json_number(json_get(a.json, "last"));
		more = json_is(json_get(a.json, "more"), JSON_TRUE);
		if (from != NULL)
			from->text = arena_printf(cli->arena, "%lld", (long long)last);
	}
	json_put_number(cli->arena, o, counted, sum);
	json_put_number(cli->arena, o, "last", last);
	cli_show(cli, o);
	return CLI_DONE;
}

static int redact(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "resource", "resource");
	cli_put_option(cli, body, "person", "person");
	cli_put_option(cli, body, "before", "before");
	cli_put_option(cli, body, "reason", "reason");
	if (option_on(&cli->options, "origin"))
		json_add(body, S("origin"), json_new(cli->arena, JSON_TRUE));
	if (option_on(&cli->options, "words"))
		json_add(body, S("words"), json_new(cli->arena, JSON_TRUE));
	return go_on(cli, "/v1/audit/redact", body, "redacted", true);
}

static int retain(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "before", "before");
	cli_put_option(cli, body, "reason", "reason");
	return go_on(cli, "/v1/audit/retain", body, "removed", false);
}

/* ---- the table */

#define FLAG .marks = OPTION_FLAG_ONLY
#define FOLDER \
	{ \
		.name = "folder", .value = "DIR", \
		.help = "read this data folder instead of asking a server", FLAG \
	}
#define JSON \
	{ \
		.name = "json", .kind = OPTION_SWITCH, .help = "print JSON", FLAG \
	}
#define AFTER(what) \
	{ \
		.name = "after", .kind = OPTION_NUMBER, .value = "SEQ", .fallback = "0", .help = (what), \
		.least = 0, .most = INT64_MAX, FLAG \
	}

static const struct option verify_options[] = {
	FOLDER,
	{ .name = "anchor", .value = "FILE", .help = "checkpoints that were kept elsewhere", FLAG },
	{ .name = "key",
	  .kind = OPTION_LIST,
	  .value = "HEX",
	  .help = "only checkpoints of this public key count (may be repeated)",
	  FLAG },
	JSON,
	{ 0 },
};

static const struct option export_options[] = {
	FOLDER,
	AFTER("begin behind this record"),
	{ 0 },
};

static const struct option checkpoint_options[] = {
	AFTER("only those behind this record"),
	{ 0 },
};

static const struct option list_options[] = {
	{ .name = "resource", .value = "KIND:NAME", .help = "changes to this", FLAG },
	{ .name = "principal", .value = "NAME", .help = "changes by this one", FLAG },
	{ .name = "action", .value = "ACTION", .help = "such as queue.create, or queue.*", FLAG },
	{ .name = "from", .value = "TIME", .help = "not before 2026-11-23T09:00:00Z", FLAG },
	{ .name = "to", .value = "TIME", .help = "before that", FLAG },
	{ .name = "cursor", .value = "SEQ", .help = "older than this record", FLAG },
	{ .name = "limit",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "50",
	  .help = "how many at most",
	  .least = 1,
	  .most = LIST_MAX,
	  FLAG },
	JSON,
	{ 0 },
};

static const struct option replay_options[] = {
	{ .name = "at", .value = "TIME", .help = "show it as it was then", FLAG },
	{ .name = "show", .kind = OPTION_SWITCH, .help = "show what it is by its records", FLAG },
	{ .name = "file", .value = "FILE", .help = "take the records from this export", FLAG },
	JSON,
	{ 0 },
};

static const struct option redact_options[] = {
	{ .name = "resource", .value = "KIND:NAME", .help = "in records about this", FLAG },
	{ .name = "person", .value = "NAME", .help = "in records of or for this one", FLAG },
	{ .name = "before", .value = "TIME", .help = "in records older than that", FLAG },
	{ .name = "origin", .kind = OPTION_SWITCH, .help = "forget address and client", FLAG },
	{ .name = "words", .kind = OPTION_SWITCH, .help = "forget reason and personal data", FLAG },
	{ .name = "reason", .value = "TEXT", .help = "why, for the record", FLAG },
	JSON,
	{ 0 },
};

static const struct option retain_options[] = {
	{ .name = "before", .value = "TIME", .help = "remove records older than that", FLAG },
	{ .name = "reason", .value = "TEXT", .help = "why, for the record", FLAG },
	JSON,
	{ 0 },
};

const struct command commands_audit[] = {
	{ .group = "audit",
	  .name = "list",
	  .help = "Who changed what, the newest first.",
	  .examples = "ringi audit list --resource queue:work\n"
	              "ringi audit list --action 'queue.*' --from 2026-11-01T00:00:00Z",
	  .options = list_options,
	  .run = list },
	{ .group = "audit",
	  .name = "show",
	  .args = "SEQ",
	  .help = "One record, with all that it keeps.",
	  .examples = "ringi audit show 4711",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = show },
	{ .group = "audit",
	  .name = "verify",
	  .args = "[FILE]",
	  .help = "Whether the log (of a server, a folder, an export) is what it was.",
	  .examples = "ringi audit verify\n"
	              "ringi audit verify audit.jsonl --anchor checkpoints.jsonl\n"
	              "ringi audit verify --folder /mnt/copy/ringi",
	  .options = verify_options,
	  .args_max = 1,
	  .run = verify },
	{ .group = "audit",
	  .name = "export",
	  .help = "Prints the whole log as lines of JSON.",
	  .examples = "ringi audit export > audit.jsonl",
	  .options = export_options,
	  .run = export },
	{ .group = "audit",
	  .name = "checkpoints",
	  .help = "Prints signed checkpoints, to be kept elsewhere.",
	  .examples = "ringi audit checkpoints > checkpoints.jsonl",
	  .options = checkpoint_options,
	  .run = checkpoints },
	{ .group = "audit",
	  .name = "key",
	  .help = "Prints the public keys that sign them.",
	  .examples = "ringi audit key",
	  .options = cli_json_option,
	  .run = key },
	{ .group = "audit",
	  .name = "replay",
	  .args = "[APPROVAL]",
	  .help = "Rebuilds approvals from their records; whether the rows agree.",
	  .examples = "ringi audit replay\n"
	              "ringi audit replay 019f... --at 2026-11-23T09:00:00Z",
	  .options = replay_options,
	  .args_max = 1,
	  .run = audit_replay },
	{ .group = "audit",
	  .name = "redact",
	  .help = "Forgets personal data; the log still verifies.",
	  .examples = "ringi audit redact --origin --before 2026-05-01T00:00:00Z --reason 'rule 7'",
	  .options = redact_options,
	  .run = redact },
	{ .group = "audit",
	  .name = "retain",
	  .help = "Removes old records; the log still verifies.",
	  .examples = "ringi audit retain --before 2019-01-01T00:00:00Z --reason 'seven years'",
	  .options = retain_options,
	  .run = retain },
	{ 0 },
};
