/* store_test.c - the contract of store.h, for every driver: the same assertions, no list
 * of exceptions. A difference is a bug of a driver or a sentence missing in store.h.
 *
 * RINGI_TEST_POSTGRES (world/place.h) says which driver: without it SQLite's. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/limits.h"
#include "check.h"
#include "migrations.h" /* generated */
#include "store/driver.h"
#include "store/store.h"
#include "world/place.h"

static struct place place;

static struct store *open_writer(void)
{
	struct store *s;
	char detail[256];

	assert_int_equal(store_open(&s, place.at, detail), OK);
	return s;
}

static struct store *open_reader(void)
{
	struct store *s;
	char detail[256];

	assert_int_equal(store_open_reader(&s, place.at, detail), OK);
	return s;
}

static int make_place(void **state)
{
	(void)state;
	place_make(&place);
	return 0;
}

static int remove_place(void **state)
{
	(void)state;
	place_remove(&place);
	return 0;
}

static int64_t lease(struct store *s)
{
	int64_t epoch;

	assert_int_equal(store_lease(s, "node", &epoch), OK);
	return epoch;
}

static enum err put(struct store *s, const char *name, struct str value)
{
	return store_run(s, STMT_META_PUT, VALUES(value_text(str_of(name)), value_text(value)), NULL,
	                 NULL);
}

struct got {
	struct buf text;
	int rows;
};

static enum err take(void *context, const struct value *columns, int count)
{
	struct got *g = context;

	assert_true(count >= 1);
	buf_clear(&g->text);
	buf_add(&g->text, columns[0].bytes);
	g->rows++;
	return OK;
}

/* Whether the setting is there with just this value; NULL: it is not there. */
static void check_meta(struct store *s, const char *name, const char *want)
{
	struct got g = { 0 };

	assert_int_equal(store_run(s, STMT_META_GET, VALUES(value_text(str_of(name))), take, &g), OK);
	assert_int_equal(g.rows, want != NULL);
	if (want != NULL)
		check_text(buf_str(&g.text), want);
	buf_free(&g.text);
}

static void commit_one(struct store *s, int64_t epoch, const char *name, const char *value)
{
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, name, str_of(value)), OK);
	assert_int_equal(store_commit(s), OK);
}

static void what_is_committed_stays_and_what_is_rolled_back_goes(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	commit_one(s, epoch, "a", "1");
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, "a", S("2")), OK);
	check_meta(s, "a", "2");
	store_rollback(s);
	check_meta(s, "a", "1");
	store_close(s);
	s = open_writer();
	check_meta(s, "a", "1");
	store_close(s);
}

static void who_lost_the_lease_can_begin_nothing(void **state)
{
	struct store *s = open_writer();
	int64_t old = lease(s), now = lease(s);

	(void)state;
	assert_true(now > old);
	assert_int_equal(store_begin(s, old), ERR_LOST);
	commit_one(s, now, "a", "1");
	store_close(s);
}

static void a_reader_sees_what_is_committed_and_a_snapshot_while_it_looks(void **state)
{
	struct store *s = open_writer(), *r;
	int64_t epoch = lease(s);

	(void)state;
	commit_one(s, epoch, "a", "1");
	r = open_reader();
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, "a", S("2")), OK);
	check_meta(r, "a", "1");
	assert_int_equal(store_begin(r, 0), OK);
	check_meta(r, "a", "1");
	assert_int_equal(store_commit(s), OK);
	check_meta(r, "a", "1");
	store_rollback(r);
	check_meta(r, "a", "2");
	store_close(r);
	store_close(s);
}

static void a_reader_cannot_write(void **state)
{
	struct store *s = open_writer(), *r = open_reader();

	(void)state;
	assert_int_not_equal(put(r, "a", S("1")), OK);
	assert_false(store_must_stop(r));
	check_meta(s, "a", NULL);
	store_close(r);
	store_close(s);
}

