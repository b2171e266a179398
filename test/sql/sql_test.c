/* sql_test.c - stories about commands that applications wrote as rows: domain/sql/sql.h.
 *
 * The functions that write them are PostgreSQL's (test/postgres/sql.test.mjs); what is done with
 * the rows is the same on SQLite, and here they are written by hand. */
#include <sqlite3.h>
#include <stdio.h>

#include "domain/domain.h"
#include "domain/sql/sql.h"
#include "job/stories.h"

static void run(struct world *w, const char *sql)
{
	char path[600];
	sqlite3 *db = NULL;

	if (place_is_postgres()) {
		place_run(&w->place, sql);
		return;
	}
	snprintf(path, sizeof path, "%s/ringi.db", w->place.at);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void row(struct world *w, const char *kind, const char *target, const char *uuid,
                const char *body, const char *options)
{
	char sql[1024];

	snprintf(sql, sizeof sql,
	         "insert into sql_command (kind, target, uuid, body, options, role_name, created_at) "
	         "values ('%s', '%s', %s%s', '%s', '%s', 'shop', 1)",
	         kind, target, place_is_postgres() ? "'\\x" : "x'", uuid, body, options);
	run(w, sql);
}

/* Its id ends with `n`. */
static void written(struct world *w, int n, const char *kind, const char *target, const char *body,
                    const char *options)
{
	char uuid[40];

	snprintf(uuid, sizeof uuid, "0189000000007000800000000000%04d", n);
	row(w, kind, target, uuid, body, options);
}

static struct uuid id_of(int n)
{
	char text[40];
	struct uuid id;

	snprintf(text, sizeof text, "01890000-0000-7000-8000-00000000%04d", n);
	assert_true(uuid_read(str_of(text), &id));
	return id;
}

static struct world *with_rows(void)
{
	struct world *w = world_open(1);

	engine_domain(w->engine)->config.sql_commands = true;
	world_queue(w, "work", "track", "true", NULL);
	world_queue(w, "plain", NULL);
	return w;
}

static enum err count_row(void *context, const struct value *columns, int count)
{
	(void)columns;
	(void)count;
	*(bool *)context = true;
	return OK;
}

static bool some_wait(struct world *w)
{
	bool some = false;

	assert_int_equal(store_run(w->store, STMT_SQL_WAITING, VALUES(value_int(INT64_MAX)), count_row,
	                           &some),
	                 OK);
	return some;
}

STORY(each_is_the_command_that_it_stands_for_under_its_own_id)
{
	struct world *w = with_rows();
	struct uuid job = id_of(2), message = id_of(1);

	(void)state;
	written(w, 1, "send", "plain", "hello", "{\"attributes\":{\"n\":3}}");
	written(w, 2, "submit_job", "work", "{}", "{\"labels\":{\"customer\":\"4711\"}}");
	written(w, 3, "submit_job", "work", "null", "{}");
	written(w, 3, "cancel_job", "work", "", "{\"reason\":\"no\"}");
	world_pass_ms(w, SQL_LOOK_IDLE_MS + SQL_LOOK_BUSY_MS);
	assert_false(some_wait(w));
	struct queue_receive *p = ask(w, "plain", 1, -1, 0);
	assert_int_equal(p->count, 1);
	assert_memory_equal(&p->messages[0].message_id, &message, sizeof message);
	check_text(p->messages[0].sender, "sql:shop");
	is(job_says(w, job), "PENDING 0");
	check_text(job_of(w, job)->requested_by, "sql:shop");
	is(job_says(w, id_of(3)), "CANCELED 0");
	assert_int_equal(sql_refused(engine_domain(w->engine)), 0);
	the_end(w);
}

STORY(what_has_no_sense_or_is_refused_goes_aside_and_others_go_on)
{
	struct world *w = with_rows();

	(void)state;
	written(w, 1, "dance", "plain", "a", "{}");
	written(w, 2, "send", "plain", "b", "[]");
	written(w, 3, "send", "nowhere", "c", "{}");
	written(w, 4, "submit_job", "plain", "1", "{}");
	row(w, "send", "plain", "01", "d", "{}");
	written(w, 5, "cancel_job", "work", "", "{}");
	written(w, 6, "send", "plain", "fine", "{}");
	world_pass_ms(w, 100);
	assert_false(some_wait(w));
	assert_int_equal(sql_refused(engine_domain(w->engine)), 6);
	is(world_receive_many(w, "plain", 9), "fine");
	the_end(w);
}

STORY(a_full_queue_holds_back_its_own_in_their_order_also_over_a_restart)
{
	struct world *w = with_rows();

	(void)state;
	world_queue(w, "small", "max_messages", "1", NULL);
	written(w, 1, "send", "small", "a", "{}");
	written(w, 2, "send", "small", "b", "{}");
	written(w, 3, "send", "plain", "fine", "{}");
	world_pass_ms(w, 100);
	is(world_receive_many(w, "plain", 9), "fine");
	written(w, 4, "send", "small", "c", "{}"); /* does not overtake */
	for (const char *want = "abc"; *want != '\0'; want++) {
		is(world_receive(w, "small"), ((char[]){ *want, '\0' }));
		is(world_delete(w, "small", world_receipt(w)), "NONE");
		if (*want == 'a') {
			world_restart(w);
			engine_domain(w->engine)->config.sql_commands = true;
		}
		world_pass_ms(w, 2 * SQL_AGAIN_MS);
	}
	assert_false(some_wait(w));
	the_end(w);
}

STORY(the_nth_store_call_fails_and_each_is_done_once)
{
	int failed_at = 0;

	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = with_rows();
		written(w, 1, "send", "plain", "a", "{}");
		written(w, 2, "submit_job", "work", "1", "{}");
		written(w, 3, "send", "nowhere", "x", "{}");
		written(w, 4, "send", "plain", "b", "{}");
		store_fail_at(w->store, nth, ERR_BUSY);
		world_pass_ms(w, SQL_LOOK_IDLE_MS);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		world_pass_ms(w, 3 * SQL_AGAIN_MS);
		assert_false(some_wait(w));
		is(world_counts(w, "plain"), "2/0/0");
		is(world_counts(w, "work"), "1/0/0");
		assert_int_equal(jobs_kept(w), 1);
		is(world_receive_many(w, "plain", 9), "a b");
		the_end(w);
		failed_at += failed;
		if (!failed)
			break;
	}
	assert_in_range(failed_at, 10, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_is_the_command_that_it_stands_for_under_its_own_id),
		RUN(what_has_no_sense_or_is_refused_goes_aside_and_others_go_on),
		RUN(a_full_queue_holds_back_its_own_in_their_order_also_over_a_restart),
		RUN(the_nth_store_call_fails_and_each_is_done_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
