/* change_test.c - what may leave the log: personal data, old records; and how the records of a
 * version without a chain got into it. */
#include <sqlite3.h>
#include <stdio.h>

#include "audit/stories.h"
#include "base/limits.h"
#include "domain/audit/change.h"
#include "migrations.h"

static struct audit_redact *redact(struct world *w, struct audit_redact in)
{
	struct audit_redact *p = ARENA_NEW(w->arena, struct audit_redact);

	*p = in;
	p->before_ms = p->before_ms == 0 ? INT64_MAX : p->before_ms;
	p->reason = S("asked for it");
	world_run(w, &op_audit_redact, p);
	return p;
}

static void say(struct world *w, const char *resource, const char *who, const char *why)
{
	leave(w, (struct leaving){ .record = { .action = "a.b",
	                                       .resource = str_of(resource),
	                                       .principal = str_of(who),
	                                       .reason = str_of(why) } });
}

struct counting {
	int with_words, without;
};

static enum err count_one(void *context, const struct value *columns, int count)
{
	struct counting *c = context;
	struct chain_record r;

	assert_true(audit_row_read(columns, count, &r));
	c->with_words += str_given(r.words.salt);
	c->without += str_given(r.words.digest);
	return OK;
}

static struct counting words(struct world *w)
{
	struct counting c = { 0 };

	assert_int_equal(store_run(w->store, STMT_AUDIT_AFTER,
	                           VALUES(value_int(0), value_int(INT64_MAX)), count_one, &c),
	                 OK);
	return c;
}

STORY(what_is_redacted_is_what_fits_and_the_chain_holds)
{
	struct world *w = world_open(1);

	(void)state;
	say(w, "approval:1", "tanaka", "ill");
	say(w, "approval:1", "suzuki", "fine");
	say(w, "approval:2", "tanaka", "well");
	assert_int_equal(redact(w, (struct audit_redact){ .words = true, .person = S("nobody") })
	                     ->redacted,
	                 0);
	assert_int_equal(chain_holds(w)->seq, 3); /* nothing was done: nothing to tell */
	struct audit_redact *p = redact(w, (struct audit_redact){ .words = true,
	                                                          .person = S("tanaka"),
	                                                          .resource = S("approval:1") });
	assert_int_equal(p->redacted, 1);
	assert_int_equal(words(w).without, 1);
	check_text(chain_holds(w)->action, "audit.redact");
	assert_int_equal(redact(w, (struct audit_redact){ .words = true, .person = S("tanaka") })
	                     ->redacted,
	                 1);
	assert_int_equal(words(w).without, 2);
	assert_int_equal(redact(w, (struct audit_redact){ .origin = true })->redacted, 0);
	(void)chain_holds(w);
	world_check_rows(w);
	world_close(w);
}

STORY(a_redaction_looks_at_so_many_records_and_says_that_there_are_more)
{
	struct world *w = world_open(2);

	(void)state;
	leave(w, (struct leaving){
				 .times = AUDIT_CHANGE_ROWS + 1,
				 .record = { .action = "a.b", .resource = S("r:1"), .reason = S("x") } });
	struct audit_redact *p = redact(w, (struct audit_redact){ .words = true });
	assert_int_equal(p->redacted, AUDIT_CHANGE_ROWS);
	assert_true(p->more);
	p = redact(w, (struct audit_redact){ .words = true, .after = p->last });
	assert_int_equal(p->redacted, 2); /* and the reason of the first redaction */
	assert_false(p->more);
	(void)chain_holds(w);
	world_close(w);
}

STORY(a_redaction_that_fails_has_forgotten_nothing)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = world_open((uint64_t)nth);
		say(w, "r:1", "tanaka", "a");
		say(w, "r:1", "tanaka", "b");
		store_fail_from(w->store, nth, 2, ERR_FULL);
		redact(w, (struct audit_redact){ .words = true });
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		struct counting c = words(w);
		assert_true(c.without == 0 || c.without == 2);
		(void)chain_holds(w);
		redact(w, (struct audit_redact){ .words = true });
		assert_true(words(w).without >= 2);
		(void)chain_holds(w);
		world_close(w);
		if (!failed)
			break;
		assert_true(nth < 60);
	}
}

static void say_much(struct world *w)
{
	leave(w, (struct leaving){ .record = { .action = "a.b",
	                                       .resource = S("r:1"),
	                                       .personal = object_of(w, AUDIT_DETAIL_MAX + 1) } });
}

static struct cmd *retain(struct world *w, int64_t before_ms, struct audit_retain **out)
{
	struct audit_retain *p = ARENA_NEW(w->arena, struct audit_retain);

	*p = (struct audit_retain){ .before_ms = before_ms, .reason = S("seven years") };
	*out = p;
	return world_run(w, &op_audit_retain, p);
}

STORY(old_records_go_in_pages_and_the_end_of_the_chain_stays)
{
	struct world *w = world_open(3);
	struct audit_retain *p;
	int64_t rows = 0;

	(void)state;
	leave(w, (struct leaving){ .times = AUDIT_CHANGE_ROWS + 5,
	                           .record = { .action = "a.b", .resource = S("r:1") } });
	int64_t then = w->now.wall_ms;
	struct cmd *c = retain(w, then + 1, &p);
	assert_int_equal(c->refused.why, REFUSED_INVALID_PARAMETER); /* younger than 30 days */
	world_jump_ms(w, AUDIT_KEEP_MIN_MS + 1);
	retain(w, then + 1, &p);
	assert_int_equal(p->removed, AUDIT_CHANGE_ROWS);
	assert_true(p->more);
	retain(w, then + 1, &p);
	assert_int_equal(p->last, AUDIT_CHANGE_ROWS + 5);
	assert_false(p->more);
	retain(w, then + 1, &p);
	assert_int_equal(p->removed, 0);
	struct counting left = words(w);
	rows = left.with_words;
	assert_int_equal(rows, 2); /* the records of the two retentions */
	world_check_rows(w);
	say(w, "r:1", "tanaka", "on it goes");
	world_close(w);
}