static void values_come_back_as_they_were(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);
	struct got g = { 0 };
	size_t size = 3 * 1024 * 1024;
	char *big = mem_get(size);

	(void)state;
	memset(big, 'x', size);
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, "big", (struct str){ big, size }), OK);
	assert_int_equal(put(s, "empty", S("")), OK);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(store_run(s, STMT_META_GET, VALUES(value_text(S("big"))), take, &g), OK);
	assert_int_equal(g.text.len, size);
	check_meta(s, "empty", "");
	buf_free(&g.text);
	mem_free(big);
	store_close(s);
}

static void a_text_with_a_nul_comes_back_whole_or_is_refused(void **state)
{
	static const char with_nul[] = "a\0b";
	struct store *s = open_writer();
	int64_t epoch = lease(s);
	struct got g = { 0 };

	(void)state;
	assert_int_equal(store_begin(s, epoch), OK);
	enum err fault = put(s, "nul", (struct str){ with_nul, 3 });
	if (fault == OK) {
		assert_int_equal(store_commit(s), OK);
		assert_int_equal(store_run(s, STMT_META_GET, VALUES(value_text(S("nul"))), take, &g), OK);
		assert_int_equal(g.text.len, 3);
		assert_memory_equal(g.text.at, with_nul, 3);
	} else {
		assert_int_equal(fault, ERR_LIMIT);
		store_rollback(s);
		check_meta(s, "nul", NULL);
	}
	buf_free(&g.text);
	store_close(s);
}

static enum err take_kinds(void *context, const struct value *columns, int count)
{
	int64_t *seen = context;

	assert_int_equal(count, 4);
	assert_int_equal(columns[0].kind, VALUE_INT);
	assert_int_equal(columns[0].number, INT64_MAX);
	assert_int_equal(columns[2].kind, VALUE_NULL);
	assert_false(str_given(columns[2].bytes));
	assert_int_equal(columns[3].kind, VALUE_BLOB);
	assert_int_equal(columns[3].bytes.len, 2);
	++*seen;
	return OK;
}

static void numbers_blobs_and_absent_texts_keep_their_kind(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s), seen = 0;

	(void)state;
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(store_run(s, STMT_DEDUP_INSERT,
	                           VALUES(value_int(7), value_int(INT64_MAX), value_text(S("id")),
	                                  value_text(S_NONE), value_blob((struct str){ "\0\xff", 2 })),
	                           NULL, NULL),
	                 OK);
	assert_int_equal(store_run(s, STMT_DEDUP_ONE, VALUES(value_int(7)), take_kinds, &seen), OK);
	assert_int_equal(seen, 1);
	assert_int_equal(store_commit(s), OK);
	store_close(s);
}

static void one_statement_runs_for_many_rows(void **state)
{
	struct value values[300];
	char names[100][16];
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof names[i], "n%d", i);
		values[i * 2] = value_text(str_of(names[i]));
		values[i * 2 + 1] = value_text(S("v"));
	}
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(store_run_many(s, STMT_META_PUT, values, 2, 100), OK);
	assert_int_equal(store_commit(s), OK);
	check_meta(s, "n0", "v");
	check_meta(s, "n99", "v");
	store_close(s);
}

static enum err refuse_row(void *context, const struct value *columns, int count)
{
	(void)context;
	(void)columns;
	(void)count;
	return ERR_CORRUPT;
}

/* ---- rows that PostgreSQL gets many at a time: the same to see with every driver */

static enum err put_body(struct store *s, int64_t id, struct str body, struct str dedup)
{
	struct uuid uuid = { { 0 } };

	memcpy(uuid.bytes, &id, sizeof id);
	return store_run(s, STMT_BODY_INSERT,
	                 VALUES(value_int(id), value_uuid(&uuid), value_text(body),
	                        value_blob(S("0123456789abcdef")), value_null(), value_null(),
	                        value_text(S("me")), value_text(dedup)),
	                 NULL, NULL);
}

