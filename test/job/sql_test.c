/* sql_test.c - the statements of docs/operate/ledger-sql.md, as somebody with SQL runs them:
 * by a connection of its own that may only read. */
#include <sqlite3.h>
#include <stdio.h>

#include "job/stories.h"

#define PAGE "docs/operate/ledger-sql.md"
#define ID_ON_PAGE "019f2a3b7c1d7e429b113f0a5b6c7d8e"

/* The page; in the world's arena. */
static char *page(struct world *w)
{
	FILE *f = fopen(PAGE, "rb");
	char *text = ARENA_ARRAY(w->arena, char, 64 * 1024);

	if (f == NULL)
		fail_msg("run it from the root of the tree: there is no " PAGE);
	size_t n = fread(text, 1, 64 * 1024 - 1, f);
	fclose(f);
	assert_true(n > 1000 && n < 64 * 1024 - 1);
	return text;
}

/* The page speaks of one job: let it be this one. */
static void put_id(char *text, struct uuid id)
{
	char hex[33];

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", id.bytes[i]);
	while ((text = strstr(text, ID_ON_PAGE)) != NULL)
		memcpy(text, hex, 32);
}

static sqlite3 *reader(struct world *w)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/ringi.db", w->place.folder);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	return db;
}

/* Rows as "a|b|c", joined by ' '; '-' for null. */
static const char *rows(struct world *w, sqlite3 *db, const char *sql, const char **rest)
{
	struct buf text = { 0 };
	sqlite3_stmt *stmt;
	int rc;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, rest) != SQLITE_OK)
		fail_msg("%s: %.200s", sqlite3_errmsg(db), sql);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		buf_add_text(&text, text.len == 0 ? "" : " ");
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const char *value = (const char *)sqlite3_column_text(stmt, i);
			buf_add_text(&text, i == 0 ? "" : "|");
			buf_add_text(&text, value == NULL ? "-" : value);
		}
	}
	assert_int_equal(rc, SQLITE_DONE);
	sqlite3_finalize(stmt);
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy.at == NULL ? "" : copy.at;
}

/* The n-th block of SQL on the page. */
static const char *block(struct world *w, char *text, int n)
{
	char *at = text, *end;

	for (int i = 0;; i++) {
		at = strstr(at, "```sql\n");
		assert_non_null(at);
		at += 7;
		end = strstr(at, "```");
		assert_non_null(end);
		if (i == n)
			return arena_printf(w->arena, "%.*s", (int)(end - at), at).at;
	}
}

static struct uuid child_of(struct world *w, const char *queue, const char *body,
                            const struct uuid *trace, const struct uuid *parent)
{
	const struct job_extra extra = { .parent = parent,
		                             .trace_id = trace->bytes,
		                             .parent_span_id = parent->bytes + 8 };

	return job_sent_as(w, queue, body, NULL, 0, &extra);
}

static struct str id_text(struct world *w, struct uuid id)
{
	char text[37];

	uuid_text(id, text);
	return arena_str(w->arena, str_of(text));
}

STORY(chains_are_found_down_from_any_job)
{
	struct world *w = world_open(1);
	const char *rest;

	(void)state;
	world_queue(w, "one", "track", "true", NULL);
	world_queue(w, "two", "track", "true", NULL);
	struct uuid root = job_sent(w, "one", "root");
	job_sent(w, "one", "somebody else's");
	struct uuid left = child_of(w, "two", "left", &root, &root);
	struct uuid right = child_of(w, "one", "right", &root, &root);
	struct uuid leaf = child_of(w, "two", "leaf", &root, &left);
	char *text = page(w);
	put_id(text, root);
	sqlite3 *db = reader(w);
	const char *chain = rows(w, db, block(w, text, 0), &rest);
	assert_string_equal(
		chain, arena_printf(w->arena,
	                        "0|%s|one|PENDING|0|- 1|%s|one|PENDING|0|- 1|%s|two|PENDING|0|- "
	                        "2|%s|two|PENDING|0|-",
	                        id_text(w, root).at, id_text(w, right).at, id_text(w, left).at,
	                        id_text(w, leaf).at)
				   .at);
	const char *below = rows(w, db, block(w, text, 1), &rest);
	assert_string_equal(below, arena_printf(w->arena,
	                                        "0|%s|one|PENDING 1|%s|one|PENDING 1|%s|two|PENDING "
	                                        "2|%s|two|PENDING",
	                                        id_text(w, root).at, id_text(w, right).at,
	                                        id_text(w, left).at, id_text(w, leaf).at)
	                               .at);
	/* From the middle: only what is below. */
	text = page(w);
	put_id(text, left);
	chain = rows(w, db, block(w, text, 0), &rest);
	assert_string_equal(chain, arena_printf(w->arena, "0|%s|two|PENDING|0|- 1|%s|two|PENDING|0|-",
	                                        id_text(w, left).at, id_text(w, leaf).at)
	                               .at);
	sqlite3_close(db);
	the_end(w);
}

STORY(every_statement_of_the_page_runs)
{
	struct world *w = world_open(1);
	const struct label label = { S("customer"), S("4711") };
	const struct job_extra extra = { .labels_json = S("{\"customer\":\"4711\"}"),
		                             .labels = &label,
		                             .label_count = 1 };
	int n = 0;

	(void)state;
	world_queue(w, "work", "track", "true", NULL);
	struct uuid id = job_sent_as(w, "work", "payload", NULL, 0, &extra);
	job_taken(w, "work", "payload");
	world_pass_ms(w, 30 * SECOND_MS);
	is(job_fail(w, job_taken(w, "work", "payload"), "{\"code\":\"X\"}", true, -1), "FAILED");
	char *text = page(w);
	put_id(text, id);
	sqlite3 *db = reader(w);
	for (int i = 0; i < 8; i++)
		for (const char *sql = block(w, text, i), *rest; sql[strspn(sql, "\n ")] != '\0';
		     sql = rest, n++) {
			const char *got = rows(w, db, sql, &rest);
			if (strstr(sql, "b.body") == sql + strspn(sql, "\n ") + 7)
				assert_string_equal(got, "payload");
			if (strstr(sql, "a.number") == sql + strspn(sql, "\n ") + 7)
				assert_true(str_starts(str_of(got), S("1|LOST|anonymous|30000|{")) &&
				            str_ends(str_of(got), S("} 2|FAILED|anonymous|0|{\"code\":\"X\"}")));
			if (strstr(sql, "v.* from job_label") != NULL)
				assert_non_null(strstr(got, id_text(w, id).at));
		}
	assert_int_equal(n, 9);
	assert_null(strstr(block(w, text, 7), "```")); /* and there are no more */
	sqlite3_close(db);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(chains_are_found_down_from_any_job),
		RUN(every_statement_of_the_page_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