STORY(what_is_whole_beside_a_record_goes_with_its_words_or_with_it)
{
	struct world *w = world_open(4);
	struct audit_retain *p;

	(void)state;
	say_much(w);
	say_much(w);
	redact(w, (struct audit_redact){ .origin = true });
	assert_true(str_given(kept_beside(w, 1)));
	redact(w, (struct audit_redact){ .words = true, .after = 1 });
	assert_true(str_given(kept_beside(w, 1)));
	assert_false(str_given(kept_beside(w, 2)));
	int64_t then = w->now.wall_ms;
	world_jump_ms(w, AUDIT_KEEP_MIN_MS + 1);
	retain(w, then + 1, &p);
	assert_int_equal(p->last, 2);
	assert_false(str_given(kept_beside(w, 1)));
	world_check_rows(w);
	world_close(w);
}

STORY(a_retention_that_fails_has_removed_nothing)
{
	(void)state;
	for (int64_t nth = 1;; nth++) {
		struct world *w = world_open((uint64_t)nth);
		struct audit_retain *p;
		say(w, "r:1", "tanaka", "a");
		say(w, "r:1", "tanaka", "b");
		int64_t then = w->now.wall_ms;
		world_jump_ms(w, AUDIT_KEEP_MIN_MS + 1);
		store_fail_from(w->store, nth, 2, ERR_FULL);
		retain(w, then + 1, &p);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		if (failed && words(w).with_words == 2)
			assert_int_equal(chain_holds(w)->seq, 2);
		retain(w, then + 1, &p);
		/* The last record stays until there is a later one: that of the first retention. */
		assert_in_range(p->last, 1, 2);
		world_check_rows(w);
		world_close(w);
		if (!failed)
			break;
		assert_true(nth < 60);
	}
}

/* ---- a version without a chain */

static void run_sql(const char *folder, const char *sql)
{
	char path[128];
	sqlite3 *db = NULL;

	snprintf(path, sizeof path, "%s/ringi.db", folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The first steps, up to the one that renames the old table. */
static int steps_before_the_chain(void)
{
	for (int i = 0; i < migrations_sqlite_count; i++)
		if (strstr(migrations_sqlite[i], "alter table audit rename") != NULL)
			return i;
	return -1;
}

STORY(records_of_before_are_put_into_the_chain_at_the_first_start)
{
	struct world *w = world_open(4);
	int steps = steps_before_the_chain();
	char text[64];

	(void)state;
	if (place_is_postgres())
		skip(); /* looks into a file of SQLite */
	assert_true(steps > 0);
	w->engine = engine_close(w->engine);
	w->store = store_close(w->store);
	remove(arena_printf(w->arena, "%s/ringi.db", w->place.folder).at);
	remove(arena_printf(w->arena, "%s/ringi.db-wal", w->place.folder).at);
	remove(arena_printf(w->arena, "%s/ringi.db-shm", w->place.folder).at);
	for (int i = 0; i < steps; i++)
		run_sql(w->place.folder, migrations_sqlite[i]);
	snprintf(text, sizeof text, "pragma user_version=%d", steps);
	run_sql(w->place.folder, text);
	run_sql(w->place.folder,
	        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500) "
	        "insert into audit (at, principal, action, resource, detail, request_id) "
	        "select 1700000000000 + i, 'key:admin', 'queue.set', 'work', "
	        "case i % 2 when 0 then 'why \"not\"' end, 'r' || i from n");
	char detail[256] = "";
	assert_int_equal(store_open(&w->store, w->place.at, detail), OK);
	struct engine_config config = { .store = w->store, .node = "test" };
	config.domain.account = S("000000000000");
	config.domain.region = S("us-east-1");
	assert_int_equal(engine_open(&w->engine, &config, w->now, detail), OK);
	struct chain_record *last = chain_holds(w);
	assert_int_equal(last->seq, 2500);
	assert_int_equal(last->at, 1700000002500);
	check_text(last->resource, "work");
	check_text(last->detail, "{\"text\":\"why \\\"not\\\"\"}");
	check_text(last->request_id, "r2500");
	world_restart(w);
	assert_int_equal(chain_holds(w)->seq, 2500);
	say(w, "r:1", "tanaka", "on it goes");
	assert_int_equal(chain_holds(w)->seq, 2501);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_redacted_is_what_fits_and_the_chain_holds),
		cmocka_unit_test(a_redaction_looks_at_so_many_records_and_says_that_there_are_more),
		cmocka_unit_test(a_redaction_that_fails_has_forgotten_nothing),
		cmocka_unit_test(old_records_go_in_pages_and_the_end_of_the_chain_stays),
		cmocka_unit_test(what_is_whole_beside_a_record_goes_with_its_words_or_with_it),
		cmocka_unit_test(a_retention_that_fails_has_removed_nothing),
		cmocka_unit_test(records_of_before_are_put_into_the_chain_at_the_first_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