static enum err put_message(struct store *s, int64_t id)
{
	return store_run(s, STMT_MESSAGE_INSERT,
	                 VALUES(value_int(id), value_int(7), value_int(0), value_int(0), value_null(),
	                        value_null()),
	                 NULL, NULL);
}

struct bodies {
	int rows;
	int64_t last;
	size_t bytes;
	bool dedup_absent;
};

static enum err take_body(void *context, const struct value *columns, int count)
{
	struct bodies *t = context;

	assert_int_equal(count, 15);
	t->rows++;
	t->bytes += columns[1].bytes.len;
	t->dedup_absent = columns[6].kind == VALUE_NULL;
	assert_true(columns[14].number > t->last);
	t->last = columns[14].number;
	return OK;
}

static struct bodies bodies_of(struct store *s, int64_t first, int64_t last)
{
	struct bodies t = { 0 };

	assert_int_equal(store_run(s, STMT_MESSAGE_PAGE,
	                           VALUES(value_int(first), value_int(last), value_int(INT32_MAX)),
	                           take_body, &t),
	                 OK);
	return t;
}

static void rows_of_many_statements_are_there_for_the_next_that_looks(void **state)
{
	enum { ROWS = POSTGRES_GATHER_ROWS + 1 };
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	assert_int_equal(store_begin(s, epoch), OK);
	for (int i = 1; i <= ROWS; i++) {
		assert_int_equal(put_message(s, i), OK);
		assert_int_equal(put_body(s, i, i % 2 ? S("") : S("ab"), i == ROWS ? S("x") : S_NONE), OK);
		if (i == 1 || i == 2)
			assert_int_equal(bodies_of(s, 1, ROWS).rows, i);
	}
	struct bodies t = bodies_of(s, 1, ROWS);
	assert_int_equal(t.rows, ROWS);
	assert_int_equal(t.bytes, 2 * (ROWS / 2));
	assert_false(t.dedup_absent);
	assert_true(bodies_of(s, 1, 2).dedup_absent);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(bodies_of(s, 1, ROWS).rows, ROWS);
	store_close(s);
}

static void rows_of_a_transaction_that_is_rolled_back_go_with_it(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	for (int64_t i = 1; i <= 2; i++) { /* what was kept of the first is not in the second */
		assert_int_equal(store_begin(s, epoch), OK);
		for (int64_t id = i; id < 5; id++) {
			assert_int_equal(put_message(s, id), OK);
			assert_int_equal(put_body(s, id, S("ab"), S_NONE), OK);
		}
		if (i == 1)
			store_rollback(s);
		else
			assert_int_equal(store_commit(s), OK);
	}
	assert_int_equal(bodies_of(s, 1, 9).rows, 3);
	store_close(s);
}

static void a_row_that_is_there_already_fails_at_the_commit_at_the_latest(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put_message(s, 1), OK);
	assert_int_equal(put_message(s, 2), OK);
	enum err fault = put_message(s, 2);
	if (fault == OK)
		fault = store_commit(s);
	assert_int_equal(fault, ERR_IO);
	store_rollback(s);
	store_close(s); /* a driver may want the process to start anew */
	s = open_writer();
	epoch = lease(s);
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put_message(s, 2), OK);
	assert_int_equal(put_body(s, 2, S("ab"), S_NONE), OK);
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(bodies_of(s, 1, 9).rows, 1);
	store_close(s);
}

static void rows_heavier_than_what_is_kept_are_all_there(void **state)
{
	enum { ROWS = 5 };
	struct store *s = open_writer();
	int64_t epoch = lease(s);
	size_t size = POSTGRES_GATHER_BYTES / 2 + 1;
	char *big = mem_get(size);

	(void)state;
	memset(big, 'x', size);
	assert_int_equal(store_begin(s, epoch), OK);
	for (int64_t id = 1; id <= ROWS; id++) {
		assert_int_equal(put_message(s, id), OK);
		assert_int_equal(put_body(s, id, (struct str){ big, size }, S_NONE), OK);
	}
	assert_int_equal(store_commit(s), OK);
	assert_int_equal(bodies_of(s, 1, ROWS).bytes, ROWS * size);
	mem_free(big);
	store_close(s);
}

