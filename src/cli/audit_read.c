/* audit_read.c - pages of the audit log, joined to one export: the head of the first, the end of
 * the last, and all records and checkpoints between. */
#include <stdio.h>

#include "cli/audit.h"
#include "cli/client.h"

struct joining {
	audit_line_fn *line;
	void *context;
	struct str end; /* of the page: given when there is no further one */
	bool first, stopped;
};

static void take_line(struct joining *j, struct str line)
{
	if (str_starts(line, S("{\"end\":")))
		j->end = line;
	else if (j->first || !str_starts(line, S("{\"audit_export\":")))
		j->stopped = !j->line(j->context, line);
	j->first = false;
}

static void take_page(struct joining *j, struct str lines)
{
	while (lines.len > 0 && !j->stopped) {
		const char *end = memchr(lines.at, '\n', lines.len);
		size_t len = end == NULL ? lines.len : (size_t)(end - lines.at);
		take_line(j, (struct str){ lines.at, len });
		lines = str_from(lines, end == NULL ? len : len + 1);
	}
}

/* The number behind {"end": */
static int64_t end_of(struct str line)
{
	struct str rest = str_from(line, strlen("{\"end\":"));
	uint64_t seq = 0;

	return str_u64(str_cut(&rest, ','), INT64_MAX, &seq) ? (int64_t)seq : -1;
}

/* A page without anything new is the last one. `next` is behind which record the next begins. */
static bool page_done(struct joining *j, int64_t *next)
{
	int64_t last = str_given(j->end) ? end_of(j->end) : -1;

	if (!j->stopped && last <= *next) {
		if (str_given(j->end))
			j->stopped = !j->line(j->context, j->end);
		return true;
	}
	*next = last;
	return j->stopped;
}

static int read_server(struct cli *cli, int64_t after, struct joining *j)
{
	bool done = false;

	while (!done) {
		struct arena *page = arena_open();
		struct answer a;
		char path[64];
		snprintf(path, sizeof path, "/v1/audit/export?after=%lld", (long long)after);
		int code = client_rest(cli_client(cli), page, "GET", str_of(path), S_NONE, &a);
		if (code != CLI_DONE) {
			cli_fail(code, "%.*s", S_ARG(a.problem));
			arena_close(page);
			return code;
		}
		j->end = S_NONE;
		take_page(j, a.body);
		done = page_done(j, &after);
		arena_close(page);
	}
	return CLI_DONE;
}

/* False and a sentence when it cannot be read. */
static bool read_folder(const char *place, int64_t after, struct joining *j, char why[256])
{
	struct audit_folder *f = audit_folder_open(place, why);
	bool good = f != NULL, done = false;

	while (good && !done) {
		struct audit_page page;
		good = audit_folder_page(f, after, &page, why);
		if (!good)
			break;
		j->end = S_NONE;
		take_page(j, page.lines);
		done = page_done(j, &after);
	}
	audit_folder_close(f);
	return good;
}

int audit_read_all(struct cli *cli, int64_t after, audit_line_fn *line, void *context)
{
	struct joining j = { .line = line, .context = context, .first = true };
	const char *folder = option_text(&cli->options, "folder");
	char why[256] = "";

	if (folder == NULL)
		return cli_client(cli) == NULL ? CLI_WRONG : read_server(cli, after, &j);
	if (read_folder(folder, after, &j, why))
		return CLI_DONE;
	return cli_fail(CLI_STORAGE, "The audit log in %s cannot be read: %s", folder, why);
}

static bool verify_line(void *context, struct str line)
{
	return chain_verify_line(context, line);
}

bool audit_folder_holds(const char *place, int64_t *records, char why[CHAIN_WRONG_SIZE])
{
	struct chain_file file = { .v.arena = arena_open(), .line_arena = arena_open() };
	struct joining j = { .line = verify_line, .context = &file, .first = true };
	char detail[256] = "";
	bool good = read_folder(place, 0, &j, detail);

	if (!good)
		snprintf(why, CHAIN_WRONG_SIZE, "%s", detail);
	else if (!chain_verify_file_end(&file, false)) {
		snprintf(why, CHAIN_WRONG_SIZE, "%s", file.v.wrong);
		good = false;
	}
	*records = file.v.records;
	buf_free(&file.scratch);
	arena_close(file.line_arena);
	arena_close(file.v.arena);
	return good;
}