static void a_fault_of_the_one_who_takes_rows_comes_back(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	commit_one(s, epoch, "a", "1");
	assert_int_equal(store_run(s, STMT_META_GET, VALUES(value_text(S("a"))), refuse_row, NULL),
	                 ERR_CORRUPT);
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(store_run(s, STMT_META_GET, VALUES(value_text(S("a"))), refuse_row, NULL),
	                 ERR_CORRUPT);
	store_rollback(s);
	check_meta(s, "a", "1");
	store_close(s);
}

static void injected_faults_come_at_their_call_and_so_often(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	store_fail_at(s, 1, ERR_BUSY);
	assert_int_equal(store_begin(s, epoch), ERR_BUSY);
	assert_true(store_failed(s));
	store_fail_at(s, 2, ERR_FULL);
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, "a", S("1")), ERR_FULL);
	store_rollback(s);
	store_fail_from(s, 2, 2, ERR_IO);
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, "a", S("1")), ERR_IO);
	store_rollback(s);
	assert_int_equal(store_begin(s, epoch), ERR_IO);
	commit_one(s, epoch, "a", "2");
	store_fail_at(s, 3, ERR_IO);
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, "a", S("3")), OK);
	assert_int_equal(store_commit(s), ERR_IO);
	store_rollback(s);
	check_meta(s, "a", "2");
	assert_false(store_must_stop(s));
	store_close(s);
}

static void nothing_goes_on_after_a_failed_sync(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);

	(void)state;
	s->must_stop = true; /* as the driver sets it */
	assert_int_equal(store_begin(s, epoch), ERR_IO);
	assert_int_equal(store_idle(s, false), ERR_IO);
	assert_true(store_must_stop(s));
	store_close(s);
}

/* Opens a second writer in another process, while this one shows that it lives. */
static int second_process(struct store *first)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct store *second;
		char detail[256] = "";
		bool busy = store_open(&second, place.at, detail) == ERR_BUSY;
		bool told = strstr(detail, place_is_postgres() ? place.schema : place.folder) != NULL;
		_exit(busy && told ? 7 : 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		assert_int_equal(store_idle(first, false), OK);
		poll(NULL, 0, 20);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_second_writer_is_refused_and_told_why(void **state)
{
	struct store *s = open_writer();

	(void)state;
	assert_int_equal(second_process(s), 7);
	commit_one(s, lease(s), "a", "1");
	store_close(s);
	store_close(open_writer());
}

static void a_second_writer_of_the_same_process_is_refused(void **state)
{
	struct store *s = open_writer(), *second;
	char detail[256] = "";

	(void)state;
	if (!place_is_postgres()) /* there, who shows no sign of life for a while is taken for dead */
		assert_int_equal(store_open(&second, place.at, detail), ERR_BUSY);
	store_close(s);
}

static void a_backup_is_one_moment_of_a_store_that_goes_on(void **state)
{
	struct store *s = open_writer(), *r;
	int64_t epoch = lease(s);
	struct place first = place;
	char file[128];

	(void)state;
	if (place_is_postgres())
		skip(); /* store_backup: its own tools make them */
	commit_one(s, epoch, "a", "1");
	assert_int_equal(store_begin(s, epoch), OK);
	assert_int_equal(put(s, "a", S("2")), OK);
	r = open_reader();
	snprintf(file, sizeof file, "%s/copy", place.folder);
	assert_int_equal(mkdir(file, 0700), 0);
	snprintf(file, sizeof file, "%s/copy/ringi.db", place.folder);
	assert_int_equal(store_backup(r, file), OK);
	assert_int_equal(store_commit(s), OK);
	commit_one(s, epoch, "b", "3");
	store_close(r);
	store_close(s);
	snprintf(place.at, sizeof place.at, "%s/copy", first.folder);
	s = open_writer();
	check_meta(s, "a", "1");
	check_meta(s, "b", NULL);
	store_close(s);
	place = first;
}

static void housekeeping_loses_nothing(void **state)
{
	struct store *s = open_writer();
	int64_t epoch = lease(s);
	char name[32];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof name, "n%d", i);
		commit_one(s, epoch, name, "value");
		if (i % 100 == 0)
			assert_int_equal(store_idle(s, i % 200 == 0), OK);
	}
	assert_true(store_stats(s).commits >= 2000);
	store_close(s);
	s = open_writer();
	check_meta(s, "n0", "value");
	check_meta(s, "n1999", "value");
	store_close(s);
}

/* ---- schemas: how a version is told is the driver's own */

static void set_schema(const char *sql)
{
	char file[128];
	sqlite3 *db;

	if (place_is_postgres()) {
		place_run(&place, sql);
		return;
	}
	snprintf(file, sizeof file, "%s/ringi.db", place.folder);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_newer_schema_is_refused_with_a_sentence(void **state)
{
	struct store *s = open_writer();
	char detail[256] = "";

	(void)state;
	store_close(s);
	set_schema(place_is_postgres() ? "insert into schema_version (version) values (9999)"
	                               : "pragma user_version=9999");
	assert_int_equal(store_open(&s, place.at, detail), ERR_NEWER);
	assert_non_null(strstr(detail, "newer"));
}

static void first_version(void)
{
	struct buf text = { 0 };

	buf_printf(&text, "create schema \"%s\"", place.schema);
	place_run(&place, buf_str(&text).at);
	buf_free(&text);
	place_run(&place, "create table schema_version (version bigint primary key,"
	                  " applied_at timestamptz not null default now());"
	                  "insert into schema_version (version) values (1)");
	place_run(&place, migrations_postgres[0]);
}

static void an_older_schema_is_migrated(void **state)
{
	struct store *s;

	(void)state;
	if (place_is_postgres()) {
		first_version();
	} else {
		set_schema(migrations_sqlite[0]);
		set_schema("pragma user_version=1");
	}
	set_schema("insert into meta values ('a', '1')");
	s = open_writer();
	check_meta(s, "a", "1");
	assert_int_equal(store_run(s, STMT_TOPIC_ALL, NO_VALUES, refuse_row, NULL), OK); /* of 0002 */
	store_close(s);
	store_close(open_writer()); /* and once only */
}

static const struct CMUnitTest suite[] = {
#define EACH(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
	EACH(what_is_committed_stays_and_what_is_rolled_back_goes),
	EACH(who_lost_the_lease_can_begin_nothing),
	EACH(a_reader_sees_what_is_committed_and_a_snapshot_while_it_looks),
	EACH(a_reader_cannot_write),
	EACH(values_come_back_as_they_were),
	EACH(a_text_with_a_nul_comes_back_whole_or_is_refused),
	EACH(numbers_blobs_and_absent_texts_keep_their_kind),
	EACH(one_statement_runs_for_many_rows),
	EACH(rows_of_many_statements_are_there_for_the_next_that_looks),
	EACH(rows_of_a_transaction_that_is_rolled_back_go_with_it),
	EACH(a_row_that_is_there_already_fails_at_the_commit_at_the_latest),
	EACH(rows_heavier_than_what_is_kept_are_all_there),
	EACH(a_fault_of_the_one_who_takes_rows_comes_back),
	EACH(injected_faults_come_at_their_call_and_so_often),
	EACH(nothing_goes_on_after_a_failed_sync),
	EACH(a_second_writer_is_refused_and_told_why),
	EACH(a_second_writer_of_the_same_process_is_refused),
	EACH(a_backup_is_one_moment_of_a_store_that_goes_on),
	EACH(housekeeping_loses_nothing),
	EACH(a_newer_schema_is_refused_with_a_sentence),
	EACH(an_older_schema_is_migrated),
};

int main(void)
{
	return cmocka_run_group_tests_name(place_is_postgres() ? "postgres" : "sqlite", suite, NULL,
	                                   NULL);
}
